//! Nuttall's minimum four-term Blackman–Harris. Highest side lobe −98 dB, noise bandwidth 1.98 bins.

use super::TaperDef;
use super::cosine_sum::cosine_sum;

/// The taper `nuttall`.
pub const DEF: TaperDef = TaperDef {
    name: "nuttall",
    summary: "four terms: side lobes below -98 dB",
    parameter: None,
    weight: |n, length, _| cosine_sum(n, length, &[0.3635819, 0.4891775, 0.1365995, 0.0106411]),
};
