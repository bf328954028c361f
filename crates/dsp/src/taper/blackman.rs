//! Blackman: three cosine terms. Highest side lobe −58 dB, noise bandwidth 1.73 bins.

use super::TaperDef;
use super::cosine_sum::cosine_sum;

/// The taper `blackman`.
pub const DEF: TaperDef = TaperDef {
    name: "blackman",
    summary: "three terms: side lobes below -58 dB",
    parameter: None,
    weight: |n, length, _| cosine_sum(n, length, &[0.42, 0.5, 0.08]),
};
