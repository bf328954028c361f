//! Blackman–Harris: four cosine terms. Highest side lobe −92 dB, noise bandwidth 2.00 bins.

use super::TaperDef;
use super::cosine_sum::cosine_sum;

/// The taper `blackman_harris`.
pub const DEF: TaperDef = TaperDef {
    name: "blackman_harris",
    summary: "four terms: side lobes below -92 dB, for weak tones near strong ones",
    parameter: None,
    weight: |n, length, _| cosine_sum(n, length, &[0.35875, 0.48829, 0.14128, 0.01168]),
};
