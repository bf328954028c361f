//! The arithmetic mean.

use crate::aggregate::{Finish, Measure, Sum};

/// The sum divided by the count.
pub static MEASURE: Measure = Measure {
    name: "mean",
    summary: "the arithmetic mean",
    needs: &[Sum::Count, Sum::Total],
    finish: Finish::Plain(|sums| sums.total() / sums.count()),
};
