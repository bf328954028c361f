//! Beats: where a listener taps.

use super::bar_pointer::{BarPointer, BarPointerSettings};
use super::envelope::{OnsetEnvelope, quantile};

/// How beats are found.
#[derive(Clone, Debug, PartialEq)]
pub struct BeatSettings {
    /// Of the hidden Markov model.
    pub model: BarPointerSettings,
    /// How far the tempo may be from the given one: the standard deviation in octaves of a normal prior.
    pub tempo_deviation: f64,
    /// Weight of that prior, for each second of the recording.
    pub prior_weight: f64,
    /// Added to all times: onset strength is greatest some 10 ms early, where a frame first reaches the onset.
    pub offset_s: f64,
    /// Least activation: zeros would make paths impossible.
    pub floor: f64,
}

impl Default for BeatSettings {
    fn default() -> Self {
        let model = BarPointerSettings::default();
        Self { model, tempo_deviation: 0.2, prior_weight: 1.0, offset_s: 0.01, floor: 0.02 }
    }
}

/// Beats of a recording, in seconds, given its tempo.
///
/// # Shape      in onset strength; out ascending times
/// # Units      in beats a minute; out s
/// # Edges      silence has no beats
/// # Errors     a range of tempi that the frame rate cannot resolve
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
    let period = 60.0 * envelope.frames_per_second() / bpm;
    let activations = activations(envelope, period, settings.floor);
    let weight = |candidate: f64| {
        let octaves = libm::log2(candidate / bpm) / settings.tempo_deviation;
        -settings.prior_weight * octaves * octaves / 2.0
    };
    let mut model = BarPointer::new(envelope.frames_per_second(), &settings.model, weight)?;
    if activations.iter().all(|activation| *activation <= settings.floor) {
        return Ok(vec![]);
    }
    let mut frames = vec![];
    for activation in &activations {
        model.push(*activation, |beat| frames.push(beat));
    }
    model.finish(|beat| frames.push(beat));
    let times = frames.iter().map(|frame| loudest_near(&activations, *frame));
    Ok(times.map(|frame| frame as f64 / envelope.frames_per_second() + settings.offset_s).collect())
}

/// Where onsets speak against a beat, in beats from it, and how much: what is struck just before a beat leads to it,
/// what is struck just after it is more often a beat itself.
const AGAINST: [(f64, f64); 4] = [(1.0 / 6.0, 0.2), (1.0 / 4.0, 0.2), (1.0 / 3.0, 0.2), (-1.0 / 6.0, 0.15)];

/// How likely each frame is a beat, as far as onsets tell: the root of what stands out, relative to its 99th
/// percentile, less what speaks against it.
fn activations(envelope: &OnsetEnvelope, period: f64, floor: f64) -> Vec<f64> {
    let mut salient = envelope.salient();
    let full = quantile(&salient, 0.99).max(1e-9);
    for value in &mut salient {
        *value = (*value / full).min(1.0).sqrt();
    }
    let against = AGAINST.map(|(beats, weight)| ((beats * period).round() as isize, weight));
    let at =
        |t: usize, offset: isize| t.checked_add_signed(offset).and_then(|t| salient.get(t)).unwrap_or(&0.0);
    let activation = |t: usize| {
        let against: f64 = against.iter().map(|(offset, weight)| weight * at(t, *offset)).sum();
        (0.9 * (salient[t] - against)).clamp(floor, 0.95)
    };
    (0..salient.len()).map(activation).collect()
}

/// The frame of the greatest activation within the first 30 ms of a beat; the first if all are equal.
fn loudest_near(activations: &[f64], frame: usize) -> usize {
    let near = frame..(frame + 4).min(activations.len());
    near.fold(frame, |best, t| if activations[t] > activations[best] { t } else { best })
}
