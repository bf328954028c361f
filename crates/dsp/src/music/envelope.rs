//! The onset strength of a whole recording, the input of tempo, beats and onsets.

use super::onset_strength::Flux;

/// Onset strength by frame: 8 bytes per frame, or 2.9 MB per hour at 100 frames per second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnsetEnvelope {
    frames_per_second: f64,
    all: Vec<f32>,
    low: Vec<f32>,
}

impl OnsetEnvelope {
    /// Creates an empty envelope.
    pub fn new(frames_per_second: f64) -> OnsetEnvelope {
        OnsetEnvelope { frames_per_second, all: vec![], low: vec![] }
    }

    /// Adds the next frame.
    pub fn push(&mut self, flux: Flux) {
        self.all.push(flux.all as f32);
        self.low.push(flux.parts[0] as f32);
    }

    /// Drops the oldest frames so that at most `count` are left; returns how many were dropped.
    pub(super) fn keep_last(&mut self, count: usize) -> usize {
        let drop = self.all.len().saturating_sub(count);
        self.all.drain(..drop);
        self.low.drain(..drop);
        drop
    }

    /// Frames per second.
    pub fn frames_per_second(&self) -> f64 {
        self.frames_per_second
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are no frames.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Onset strength over all bands.
    pub(super) fn strength(&self) -> &[f32] {
        &self.all
    }

    /// Onset strength below 150 Hz.
    pub(super) fn low_strength(&self) -> &[f32] {
        &self.low
    }

    /// Onset strength above its mean over one second around each frame: `max(0, o[t] − mean(o[t − 0.5 s .. t + 0.5
    /// s]))`.
    pub(super) fn salient(&self) -> Vec<f32> {
        salient(&self.all, (self.frames_per_second / 2.0) as usize)
    }
}

fn salient(strength: &[f32], reach: usize) -> Vec<f32> {
    let width = (2 * reach + 1) as f64;
    let at = |t: usize| strength.get(t).map_or(0.0, |x| f64::from(*x));
    let mut sum: f64 = (0..reach).map(at).sum();
    let mut out = Vec::with_capacity(strength.len());
    for (t, strength) in strength.iter().enumerate() {
        sum += at(t + reach);
        if t > reach {
            sum -= at(t - reach - 1);
        }
        out.push((f64::from(*strength) - sum / width).max(0.0) as f32);
    }
    out
}

/// The quantile of the values at a share from 0 to 1; 0 without values.
pub(super) fn quantile(values: &[f32], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    let at = ((values.len() as f64 - 1.0) * share).max(0.0) as usize;
    if at >= sorted.len() {
        return 0.0;
    }
    f64::from(*sorted.select_nth_unstable_by(at, f32::total_cmp).1)
}
