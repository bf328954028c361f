//! The settings of features that are computed from a constant-Q transform.

use super::cut::{Cutting, HOP_LENGTH};
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use super::wavelet::Pitches;

/// The note C1.
const C1_HZ: f64 = 32.703_195_662_574_83;

pub(super) const CQT_FMIN: Setting = Setting {
    name: "cqt_fmin",
    summary: "the lowest pitch, by default C1 (librosa's fmin of cqt)",
    unit: "Hz",
    default: Value::Number(C1_HZ),
    allowed: Allowed::Number { least: 1.0, most: 1e6, or: None },
};

pub(super) const TUNING: Setting = Setting {
    name: "tuning",
    summary: "deviation of the tuning from A440",
    unit: "bins",
    default: Value::Number(0.0),
    allowed: Allowed::Number { least: -1.0, most: 1.0, or: None },
};

pub(super) const N_CHROMA: Setting = Setting {
    name: "n_chroma",
    summary: "pitch classes per octave",
    unit: "",
    default: Value::Number(12.0),
    allowed: Allowed::Count { least: 1, most: 120, or: None },
};

/// The settings of chroma and of features derived from it.
pub(super) const OF_CHROMA: &[Setting] = &[
    N_CHROMA,
    Setting {
        name: "n_octaves",
        summary: "number of octaves above the lowest pitch",
        unit: "",
        default: Value::Number(7.0),
        allowed: Allowed::Count { least: 1, most: 20, or: None },
    },
    Setting {
        name: "bins_per_octave",
        summary: "pitches per octave",
        unit: "",
        default: Value::Number(36.0),
        allowed: Allowed::Count { least: 1, most: 480, or: None },
    },
    CQT_FMIN,
    TUNING,
    HOP_LENGTH,
];

/// The transform from which chroma is computed. Features with equal settings share it.
pub(super) fn of_chroma(settings: &Settings) -> Result<Cutting, String> {
    let count = |name| settings.count(name).unwrap_or_default();
    let (per_octave, n_chroma) = (count("bins_per_octave"), count("n_chroma"));
    if !per_octave.is_multiple_of(n_chroma) {
        return Err(format!(
            "bins_per_octave = {per_octave} is not a multiple of n_chroma = {n_chroma}: each pitch class takes as many bins"
        ));
    }
    let pitches = Pitches {
        fmin: settings.number("cqt_fmin").unwrap_or_default(),
        n_bins: count("n_octaves") * per_octave,
        per_octave,
        tuning: settings.number("tuning").unwrap_or_default(),
        filter_scale: 1.0,
        sparsity: 0.01,
    };
    Ok(Cutting::Pitches(pitches, count("hop_length")))
}
