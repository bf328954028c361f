//! Tukey: flat, with half a Hann at each end.

use std::f64::consts::PI;

use super::{TaperDef, TaperParameter};

/// The taper `tukey`.
pub const DEF: TaperDef = TaperDef {
    name: "tukey",
    summary: "flat in the middle with raised-cosine ends",
    parameter: Some(TaperParameter {
        name: "alpha",
        summary: "share of the frame that is tapered; 0 is rectangular, 1 is Hann",
        default: 0.5,
        least: 0.0,
        most: 1.0,
    }),
    weight: |n, length, alpha| {
        let ramp = alpha * length as f64 / 2.0;
        if n as f64 >= ramp { 1.0 } else { 0.5 * (1.0 - libm::cos(PI * n as f64 / ramp)) }
    },
};
