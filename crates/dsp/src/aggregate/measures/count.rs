//! The number of values.

use crate::aggregate::{Finish, Measure, Sum};

/// The number of values.
pub static MEASURE: Measure = Measure {
    name: "count",
    summary: "how many values",
    needs: &[Sum::Count],
    finish: Finish::Plain(|sums| sums.count()),
};
