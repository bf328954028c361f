//! Live music analysis: current tempo, beats, key, chord and loudness of an unbounded stream.

use super::beats::{BeatSettings, beats};
use super::chords::{ChordQuality, ChordSettings, Chords};
use super::chroma::{Chroma, ChromaSettings, NnlsChroma};
use super::envelope::OnsetEnvelope;
use super::key::{Key, KeySettings, keys};
use super::loudness::{LiveLoudness, Loudness};
use super::onset_strength::{OnsetStrength, OnsetStrengthSettings};
use super::pitch_class::PitchClass;
use super::tempo::{Tempo, TempoSettings, tempo};
use std::collections::VecDeque;

/// Seconds of onset strength from which tempo and beats are estimated.
const WINDOW_S: f64 = 12.0;
/// Seconds between two estimates of tempo and beats.
const EVERY_S: f64 = 1.0;
/// Seconds after which a beat is final. Newer beats are not emitted.
const SETTLING_S: f64 = 1.0;
/// Seconds after which the tuning is fixed. Chords before that are delayed.
const TUNING_S: f64 = 1.0;

/// The state of the music at one moment. Values that are not known (yet) are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MusicState {
    /// The end of the newest sample, in seconds since the start of the stream.
    pub time_s: f64,
    /// The tempo of the last 12 seconds.
    pub tempo: Option<Tempo>,
    /// Beats that became final since the last state, in seconds since the start of the stream.
    pub beats: Vec<f64>,
    /// The key of the whole stream so far.
    pub key: Option<Key>,
    /// The current chord.
    pub chord: Option<(PitchClass, ChordQuality)>,
    /// The mean chroma since the last state, C first; the maximum is 1, and silence is all 0.
    pub chroma: [f32; 12],
    /// The maximum onset strength since the last state.
    pub onset_strength: f64,
    /// Loudness (EBU R128).
    pub loudness: LiveLoudness,
}

/// Analyses music in a stream.
///
/// Latency: loudness none; chroma and chord 0.2 s (half of a spectrum of 0.37 s), plus 1 s at the start, until the
/// tuning is fixed. Tempo and beats are estimated once per second; a beat is emitted 1 to 2 s after it sounded. The
/// first tempo needs 2 s of sound. The estimates are those of [`tempo`], [`beats`] and [`Chords`] over the stream so
/// far.
///
/// # Shape      in blocks of samples; out one [`MusicState`] per call of [`state`](Self::state)
/// # Edges      silence has no tempo, beats, key or chord; samples that are not finite count as 0
/// # Memory     constant: 12 seconds of onset strength, one second of spectra, 512 frames of chords
/// # Example
/// ```
/// use passband_dsp::music::MusicMonitor;
/// let mut monitor = MusicMonitor::new(22050.0, 1).unwrap();
/// let tone = |n: i32, note: i32| (n as f32 / 22050.0 * 6.283_185 * 440.0 * 2f32.powf((note - 69) as f32 / 12.0)).sin();
/// let chord: Vec<f32> = (0..88200).map(|n| [57, 60, 64].map(|note| 0.2 * tone(n, note)).iter().sum()).collect();
/// monitor.push(&chord, &chord);
/// let (root, quality) = monitor.state().chord.unwrap();
/// assert_eq!((root.to_string().as_str(), quality.label()), ("A", "min"));
/// ```
#[derive(Debug)]
pub struct MusicMonitor {
    rate_hz: f64,
    samples: u64,
    onsets: OnsetStrength,
    envelope: OnsetEnvelope,
    /// Number of frames of onset strength that were dropped.
    dropped: usize,
    chroma: NnlsChroma,
    chords: Chords,
    /// Number of chroma frames so far, and the sum of those since the last state.
    chromas: (u64, Chroma),
    chroma_rate: f64,
    /// `None` with more channels than ITU-R BS.1770 has weights for.
    loudness: Option<Loudness>,
    tempo: Option<Tempo>,
    beats: VecDeque<f64>,
    last_beat: f64,
    next_estimate_s: f64,
    strongest: f64,
}

impl MusicMonitor {
    /// Creates a monitor of a stream of `channels` channels.
    ///
    /// # Edges      sample rates below 4 kHz or above 768 kHz are refused; more than 8 channels have no loudness
    pub fn new(rate_hz: f64, channels: usize) -> Result<MusicMonitor, String> {
        let strength = OnsetStrengthSettings::default();
        let chroma = ChromaSettings { tuning_s: TUNING_S, ..ChromaSettings::default() };
        Ok(MusicMonitor {
            rate_hz,
            samples: 0,
            envelope: OnsetEnvelope::new(strength.frames_per_second),
            onsets: OnsetStrength::new(rate_hz, &strength)?,
            dropped: 0,
            chroma_rate: chroma.frames_per_second,
            chroma: NnlsChroma::new(rate_hz, &chroma)?,
            chords: Chords::new(&ChordSettings::default()),
            chromas: (0, Chroma::default()),
            loudness: Loudness::new(rate_hz, channels).ok(),
            tempo: None,
            beats: VecDeque::new(),
            last_beat: f64::NEG_INFINITY,
            next_estimate_s: EVERY_S,
            strongest: 0.0,
        })
    }

