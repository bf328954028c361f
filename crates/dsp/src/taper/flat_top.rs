//! Flat top: measures the level of a tone to within 0.01 dB at any position between bins. Noise bandwidth 3.77 bins.

use super::TaperDef;
use super::cosine_sum::cosine_sum;

/// The taper `flat_top`.
pub const DEF: TaperDef = TaperDef {
    name: "flat_top",
    summary: "reads the level of a tone right to 0.01 dB wherever it lies between bins; wide peaks",
    parameter: None,
    weight: |n, length, _| {
        cosine_sum(n, length, &[0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368])
    },
};
