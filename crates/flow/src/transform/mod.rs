//! Transforms measure each cut.

pub mod aggregate;
pub mod average;
mod baseline;
pub mod gather;
pub mod line_search;
pub mod noise;
pub mod power_spectrum;
pub mod run;
pub mod spectrum;

use crate::part::Part;

/// Every transform there is.
pub static TRANSFORMS: &[Part] = &[
    Part::transform::<spectrum::Spectrum>("spectrum"), //
    Part::transform::<average::Average>("average"),
    Part::transform::<power_spectrum::PowerSpectrum>("power_spectrum"),
    Part::transform::<run::Run>("run"),
    Part::transform::<line_search::LineSearch>("line_search"),
    Part::transform::<noise::Noise>("noise"),
    Part::transform::<aggregate::Aggregate>("aggregate"),
];
