//! The standard deviation.

use crate::aggregate::{Finish, Measure, Sum};

/// The sample standard deviation (n − 1); 0 for a single value, NaN without values.
pub static MEASURE: Measure = Measure {
    name: "deviation",
    summary: "the sample standard deviation (n − 1), 0 of a single value",
    needs: &[Sum::Count, Sum::Squares],
    finish: Finish::Plain(|sums| match sums.count() {
        count if count > 1.0 => (sums.squares() / (count - 1.0)).sqrt(),
        count if count > 0.0 => 0.0,
        _ => f64::NAN,
    }),
};
