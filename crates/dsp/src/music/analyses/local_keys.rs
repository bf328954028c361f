//! Keys over time.

use super::{Analysis, Found, Outcome, OutcomeKind, outcome};
use crate::music::Stage;

/// The keys of a recording that modulates.
pub static LOCAL_KEYS: Analysis = Analysis {
    name: "local_keys",
    summary: "keys over time",
    results: RESULTS,
    stages: &[Stage::Harmony],
    found: |music| {
        let keys = &music.harmony.local_keys;
        vec![
            Found::Words(keys.iter().map(|local| local.key.to_string()).collect()),
            Found::Numbers(keys.iter().map(|local| local.start_s).collect()),
            Found::Numbers(keys.iter().map(|local| local.key.confidence).collect()),
        ]
    },
};

const RESULTS: &[Outcome] = &[
    outcome("local_keys", "The keys in order, such as C major; empty for silence.", "", OutcomeKind::Words),
    outcome(
        "local_key_starts",
        "Start of each key, from the start of the recording.",
        "s",
        OutcomeKind::Numbers,
    ),
    outcome(
        "local_key_confidences",
        "Probability of each key among the 24, from the sound up to the next key.",
        "",
        OutcomeKind::Numbers,
    ),
];
