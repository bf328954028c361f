//! The notes of one voice.

use super::{Analysis, Found, Outcome, OutcomeKind, outcome};
use crate::music::{Note, Stage};

/// The melody of a recording in which one voice sounds at a time.
pub static MELODY: Analysis = Analysis {
    name: "melody",
    summary: "notes of one voice: onset, end, pitch, level, confidence",
    results: RESULTS,
    stages: &[Stage::Melody],
    found: |music| {
        let each = |of: fn(&Note) -> f64| Found::Numbers(music.notes.iter().map(of).collect());
        vec![
            each(|note| note.start_s),
            each(|note| note.end_s),
            each(|note| note.midi),
            each(|note| note.hz),
            each(|note| note.level_db),
            each(|note| note.confidence),
        ]
    },
};

const RESULTS: &[Outcome] = &[
    outcome(
        "note_onsets",
        "When each note begins, from the start of the recording; empty where no voice is found. What lies between the \
         end of a note and the next onset is a rest.",
        "s",
        OutcomeKind::Numbers,
    ),
    outcome("note_ends", "When each note ends.", "s", OutcomeKind::Numbers),
    outcome(
        "note_pitches",
        "Median pitch of each note as a MIDI number with cents as the fraction; A4 at 440 Hz is 69.",
        "",
        OutcomeKind::Numbers,
    ),
    outcome("note_frequencies", "Median pitch of each note.", "Hz", OutcomeKind::Numbers),
    outcome(
        "note_levels",
        "Highest level (RMS) of each note, relative to full scale.",
        "dB",
        OutcomeKind::Numbers,
    ),
    outcome("note_confidences", "Mean probability of voicing over each note.", "", OutcomeKind::Numbers),
];
