//! Transforms measure each cut.

pub mod average;
pub mod spectrum;

use crate::part::Part;

/// Every transform there is.
pub static TRANSFORMS: &[Part] = &[
    Part::transform::<spectrum::Spectrum>("spectrum"), //
    Part::transform::<average::Average>("average"),
];
