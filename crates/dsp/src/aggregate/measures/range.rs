//! The range.

use crate::aggregate::{Finish, Measure, Sum};

/// The maximum minus the minimum.
pub static MEASURE: Measure = Measure {
    name: "range",
    summary: "the greatest less the least",
    needs: &[Sum::Minimum, Sum::Maximum],
    finish: Finish::Plain(|sums| sums.maximum() - sums.minimum()),
};
