//! Rectangular: no taper. Highest side lobe −13 dB, noise bandwidth 1 bin.

use super::TaperDef;

/// The taper `rectangular`.
pub const DEF: TaperDef = TaperDef {
    name: "rectangular",
    summary: "no taper: sharpest peaks, for tones that fit the frame exactly and for transients",
    parameter: None,
    weight: |_, _, _| 1.0,
};
