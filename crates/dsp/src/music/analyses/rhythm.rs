//! Tempo, beats and onsets.

use super::{Analysis, Analyze, Found, OutcomeKind, outcome};
use crate::music::{Rhythm, RhythmResult, RhythmSettings};

/// Tempo, beats and onsets of a recording.
pub static RHYTHM: Analysis = Analysis {
    name: "rhythm",
    summary: "tempo, beats and onsets",
    results: &[
        outcome("tempo", "Beats a minute; none of silence.", "1/min", OutcomeKind::Number),
        outcome(
            "tempo_confidence",
            "Probability that the tempo is within 4 % of it.",
            "",
            OutcomeKind::Number,
        ),
        outcome(
            "second_tempo",
            "The next likely tempo, often half or twice the first.",
            "1/min",
            OutcomeKind::Number,
        ),
        outcome("beats", "When the beats are, from the start of the recording.", "s", OutcomeKind::Numbers),
        outcome("onsets", "When sounds begin, from the start of the recording.", "s", OutcomeKind::Numbers),
    ],
    start: |rate_hz| Ok(Box::new(Rhythm::new(rate_hz, &RhythmSettings::default())?)),
};

impl Analyze for Rhythm {
    fn push(&mut self, block: &[f32]) {
        Rhythm::push(self, block);
    }

    fn finish(&mut self) -> Vec<Found> {
        let RhythmResult { onsets, tempo, beats, .. } = Rhythm::finish(self);
        vec![
            Found::Number(tempo.map(|tempo| tempo.bpm)),
            Found::Number(tempo.map(|tempo| tempo.confidence)),
            Found::Number(tempo.map(|tempo| tempo.second_bpm)),
            Found::Numbers(beats),
            Found::Numbers(onsets),
        ]
    }
}
