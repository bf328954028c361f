//! Keys over time.

use super::{Analysis, Found, Outcome, OutcomeKind, outcome};
use crate::music::Stage;

/// The keys of a recording that modulates.
pub static LOCAL_KEYS: Analysis = Analysis {
    name: "local_keys",
    summary: "keys over time, and when they change",
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
    outcome(
        "local_keys",
        "Keys one after the other, such as C major; empty of silence.",
        "",
        OutcomeKind::Words,
    ),
    outcome(
        "local_key_starts",
        "When each key begins, from the start of the recording.",
        "s",
        OutcomeKind::Numbers,
    ),
    outcome(
        "local_key_confidences",
        "Probability of each key among the 24, by what sounds until the next.",
        "",
        OutcomeKind::Numbers,
    ),
];
