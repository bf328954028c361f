//! Normalisation of rows: librosa's `util.normalize`.

use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;

/// The setting of features whose rows are normalised, with the default of chroma.
pub(super) const SETTING: Setting = Setting {
    name: "norm",
    summary: "norm by which each row is divided: inf for the maximum, 1 for the sum, 2 for the Euclidean length, or none",
    unit: "",
    default: Value::Word("inf"),
    allowed: Allowed::Word(|| vec!["inf", "1", "2", "none"]),
};

/// The norm that becomes 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Norm {
    Greatest,
    Sum,
    Length,
    None,
}

impl Norm {
    pub(super) fn of(settings: &Settings) -> Norm {
        match settings.word("norm") {
            "inf" => Norm::Greatest,
            "1" => Norm::Sum,
            "2" => Norm::Length,
            _ => Norm::None,
        }
    }

    /// Divides the values by their norm, unless it is close to 0.
    pub(super) fn apply(self, values: &mut [f64]) {
        let magnitudes = values.iter().map(|x| x.abs());
        let size = match self {
            Norm::Greatest => magnitudes.fold(0.0, f64::max),
            Norm::Sum => magnitudes.sum(),
            Norm::Length => magnitudes.map(|x| x * x).sum::<f64>().sqrt(),
            Norm::None => return,
        };
        if size >= f64::MIN_POSITIVE {
            values.iter_mut().for_each(|x| *x /= size);
        }
    }
}
