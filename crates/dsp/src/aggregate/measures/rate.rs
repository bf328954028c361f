//! How fast a value changes.

use crate::aggregate::{Finish, Measure, Sum};

/// From the earliest value to the latest, per second; not a number where their times are the same.
pub static MEASURE: Measure = Measure {
    name: "rate",
    summary: "the change from the earliest to the latest value, per second",
    needs: &[Sum::First, Sum::Last],
    finish: Finish::Plain(|sums| {
        let ((from, first), (to, last)) = (sums.first(), sums.last());
        if to > from { (last - first) / ((to - from) / 1e6) } else { f64::NAN }
    }),
};
