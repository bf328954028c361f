//! The notes of one voice, from its pitch.

use super::pitch::Pitch;
use super::pitch_class::PitchClass;

/// Settings of [`Notes`].
#[derive(Clone, Debug, PartialEq)]
pub struct NoteSettings {
    /// Shortest note in seconds.
    pub min_s: f64,
    /// Longest unvoiced gap that does not end a note, in seconds.
    pub gap_s: f64,
    /// Distance in semitones from the pitch of a note at which another note begins.
    pub step: f64,
    /// Rise in level in dB within 50 ms that begins another note of the same pitch.
    pub attack_db: f64,
}

impl Default for NoteSettings {
    fn default() -> Self {
        Self { min_s: 0.08, gap_s: 0.03, step: 0.7, attack_db: 9.0 }
    }
}

/// A note of a melody.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// Start in seconds.
    pub start_s: f64,
    /// End in seconds.
    pub end_s: f64,
    /// Median pitch in Hz.
    pub hz: f64,
    /// Median pitch as a MIDI number with cents as the fraction; A4 at 440 Hz is 69.
    pub midi: f64,
    /// Highest level, in dB relative to full scale.
    pub level_db: f64,
    /// Mean probability of voicing.
    pub confidence: f64,
}

impl Note {
    /// The nearest note of the scale, such as F#4; the octave of middle C is 4.
    pub fn name(&self) -> String {
        let midi = self.midi.round() as i32;
        format!("{}{}", PitchClass::of(midi.rem_euclid(12) as usize), midi.div_euclid(12) - 1)
    }
}

/// Segments the pitch of a voice into notes. A note ends where the voice stops, where its pitch stays more than `step`
/// semitones away from the median of the note, and where the level rises by `attack_db`.
///
/// # Shape      in one [`Pitch`] per frame; out notes in order
/// # Edges      unvoiced sound has no notes; notes shorter than `min_s` are dropped
/// # Memory     the pitches of the current note, at most 30 s: longer notes are split
/// # Reference  after Mauch et al., Computer-aided Melody Note Transcription Using the Tony Software, TENOR 2015
/// # Example
/// ```
/// use passband_dsp::music::{NoteSettings, Notes, Pitch};
/// let mut notes = Notes::new(0.01, &NoteSettings::default());
/// let mut found = vec![];
/// for t in 0..90 {
///     let hz = match t { 0..40 => Some(440.0), 40..80 => Some(493.9), _ => None };
///     notes.push(Pitch { time_s: 0.01 * t as f64, hz, voiced: 0.9, rms: 0.1 }, |note| found.push(note));
/// }
/// notes.finish(|note| found.push(note));
/// assert_eq!(found.len(), 2);
/// assert!((found[1].start_s - 0.4).abs() < 0.011 && found[1].midi.round() == 71.0 && found[1].name() == "B4");
/// ```
#[derive(Debug)]
pub struct Notes {
    hop_s: f64,
    settings: NoteSettings,
    /// Frames of the current note, and how many of the last ones are unvoiced or away from its pitch.
    open: Vec<Pitch>,
    gap: usize,
    away: usize,
}

impl Notes {
    /// Creates a segmentation of pitches that are `hop_s` seconds apart.
    pub fn new(hop_s: f64, settings: &NoteSettings) -> Notes {
        Notes { hop_s, settings: settings.clone(), open: vec![], gap: 0, away: 0 }
    }

    fn frames(&self, seconds: f64) -> usize {
        (seconds / self.hop_s).round().max(1.0) as usize
    }

    /// Adds the pitch of the next frame and emits the note that it ends, if any.
    pub fn push(&mut self, pitch: Pitch, mut each: impl FnMut(Note)) {
        let Some(hz) = pitch.hz else {
            self.gap += 1;
            if self.gap > self.frames(self.settings.gap_s) {
                self.close(0, &mut each);
            }
            return;
        };
        self.gap = 0;
        if self.open.len() >= self.frames(30.0) || self.attacks(&pitch) {
            self.close(0, &mut each);
        }
        let is_away =
            self.median().is_some_and(|median| 12.0 * libm::log2(hz / median).abs() > self.settings.step);
        self.away = if is_away { self.away + 1 } else { 0 };
        self.open.push(pitch);
        // a step must persist: otherwise a slide or an octave error would split the note
        if self.away >= self.frames(0.05) {
            self.close(self.away, &mut each);
        }
    }

    /// Ends the recording and emits the last note.
    pub fn finish(&mut self, mut each: impl FnMut(Note)) {
        self.close(0, &mut each);
    }

    fn attacks(&self, pitch: &Pitch) -> bool {
        let back = self.frames(0.05);
        let Some(at) = self.open.len().checked_sub(back + 1) else { return false };
        let least = self.open[at..].iter().fold(f64::INFINITY, |least, pitch| least.min(pitch.rms));
        self.open.len() > self.frames(self.settings.min_s)
            && pitch.rms > least * libm::pow(10.0, self.settings.attack_db / 20.0)
    }

    /// Median pitch of the frames that are not away from it; at most the last two seconds.
    fn median(&self) -> Option<f64> {
        let frames = &self.open[..self.open.len() - self.away.min(self.open.len())];
        median(&frames[frames.len().saturating_sub(self.frames(2.0))..])
    }

    /// Ends the current note. Its last `kept` frames begin the next note.
    fn close(&mut self, kept: usize, each: &mut impl FnMut(Note)) {
        let next = self.open.split_off(self.open.len() - kept.min(self.open.len()));
        let frames = std::mem::replace(&mut self.open, next);
        (self.gap, self.away) = (0, 0);
        let (Some(first), Some(last), Some(hz)) = (frames.first(), frames.last(), median(&frames)) else {
            return;
        };
        let note = Note {
            start_s: first.time_s,
            end_s: last.time_s + self.hop_s,
            hz,
            midi: 69.0 + 12.0 * libm::log2(hz / 440.0),
            level_db: 20.0 * libm::log10(frames.iter().fold(1e-6, |most: f64, frame| most.max(frame.rms))),
            confidence: frames.iter().map(|frame| frame.voiced).sum::<f64>() / frames.len() as f64,
        };
        if note.end_s - note.start_s >= self.settings.min_s - 1e-9 {
            each(note);
        }
    }
}

fn median(frames: &[Pitch]) -> Option<f64> {
    let mut pitches: Vec<f64> = frames.iter().filter_map(|frame| frame.hz).collect();
    let middle = pitches.len() / 2;
    (!pitches.is_empty()).then(|| *pitches.select_nth_unstable_by(middle, f64::total_cmp).1)
}
