//! The minimum.

use crate::aggregate::{Finish, Measure, Sum};

/// The minimum.
pub static MEASURE: Measure = Measure {
    name: "min",
    summary: "the least value",
    needs: &[Sum::Minimum],
    finish: Finish::Plain(|sums| sums.minimum()),
};
