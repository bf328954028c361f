//! Time signature, downbeats and the pattern of a bar.

use super::{Analysis, Found, Outcome, OutcomeKind, outcome};
use crate::music::Stage;

/// The bars of a recording.
pub static BARS: Analysis = Analysis {
    name: "bars",
    summary: "time signature, downbeats and the onset pattern of a bar",
    results: RESULTS,
    stages: &[Stage::Rhythm, Stage::Harmony],
    found: |music| {
        let (bars, pattern) = (music.bars.as_ref(), music.bar_pattern.as_ref());
        let written = |(beats, unit): (u8, u8)| format!("{beats}/{unit}");
        vec![
            Found::Word(bars.map(|bars| written(bars.time_signature))),
            Found::Number(bars.map(|bars| bars.confidence)),
            Found::Numbers(bars.map(|bars| bars.downbeats.clone()).unwrap_or_default()),
            Found::Numbers(pattern.map(|pattern| pattern.all.clone()).unwrap_or_default()),
            Found::Numbers(pattern.map(|pattern| pattern.low.clone()).unwrap_or_default()),
        ]
    },
};

const RESULTS: &[Outcome] = &[
    outcome(
        "time_signature",
        "The most likely of 4/4, 3/4 and 6/8; null with fewer than four beats.",
        "",
        OutcomeKind::Word,
    ),
    outcome(
        "time_signature_confidence",
        "Probability of the time signature among these three.",
        "",
        OutcomeKind::Number,
    ),
    outcome(
        "downbeats",
        "The first beat of each bar, from the start of the recording.",
        "s",
        OutcomeKind::Numbers,
    ),
    outcome(
        "bar_pattern",
        "Mean onset strength in the course of a bar, four steps a beat (16 in 4/4); the strongest step is 1. Empty \
         without a whole bar.",
        "",
        OutcomeKind::Numbers,
    ),
    outcome(
        "bar_pattern_low",
        "Like `bar_pattern`, but below 150 Hz (bass and bass drum); all 0 without onsets there.",
        "",
        OutcomeKind::Numbers,
    ),
];
