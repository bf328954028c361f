//! Gaussian: minimises the product of the widths in time and frequency.

use super::{TaperDef, TaperParameter};

/// The width is relative to the frame, so that a setting gives the same shape for every length. Equivalent in scipy:
/// `get_window(("gaussian", std * length), length)`.
pub const DEF: TaperDef = TaperDef {
    name: "gaussian",
    summary: "bell: least spread in time and frequency together, no side lobes to speak of",
    parameter: Some(TaperParameter {
        name: "std",
        summary: "standard deviation as a share of the length",
        default: 0.125,
        least: 0.01,
        most: 100.0,
    }),
    weight: |n, length, std| {
        let distance = (n as f64 - length as f64 / 2.0) / (std * length as f64);
        libm::exp(-0.5 * distance * distance)
    },
};
