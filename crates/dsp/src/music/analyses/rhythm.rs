//! Tempo, beats and onsets.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::{RhythmResult, Stage};

/// Tempo, beats and onsets of a recording.
pub static RHYTHM: Analysis = Analysis {
    name: "rhythm",
    summary: "tempo, beats and onsets",
    results: &[
        outcome("tempo", "Beats per minute; null for silence.", "1/min", OutcomeKind::Number),
        outcome(
            "tempo_confidence",
            "Probability that the true tempo is within 4 % of `tempo`.",
            "",
            OutcomeKind::Number,
        ),
        outcome(
            "second_tempo",
            "The second most likely tempo, often half or twice `tempo`.",
            "1/min",
            OutcomeKind::Number,
        ),
        outcome("beats", "Times of the beats, from the start of the recording.", "s", OutcomeKind::Numbers),
        outcome("onsets", "Times of the onsets, from the start of the recording.", "s", OutcomeKind::Numbers),
    ],
    stages: &[Stage::Rhythm],
    found: |music| {
        let RhythmResult { onsets, tempo, beats, .. } = &music.rhythm;
        vec![
            Found::Number(tempo.map(|tempo| tempo.bpm)),
            Found::Number(tempo.map(|tempo| tempo.confidence)),
            Found::Number(tempo.map(|tempo| tempo.second_bpm)),
            Found::Numbers(beats.clone()),
            Found::Numbers(onsets.clone()),
        ]
    },
};
