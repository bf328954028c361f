//! Constant factors in an experiment's definition of power, by name.

use std::f64::consts::FRAC_1_SQRT_2;

/// A factor on power, in addition to the scale. It has a name so that a pipeline states the convention that it follows,
/// which a plain number would not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// Its name in pipeline files.
    pub name: &'static str,
    /// One line: its use.
    pub summary: &'static str,
    /// The factor.
    pub value: f64,
}

/// All factors, in display order.
pub static FACTORS: &[Factor] = &[Factor::ONE, Factor::ROOT_HALF];

impl Factor {
    /// Power as defined by the scale.
    pub const ONE: Factor = Factor { name: "one", summary: "power as the scale defines it", value: 1.0 };

    /// `1/√2`: with the scale density and no taper, the `|X|² / (length · rate · √2)` of the QUAX haloscope.
    pub const ROOT_HALF: Factor = Factor {
        name: "root_half",
        summary: "1/√2: with density and no taper, |X|² / (length · rate · √2), as the QUAX haloscope has it",
        value: FRAC_1_SQRT_2,
    };

    /// Finds a factor by name; the error for an unknown name lists the valid ones.
    ///
    /// # Example
    /// ```
    /// use passband_dsp::iq::Factor;
    /// assert_eq!(Factor::by_name("root_half").unwrap().value, 0.5f64.sqrt());
    /// assert!(Factor::by_name("half").unwrap_err().contains("one, root_half"));
    /// ```
    pub fn by_name(name: &str) -> Result<Factor, String> {
        FACTORS.iter().copied().find(|factor| factor.name == name).ok_or_else(|| {
            let names: Vec<_> = FACTORS.iter().map(|factor| factor.name).collect();
            format!("there is no factor \"{name}\"; there are {}", names.join(", "))
        })
    }
}
