//! The maximum.

use crate::aggregate::{Finish, Measure, Sum};

/// The maximum.
pub static MEASURE: Measure = Measure {
    name: "max",
    summary: "the greatest value",
    needs: &[Sum::Maximum],
    finish: Finish::Plain(|sums| sums.maximum()),
};
