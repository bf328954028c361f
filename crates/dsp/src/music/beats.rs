//! Beats: the pulse to which a listener taps.

use super::bar_pointer::{BarPointer, BarPointerSettings};
use super::envelope::{OnsetEnvelope, quantile};

/// Settings of [`beats`].
#[derive(Clone, Debug, PartialEq)]
pub struct BeatSettings {
    /// Settings of the hidden Markov model.
    pub model: BarPointerSettings,
    /// Standard deviation in octaves of a normal prior around the given tempo.
    pub tempo_deviation: f64,
    /// Weight of that prior per second of the recording.
    pub prior_weight: f64,
    /// Added to all times: onset strength peaks about 10 ms early, where a frame first reaches the onset.
    pub offset_s: f64,
    /// Minimum activation: zeros would make paths impossible.
    pub floor: f64,
}

impl Default for BeatSettings {
    fn default() -> Self {
        let model = BarPointerSettings::default();
        Self { model, tempo_deviation: 0.2, prior_weight: 1.0, offset_s: 0.01, floor: 0.02 }
    }
}

/// Beats of a recording, in seconds, from onset strength and tempo.
///
/// # Shape      in onset strength; out ascending times
/// # Units      in beats per minute; out s
/// # Edges      silence has no beats
/// # Errors     the frame rate cannot resolve the range of tempi
/// # Reference  Krebs, Böck & Widmer, An Efficient State-Space Model for Joint Tempo and Meter Tracking, ISMIR 2015
/// # Example
/// ```
/// use passband_dsp::music::{BeatSettings, Flux, OnsetEnvelope, beats};
/// let mut envelope = OnsetEnvelope::new(100.0);
/// for t in 0..1000 {
///     envelope.push(Flux { all: if t % 50 == 20 { 9.0 } else { 0.0 }, ..Flux::default() });
/// }
/// let beats = beats(&envelope, 118.0, &BeatSettings::default()).unwrap();
/// assert!((beats[2] - 1.21).abs() < 1e-9 && beats.len() == 20, "{beats:?}");
/// ```
pub fn beats(envelope: &OnsetEnvelope, bpm: f64, settings: &BeatSettings) -> Result<Vec<f64>, String> {
    let rate = envelope.frames_per_second();
    let weight = |candidate: f64| {
        let octaves = libm::log2(candidate / bpm) / settings.tempo_deviation;
        -settings.prior_weight * octaves * octaves / 2.0
    };
    let mut model = BarPointer::new(rate, &settings.model, weight)?;
    let activation = Activation::new(envelope, 60.0 * rate / bpm, settings.floor);
    if activation.is_silent() {
        return Ok(vec![]);
    }
    let mut frames = vec![];
    for t in 0..envelope.len() {
        model.push(activation.at(t), |beat| frames.push(beat));
    }
    model.finish(|beat| frames.push(beat));
    Ok(frames.iter().map(|frame| activation.loudest_near(*frame) as f64 / rate + settings.offset_s).collect())
}

/// Offsets from a frame, in beats, at which an onset is evidence against a beat in this frame, and their weights: a
/// sound shortly before a beat leads into it, and one shortly after it is more often a beat itself.
const AGAINST: [(f64, f64); 4] = [(1.0 / 6.0, 0.2), (1.0 / 4.0, 0.2), (1.0 / 3.0, 0.2), (-1.0 / 6.0, 0.15)];

/// The probability from onsets that each frame is a beat: the square root of the salient onset strength, relative to
/// its 99th percentile, minus the evidence against a beat.
struct Activation {
    salient: Vec<f32>,
    against: [(isize, f64); 4],
    floor: f64,
}

impl Activation {
    fn new(envelope: &OnsetEnvelope, period: f64, floor: f64) -> Activation {
        let mut salient = envelope.salient();
        let full = quantile(&salient, 0.99).max(1e-9);
        for value in &mut salient {
            *value = (f64::from(*value) / full).min(1.0).sqrt() as f32;
        }
        let against = AGAINST.map(|(beats, weight)| ((beats * period).round() as isize, weight));
        Activation { salient, against, floor }
    }

    fn is_silent(&self) -> bool {
        self.salient.iter().all(|value| *value <= 0.0)
    }

    fn at(&self, t: usize) -> f64 {
        let value = |t: usize| self.salient.get(t).map_or(0.0, |value| f64::from(*value));
        let at = |offset: isize| t.checked_add_signed(offset).map_or(0.0, value);
        let against: f64 = self.against.iter().map(|(offset, weight)| weight * at(*offset)).sum();
        (0.9 * (value(t) - against)).clamp(self.floor, 0.95)
    }

    /// The frame of the greatest activation within the first 30 ms of a beat; the first if all are equal.
    fn loudest_near(&self, frame: usize) -> usize {
        let near = frame..(frame + 4).min(self.salient.len());
        near.fold(frame, |best, t| if self.at(t) > self.at(best) { t } else { best })
    }
}
