//! The sum.

use crate::aggregate::{Finish, Measure, Sum};

/// The sum of the values.
pub static MEASURE: Measure = Measure {
    name: "sum",
    summary: "the sum",
    needs: &[Sum::Total],
    finish: Finish::Plain(|sums| sums.total()),
};
