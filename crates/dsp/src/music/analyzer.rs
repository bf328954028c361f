//! The stages that analyses of whole recordings share. Each runs once, however many analyses read its result.

use super::bar_pattern::{BarPattern, bar_pattern};
use super::bars::{BarSettings, Bars, bars};
use super::fingerprint::{Fingerprint, Fingerprinter};
use super::harmony::{Harmony, HarmonyResult, HarmonySettings};
use super::loudness::{Loudness, LoudnessResult};
use super::notes::{Note, NoteSettings, Notes};
use super::pitch::{PitchSettings, PitchTracker};
use super::rhythm::{Rhythm, RhythmResult, RhythmSettings};

/// A computation whose result one or several analyses read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Onset strength, tempo, beats and onsets.
    Rhythm,
    /// Tuning, key, and chords that change on beats. Also runs [`Stage::Rhythm`].
    Harmony,
    /// The pitch of one voice and its notes.
    Melody,
    /// The loudness of all channels.
    Loudness,
    /// The fingerprint of the first two minutes.
    Fingerprint,
}

/// The results for one recording. Results of stages that did not run are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MusicResult {
    /// Length of the recording in seconds.
    pub duration_s: f64,
    /// Result of [`Stage::Rhythm`].
    pub rhythm: RhythmResult,
    /// Result of [`Stage::Harmony`].
    pub harmony: HarmonyResult,
    /// Time signature and downbeats, if both stages ran; `None` with fewer than four beats.
    pub bars: Option<Bars>,
    /// The onset pattern of a bar.
    pub bar_pattern: Option<BarPattern>,
    /// Result of [`Stage::Melody`].
    pub notes: Vec<Note>,
    /// Result of [`Stage::Loudness`].
    pub loudness: LoudnessResult,
    /// Result of [`Stage::Fingerprint`]; `None` for silence and below 2.6 s.
    pub fingerprint: Option<Fingerprint>,
}

/// Analyses recordings, one after the other, that arrive in blocks.
///
/// # Shape      in blocks of samples; out one result
/// # Edges      silence gives an empty result; the result does not depend on the block length
/// # Memory     the sum of the stages that run
/// # Example
/// ```
/// use passband_dsp::music::{MusicAnalyzer, Stage};
/// let mut analyzer = MusicAnalyzer::new(22050.0, &[Stage::Melody]).unwrap();
/// let tone: Vec<f32> = (0..22050).map(|n| 0.3 * (n as f32 * 0.125_378_4).sin()).collect(); // 440 Hz
/// analyzer.push(&tone);
/// let result = analyzer.finish();
/// assert_eq!((result.duration_s, result.notes.len()), (1.0, 1));
/// assert_eq!(result.notes[0].midi.round(), 69.0);
/// ```
#[derive(Debug)]
pub struct MusicAnalyzer {
    rate_hz: f64,
    samples: u64,
    rhythm: Option<Rhythm>,
    harmony: Option<Harmony>,
    melody: Option<Melody>,
    loudness: Option<Loudness>,
    fingerprint: Option<Fingerprinter>,
}

/// The pitch tracker, and the notes found so far.
#[derive(Debug)]
struct Melody {
    pitch: PitchTracker,
    notes: Notes,
    found: Vec<Note>,
}

impl MusicAnalyzer {
    /// Creates an analyzer of recordings with one channel.
    ///
    /// # Edges      sample rates below 4 kHz or above 768 kHz are refused
    pub fn new(rate_hz: f64, stages: &[Stage]) -> Result<MusicAnalyzer, String> {
        Self::of_channels(rate_hz, 1, stages)
    }

    /// Creates an analyzer of recordings with `channels` channels.
    ///
    /// # Edges      as for [`new`](Self::new); the loudness of more than 8 channels is refused
    pub fn of_channels(rate_hz: f64, channels: usize, stages: &[Stage]) -> Result<MusicAnalyzer, String> {
        let loudness =
            stages.contains(&Stage::Loudness).then(|| Loudness::new(rate_hz, channels)).transpose()?;
        let harmony = stages.contains(&Stage::Harmony);
        let rhythm = harmony || stages.contains(&Stage::Rhythm);
        let rhythm = rhythm.then(|| Rhythm::new(rate_hz, &RhythmSettings::default())).transpose()?;
        let harmony = harmony.then(|| Harmony::new(rate_hz, &HarmonySettings::default())).transpose()?;
        let melody = stages.contains(&Stage::Melody).then(|| Melody::new(rate_hz)).transpose()?;
        let fingerprint =
            stages.contains(&Stage::Fingerprint).then(|| Fingerprinter::new(rate_hz)).transpose()?;
        Ok(MusicAnalyzer { rate_hz, samples: 0, rhythm, harmony, melody, loudness, fingerprint })
    }

    /// Adds a block of one channel.
    pub fn push(&mut self, block: &[f32]) {
        self.push_channels(block, block);
    }

    /// Adds a block: its channels one after the other, and their mean. Loudness is measured on the channels, everything
    /// else on the mean.
    pub fn push_channels(&mut self, channels: &[f32], block: &[f32]) {
        self.samples += block.len() as u64;
        if let Some(loudness) = &mut self.loudness {
            loudness.push(channels);
        }
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.push(block);
        }
        if let Some(harmony) = &mut self.harmony {
            harmony.push(block);
        }
        if let Some(fingerprint) = &mut self.fingerprint {
            fingerprint.push(block);
        }
        if let Some(Melody { pitch, notes, found }) = &mut self.melody {
            pitch.push(block, |pitch| notes.push(pitch, |note| found.push(note)));
        }
    }

    /// Ends the recording and returns its result. The next block begins another recording at the same rate.
    pub fn finish(&mut self) -> MusicResult {
        let duration_s = std::mem::take(&mut self.samples) as f64 / self.rate_hz;
        let rhythm = self.rhythm.as_mut().map(Rhythm::finish).unwrap_or_default();
        let mut found = MusicResult { duration_s, rhythm, ..MusicResult::default() };
        if let Some(harmony) = &mut self.harmony {
            found.harmony = harmony.finish(&found.rhythm.beats);
            let RhythmResult { tempo, beats, envelope, .. } = &found.rhythm;
            let chords = &found.harmony.chords;
            found.bars = tempo
                .as_ref()
                .and_then(|tempo| bars(envelope, beats, chords, &tempo.meter, &BarSettings::default()));
            let pattern = |bars: &Bars| bar_pattern(envelope, &bars.downbeats, bars.beats_per_bar);
            found.bar_pattern = found.bars.as_ref().and_then(pattern);
        }
        if let Some(melody) = &mut self.melody {
            found.notes = melody.finish();
        }
        if let Some(loudness) = &mut self.loudness {
            found.loudness = loudness.finish();
        }
        found.fingerprint = self.fingerprint.as_mut().and_then(Fingerprinter::finish);
        found
    }
}

impl Melody {
    fn new(rate_hz: f64) -> Result<Melody, String> {
        let all = PitchSettings::default();
        // at low sample rates the highest pitches are above the Nyquist frequency
        let settings = PitchSettings { fmax: all.fmax.min(rate_hz / 2.0), ..all };
        let notes = Notes::new(settings.hop_s, &NoteSettings::default());
        Ok(Melody { pitch: PitchTracker::new(rate_hz, &settings)?, notes, found: vec![] })
    }

    fn finish(&mut self) -> Vec<Note> {
        let Melody { pitch, notes, found } = self;
        pitch.finish(|pitch| notes.push(pitch, |note| found.push(note)));
        notes.finish(|note| found.push(note));
        std::mem::take(found)
    }
}
