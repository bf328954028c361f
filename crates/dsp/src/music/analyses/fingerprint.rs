//! By what a recording is recognised in another encoding.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::{Fingerprint, Stage};

/// The fingerprint of a recording.
pub static FINGERPRINT: Analysis = Analysis {
    name: "fingerprint",
    summary: "by what a recording is recognised in another encoding (Chromaprint)",
    results: &[outcome(
        "fingerprint",
        "Chromaprint's fingerprint of the first two minutes, as AcoustID takes it; null of silence and below 2.6 s.",
        "",
        OutcomeKind::Word,
    )],
    stages: &[Stage::Fingerprint],
    found: |music| vec![Found::Word(music.fingerprint.as_ref().map(Fingerprint::text))],
};