    /// Adds a block: its channels one after the other, and their mean. Loudness is measured on the channels, everything
    /// else on the mean.
    pub fn push(&mut self, channels: &[f32], mean: &[f32]) {
        if let Some(loudness) = &mut self.loudness {
            loudness.push(channels);
        }
        let Self { onsets, envelope, strongest, chroma, chords, chromas, chroma_rate, .. } = self;
        onsets.push(mean, |flux| {
            *strongest = strongest.max(flux.all);
            envelope.push(flux);
        });
        chroma.push(mean, |frame| {
            let at = |count: u64| (count as f64 - 0.5) / *chroma_rate;
            // final chords are discarded: only the current chord is used
            chords.push(&frame, at(chromas.0), at(chromas.0 + 1), |_| {});
            chromas.0 += 1;
            for (sum, value) in chromas.1.treble.iter_mut().zip(frame.treble) {
                *sum += value;
            }
        });
        self.samples += mean.len() as u64;
        if self.time_s() >= self.next_estimate_s {
            self.next_estimate_s = self.time_s() + EVERY_S;
            self.estimate();
        }
    }

    fn time_s(&self) -> f64 {
        self.samples as f64 / self.rate_hz
    }

    /// Estimates tempo and beats of the last seconds.
    fn estimate(&mut self) {
        let rate = self.envelope.frames_per_second();
        self.dropped += self.envelope.keep_last((WINDOW_S * rate) as usize);
        self.tempo = tempo(&self.envelope, &TempoSettings::default());
        let Some(tempo) = self.tempo else { return };
        let begins = self.dropped as f64 / rate;
        let period = 60.0 / tempo.bpm;
        let found = beats(&self.envelope, tempo.bpm, &BeatSettings::default()).unwrap_or_default();
        for beat in found.into_iter().map(|beat| begins + beat) {
            // a beat that was already emitted may be found again at a slightly different time
            if beat > self.last_beat + 0.5 * period && beat <= self.time_s() - SETTLING_S {
                self.last_beat = beat;
                self.beats.push_back(beat);
            }
        }
    }

    /// Returns the current state.
    pub fn state(&mut self) -> MusicState {
        let cents = self.chroma.tuning().map_or(0.0, |tuning| tuning.cents);
        let key = keys(self.chroma.histogram(), cents, &[], &KeySettings::default()).into_iter().next();
        let treble = std::mem::take(&mut self.chromas.1).treble;
        let greatest = treble.iter().fold(0.0, |most: f64, value| most.max(*value));
        let share = |value: f64| if greatest > 0.0 { (value / greatest) as f32 } else { 0.0 };
        MusicState {
            time_s: self.time_s(),
            tempo: self.tempo,
            beats: self.beats.drain(..).collect(),
            key,
            chord: self.chords.now(),
            chroma: treble.map(share),
            onset_strength: std::mem::take(&mut self.strongest),
            loudness: self.loudness.as_ref().map_or_else(LiveLoudness::default, Loudness::live),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: usize = 22_050;

    fn click(n: usize) -> f32 {
        if n % (RATE / 2) < 200 { (n as f32 * 0.9).sin() } else { 0.0 }
    }

    fn heard(seconds: usize, block: usize, sample: impl Fn(usize) -> f32) -> Vec<MusicState> {
        let mut monitor = MusicMonitor::new(RATE as f64, 1).unwrap();
        let samples: Vec<f32> = (0..seconds * RATE).map(sample).collect();
        samples
            .chunks(block)
            .map(|block| {
                monitor.push(block, block);
                monitor.state()
            })
            .collect()
    }

    #[test]
    fn a_steady_pulse_has_its_tempo_and_each_beat_once() {
        let states = heard(40, 2205, click);
        let tempo = states.last().unwrap().tempo.unwrap();
        assert!((tempo.bpm / 120.0 - 1.0).abs() < 0.02, "{tempo:?}");
        let beats: Vec<f64> = states.iter().flat_map(|state| &state.beats).copied().collect();
        // the first seconds precede the first estimate of the tempo
        let steady: Vec<f64> = beats.windows(2).map(|two| two[1] - two[0]).collect();
        assert!(beats.len() >= 74 && beats.len() <= 80, "{}", beats.len());
        assert!(steady.iter().all(|interval| (interval - 0.5).abs() < 0.03), "{steady:?}");
        assert!(states.iter().all(|state| state.beats.iter().all(|beat| *beat <= state.time_s - 1.0)));
    }

    #[test]
    fn silence_says_nothing() {
        for state in heard(5, 4096, |_| 0.0) {
            assert_eq!((state.tempo, state.key, state.chord), (None, None, None));
            assert_eq!((state.beats.len(), state.chroma), (0, [0.0; 12]));
            assert_eq!(state.loudness, LiveLoudness::default());
        }
    }

    #[test]
    fn loudness_is_that_of_the_standard() {
        // EBU Tech 3341, case 1, with one channel: 3 dB less than with two
        let states = heard(5, 2205, |n| 0.070_795 * (n as f32 * 0.284_947).sin());
        let loudness = states.last().unwrap().loudness;
        for value in [loudness.momentary, loudness.short_term, loudness.integrated] {
            assert!((value.unwrap() + 26.0).abs() < 0.2, "{loudness:?}");
        }
    }
}
