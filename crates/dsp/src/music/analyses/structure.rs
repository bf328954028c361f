//! The section borders of a recording.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::{Stage, StructureSettings, borders};

/// The sections of a recording.
pub static STRUCTURE: Analysis = Analysis {
    name: "structure",
    summary: "borders between sections of different harmony",
    results: &[outcome(
        "section_borders",
        "Where the harmony of the 16 s before differs from that of the 16 s after, to the second, from the start of \
         the recording; empty where it does not change.",
        "s",
        OutcomeKind::Numbers,
    )],
    stages: &[Stage::Harmony],
    found: |music| {
        let rows = borders(&music.harmony.chroma_by_second, &StructureSettings::default());
        vec![Found::Numbers(rows.into_iter().map(|second| second as f64).collect())]
    },
};
