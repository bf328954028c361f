//! The loudness of a recording.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::Stage;

/// Loudness of all channels, as defined by EBU R128.
pub static LOUDNESS: Analysis = Analysis {
    name: "loudness",
    summary: "loudness and loudness range (EBU R128), true peak, ReplayGain",
    results: &[
        outcome(
            "loudness",
            "Integrated loudness (EBU R128); null for silence and below 400 ms.",
            "LUFS",
            OutcomeKind::Number,
        ),
        outcome(
            "loudness_range",
            "Loudness range (EBU Tech 3342); null for silence and below 3 s.",
            "LU",
            OutcomeKind::Number,
        ),
        outcome(
            "true_peak",
            "The highest true peak of any channel; null without `loudness`.",
            "dBTP",
            OutcomeKind::Number,
        ),
        outcome(
            "replay_gain",
            "ReplayGain 2.0: the gain that brings the recording to -18 LUFS; null without `loudness`.",
            "dB",
            OutcomeKind::Number,
        ),
    ],
    stages: &[Stage::Loudness],
    found: |music| {
        let found = music.loudness;
        [found.integrated, found.range, found.true_peak, found.replay_gain].map(Found::Number).into()
    },
};
