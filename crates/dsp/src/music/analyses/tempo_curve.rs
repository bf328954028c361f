//! The tempo from beat to beat.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::{Stage, tempo_curve};

/// The tempo curve of a recording and its stability.
pub static TEMPO_CURVE: Analysis = Analysis {
    name: "tempo_curve",
    summary: "tempo at each beat, and its stability",
    results: &[
        outcome(
            "tempo_curve",
            "Tempo at each of `beats` except the last: median of the five nearest intervals; empty without beats.",
            "1/min",
            OutcomeKind::Numbers,
        ),
        outcome(
            "tempo_stability",
            "1 minus the relative mean deviation of the tempo curve from the median tempo; null without beats.",
            "",
            OutcomeKind::Number,
        ),
    ],
    stages: &[Stage::Rhythm],
    found: |music| {
        let curve = tempo_curve(&music.rhythm.beats);
        let stability = curve.as_ref().map(|curve| curve.stability);
        let bpm = curve.into_iter().flat_map(|curve| curve.points).map(|(_, bpm)| bpm);
        vec![Found::Numbers(bpm.collect()), Found::Number(stability)]
    },
};
