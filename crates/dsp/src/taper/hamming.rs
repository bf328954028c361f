//! Hamming: a raised cosine on a pedestal. Highest side lobe −43 dB, noise bandwidth 1.36 bins.

use super::TaperDef;
use super::cosine_sum::cosine_sum;

/// The taper `hamming`.
pub const DEF: TaperDef = TaperDef {
    name: "hamming",
    summary: "raised cosine on a pedestal: a lower first side lobe than Hann, but slow decay",
    parameter: None,
    weight: |n, length, _| cosine_sum(n, length, &[0.54, 0.46]),
};
