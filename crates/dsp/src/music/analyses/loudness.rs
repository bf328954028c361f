//! How loud a recording is.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::Stage;

/// Loudness after EBU R128, of all channels.
pub static LOUDNESS: Analysis = Analysis {
    name: "loudness",
    summary: "loudness and its range (EBU R128), true peak, gain of ReplayGain",
    results: &[
        outcome(
            "loudness",
            "Integrated loudness after EBU R128; null of silence and below 400 ms.",
            "LUFS",
            OutcomeKind::Number,
        ),
        outcome(
            "loudness_range",
            "Loudness range after EBU Tech 3342; null of silence and below 3 s.",
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
            "The gain that brings the recording to -18 LUFS, as ReplayGain 2.0; null without `loudness`.",
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
