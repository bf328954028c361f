//! Scores of recordings: notes and rests, chords, beats and key, in the formats of music programs.

mod jams;
mod json;
mod labels;
mod midi;

use passband_dsp::music::{MusicResult, Note};

/// The musical content of a recording, to be written as a score.
pub struct Score {
    /// The name of the recording.
    pub name: String,
    /// The sample rate in Hz.
    pub rate_hz: f64,
    /// The results of the stages rhythm, harmony and melody.
    pub music: MusicResult,
}

/// A part of the melody.
enum Part<'a> {
    Note(&'a Note),
    Rest { start_s: f64, end_s: f64 },
}

/// Minimum duration of a rest; shorter gaps between notes are ignored, because pitch is measured every 20 ms.
const SHORTEST_REST_S: f64 = 0.03;

/// A format of scores.
pub struct ScoreFormat {
    /// The file extension.
    pub extension: &'static str,
    /// The media type.
    pub media: &'static str,
    /// Encodes a score.
    pub write: fn(&Score) -> Vec<u8>,
    /// Whether the format has any of the results.
    pub holds: fn(&Score) -> bool,
}

const fn format(
    extension: &'static str,
    media: &'static str,
    write: fn(&Score) -> Vec<u8>,
    holds: fn(&Score) -> bool,
) -> ScoreFormat {
    ScoreFormat { extension, media, write, holds }
}

/// All formats.
pub static SCORE_FORMATS: &[ScoreFormat] = &[
    format("mid", "audio/midi", midi::write, Score::any),
    format("json", "application/json", json::write, Score::any),
    format("jams", "application/json", jams::write, Score::any),
    format("lab", "text/plain; charset=utf-8", labels::chords, Score::has_chords),
    format("beats", "text/plain; charset=utf-8", labels::beats, Score::has_beats),
    format("txt", "text/plain; charset=utf-8", labels::audacity, Score::any),
];

impl ScoreFormat {
    /// The format of an extension, without regard to case.
    ///
    /// ```
    /// assert_eq!(passband_plot::score::ScoreFormat::of("MID").unwrap().media, "audio/midi");
    /// assert!(passband_plot::score::ScoreFormat::of("pdf").is_none());
    /// ```
    pub fn of(extension: &str) -> Option<&'static ScoreFormat> {
        SCORE_FORMATS.iter().find(|format| format.extension.eq_ignore_ascii_case(extension))
    }
}

impl Score {
    /// Whether there are chords.
    pub fn has_chords(&self) -> bool {
        !self.music.harmony.chords.is_empty()
    }

    /// Whether there are beats.
    pub fn has_beats(&self) -> bool {
        !self.music.rhythm.beats.is_empty()
    }

    /// Whether there are any results.
    pub fn any(&self) -> bool {
        let MusicResult { harmony, notes, .. } = &self.music;
        self.has_chords() || self.has_beats() || !notes.is_empty() || !harmony.keys.is_empty()
    }

    /// Notes and rests as a contiguous sequence.
    fn melody(&self) -> Vec<Part<'_>> {
        let (mut parts, mut end) = (vec![], 0.0);
        for note in &self.music.notes {
            if note.start_s - end >= SHORTEST_REST_S {
                parts.push(Part::Rest { start_s: end, end_s: note.start_s });
            }
            parts.push(Part::Note(note));
            end = note.end_s;
        }
        if self.music.duration_s - end >= SHORTEST_REST_S {
            parts.push(Part::Rest { start_s: end, end_s: self.music.duration_s });
        }
        parts
    }

    /// Each beat with its bar and position, if there are bars.
    fn beats(&self) -> impl Iterator<Item = (f64, Option<(usize, usize)>)> {
        let beats = &self.music.rhythm.beats;
        let places = self.music.bars.as_ref().map(|bars| bars.positions(beats));
        beats.iter().enumerate().map(move |(at, beat)| (*beat, places.as_ref().map(|places| places[at])))
    }
}
