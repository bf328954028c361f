//! The rate of change.

use crate::aggregate::{Finish, Measure, Sum};

/// The difference between the latest and the earliest value, per second; NaN if their times are equal.
pub static MEASURE: Measure = Measure {
    name: "rate",
    summary: "the change from the earliest to the latest value, per second",
    needs: &[Sum::First, Sum::Last],
    finish: Finish::Plain(|sums| {
        let ((from, first), (to, last)) = (sums.first(), sums.last());
        if to > from { (last - first) / ((to - from) / 1e6) } else { f64::NAN }
    }),
};
