//! Rhythm: onsets, tempo and beats of a recording that arrives in blocks.

use super::beats::{BeatSettings, beats};
use super::envelope::OnsetEnvelope;
use super::onset_strength::{OnsetStrength, OnsetStrengthSettings};
use super::onsets::{OnsetSettings, onsets};
use super::tempo::{Tempo, TempoSettings, tempo};

/// Settings of [`Rhythm`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RhythmSettings {
    /// Settings of the onset strength.
    pub strength: OnsetStrengthSettings,
    /// Settings of the onsets.
    pub onsets: OnsetSettings,
    /// Settings of the tempo.
    pub tempo: TempoSettings,
    /// Settings of the beats.
    pub beats: BeatSettings,
}

/// The rhythm of one recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RhythmResult {
    /// Onsets in seconds.
    pub onsets: Vec<f64>,
    /// Tempo; `None` for silence and for recordings shorter than two seconds.
    pub tempo: Option<Tempo>,
    /// Beats in seconds; empty without a tempo.
    pub beats: Vec<f64>,
    /// The onset strength, the input of `bars` and `bar_pattern`.
    pub envelope: OnsetEnvelope,
}

/// Measures the rhythm of a recording: onset strength as samples arrive, the rest at its end.
///
/// # Shape      in blocks of samples; out one result
/// # Edges      silence has no tempo, no onsets and no beats
/// # Memory     8 bytes per frame of onset strength: 2.9 MB per hour
/// # Example
/// ```
/// use passband_dsp::music::{Rhythm, RhythmSettings};
/// let mut rhythm = Rhythm::new(22050.0, &RhythmSettings::default()).unwrap();
/// // Ten seconds of clicks, two a second.
/// let clicks: Vec<f32> = (0..220_500).map(|n| if n % 11025 < 200 { (n as f32 * 0.9).sin() } else { 0.0 }).collect();
/// clicks.chunks(1000).for_each(|block| rhythm.push(block));
/// let result = rhythm.finish();
/// assert!((result.tempo.unwrap().bpm / 120.0 - 1.0).abs() < 0.02, "{:?}", result.tempo);
/// assert!((result.beats[3] - result.beats[2] - 0.5).abs() < 0.011);
/// ```
#[derive(Debug)]
pub struct Rhythm {
    settings: RhythmSettings,
    stage: OnsetStrength,
    envelope: OnsetEnvelope,
}

impl Rhythm {
    /// # Edges      as for [`OnsetStrength::new`]
    pub fn new(rate_hz: f64, settings: &RhythmSettings) -> Result<Rhythm, String> {
        let stage = OnsetStrength::new(rate_hz, &settings.strength)?;
        let envelope = OnsetEnvelope::new(settings.strength.frames_per_second);
        // validates the settings of the beats before the first sample
        beats(&envelope, 120.0, &settings.beats)?;
        Ok(Rhythm { settings: settings.clone(), stage, envelope })
    }

    /// Adds a block.
    pub fn push(&mut self, block: &[f32]) {
        let Rhythm { stage, envelope, .. } = self;
        stage.push(block, |flux| envelope.push(flux));
    }

    /// Ends the recording and returns its result. The next block begins another recording.
    pub fn finish(&mut self) -> RhythmResult {
        let Rhythm { settings, stage, envelope } = self;
        stage.finish(|flux| envelope.push(flux));
        let next = OnsetEnvelope::new(settings.strength.frames_per_second);
        let envelope = std::mem::replace(envelope, next);
        let mut tempo = tempo(&envelope, &settings.tempo);
        let found = tempo.map(|tempo| beats(&envelope, tempo.bpm, &settings.beats).unwrap_or_default());
        let beats = found.unwrap_or_default();
        if let Some((tempo, bpm)) = tempo.as_mut().zip(mean_bpm(&beats)) {
            // more precise than the grid of tempi, if the beats confirm the tempo
            if (bpm / tempo.bpm - 1.0).abs() < 0.04 {
                tempo.bpm = bpm;
            }
        }
        RhythmResult { onsets: onsets(&envelope, &settings.onsets), tempo, beats, envelope }
    }
}

/// The tempo from the interquartile mean of the intervals between beats.
fn mean_bpm(beats: &[f64]) -> Option<f64> {
    let mut intervals: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    intervals.sort_by(f64::total_cmp);
    let middle = &intervals[intervals.len() / 4..intervals.len() - intervals.len() / 4];
    let mean = middle.iter().sum::<f64>() / middle.len() as f64;
    (mean > 0.0).then(|| 60.0 / mean)
}
