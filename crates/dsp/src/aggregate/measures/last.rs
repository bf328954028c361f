//! The last value.

use crate::aggregate::{Finish, Measure, Sum};

/// The value with the latest time.
pub static MEASURE: Measure = Measure {
    name: "last",
    summary: "the value with the latest time",
    needs: &[Sum::Last],
    finish: Finish::Plain(|sums| sums.last().1),
};
