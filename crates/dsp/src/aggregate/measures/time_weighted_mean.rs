//! The mean over time.

use crate::aggregate::{Finish, Measure, Sum};

/// The mean from the first time to the last, where each value lasts until the next; for a single value, the value.
pub static MEASURE: Measure = Measure {
    name: "time_weighted_mean",
    summary: "the mean over time, each value holding until the next",
    needs: &[Sum::Timed],
    finish: Finish::Plain(|sums| sums.time_weighted_mean()),
};
