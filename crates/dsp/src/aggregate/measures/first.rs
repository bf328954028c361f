//! The first value.

use crate::aggregate::{Finish, Measure, Sum};

/// The value with the earliest time.
pub static MEASURE: Measure = Measure {
    name: "first",
    summary: "the value with the earliest time",
    needs: &[Sum::First],
    finish: Finish::Plain(|sums| sums.first().1),
};
