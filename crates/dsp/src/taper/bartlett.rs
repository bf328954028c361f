//! Bartlett: a triangle. Highest side lobe −26 dB, noise bandwidth 1.33 bins.

use super::TaperDef;

/// The taper `bartlett`.
pub const DEF: TaperDef = TaperDef {
    name: "bartlett",
    summary: "triangle",
    parameter: None,
    weight: |n, length, _| 2.0 * n as f64 / length as f64,
};
