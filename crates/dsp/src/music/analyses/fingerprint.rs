//! The fingerprint, which identifies a recording across encodings.

use super::{Analysis, Found, OutcomeKind, outcome};
use crate::music::{Fingerprint, Stage};

/// The fingerprint of a recording.
pub static FINGERPRINT: Analysis = Analysis {
    name: "fingerprint",
    summary: "acoustic fingerprint (Chromaprint), which identifies a recording across encodings",
    results: &[outcome(
        "fingerprint",
        "Chromaprint of the first two minutes, in the form that AcoustID accepts; null for silence and below 2.6 s.",
        "",
        OutcomeKind::Word,
    )],
    stages: &[Stage::Fingerprint],
    found: |music| vec![Found::Word(music.fingerprint.as_ref().map(Fingerprint::text))],
};
