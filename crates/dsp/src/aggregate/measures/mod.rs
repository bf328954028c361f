//! The measures, one file each.

mod count;
mod deviation;
mod first;
mod last;
mod max;
mod mean;
mod min;
mod quantile;
mod range;
mod rate;
mod sum;
mod time_weighted_mean;

use super::Measure;
pub use quantile::percentile;

/// All measures except percentiles.
pub static MEASURES: &[&Measure] = &[
    &count::MEASURE,
    &sum::MEASURE,
    &min::MEASURE,
    &max::MEASURE,
    &mean::MEASURE,
    &deviation::MEASURE,
    &first::MEASURE,
    &last::MEASURE,
    &range::MEASURE,
    &rate::MEASURE,
    &quantile::MEDIAN,
    &time_weighted_mean::MEASURE,
];
