//! Hann: a raised cosine, the usual choice. Highest side lobe −31 dB, noise bandwidth 1.50 bins.

use super::TaperDef;
use super::cosine_sum::cosine_sum;

/// The taper `hann`.
pub const DEF: TaperDef = TaperDef {
    name: "hann",
    summary: "raised cosine: the usual choice for music, speech and anything unknown",
    parameter: None,
    weight: |n, length, _| cosine_sum(n, length, &[0.5, 0.5]),
};
