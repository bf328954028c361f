//! The sums.

use super::exact;
use super::kept::Kept;
use super::layout::Layout;

/// A mergeable fold over values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sum {
    /// The number of values.
    Count,
    /// Their sum.
    Total,
    /// The minimum.
    Minimum,
    /// The maximum.
    Maximum,
    /// One of the values, and the sum of squared differences from it (requires the count and the total, which are
    /// added).
    Squares,
    /// The value with the earliest time, and that time.
    First,
    /// The value with the latest time, and that time.
    Last,
    /// All values, or a sketch if there are many.
    Values,
    /// All values with their times.
    Timed,
}

impl Sum {
    /// All sums.
    pub const ALL: [Sum; 9] = [
        Sum::Count,
        Sum::Total,
        Sum::Minimum,
        Sum::Maximum,
        Sum::Squares,
        Sum::First,
        Sum::Last,
        Sum::Values,
        Sum::Timed,
    ];

    /// Number of numbers in the sum.
    pub(super) fn width(self) -> usize {
        match self {
            Sum::Count | Sum::Minimum | Sum::Maximum => 1,
            Sum::Total | Sum::First | Sum::Last => 2,
            Sum::Squares => 3,
            Sum::Values | Sum::Timed => 0,
        }
    }
}

/// The sums of one field, to compute measures.
#[derive(Clone, Copy)]
pub struct Sums<'a> {
    pub(super) layout: &'a Layout,
    pub(super) sums: &'a [f64],
    pub(super) kept: &'a Kept,
}

impl Sums<'_> {
    fn at(&self, sum: Sum, more: usize) -> f64 {
        self.layout.place(sum).map_or(f64::NAN, |place| self.sums[place + more])
    }
    /// Number of values.
    pub fn count(&self) -> f64 {
        self.at(Sum::Count, 0)
    }
    /// Sum of the values.
    pub fn total(&self) -> f64 {
        exact::value(&[self.at(Sum::Total, 0), self.at(Sum::Total, 1)])
    }
    /// The minimum; NaN without values.
    pub fn minimum(&self) -> f64 {
        some(self.at(Sum::Minimum, 0))
    }
    /// The maximum; NaN without values.
    pub fn maximum(&self) -> f64 {
        some(self.at(Sum::Maximum, 0))
    }
    /// The sum of squared deviations from the mean.
    pub fn squares(&self) -> f64 {
        let (count, total) = (self.count(), [self.at(Sum::Total, 0), self.at(Sum::Total, 1)]);
        let [from, squares, rest] = [0, 1, 2].map(|more| self.at(Sum::Squares, more));
        // count times the result: the squares relative to one of the values, minus the offset of that value from the
        // mean
        let off = exact::less(&total, count, from);
        let mut all = exact::product([squares, rest], [count, 0.0]);
        exact::merge(&mut all, &exact::product(off, off).map(|part| -part));
        (exact::value(&all) / count).max(0.0)
    }
    /// Time (µs since 1970) and value of the earliest reading; NaN without values.
    pub fn first(&self) -> (f64, f64) {
        self.timed(Sum::First)
    }
    /// Time (µs since 1970) and value of the latest reading; NaN without values.
    pub fn last(&self) -> (f64, f64) {
        self.timed(Sum::Last)
    }
    fn timed(&self, sum: Sum) -> (f64, f64) {
        let time = some(self.at(sum, 0));
        (time, if time.is_nan() { time } else { self.at(sum, 1) })
    }
    /// The quantile at this share, 0 to 1.
    pub fn quantile(&self, share: f64) -> f64 {
        self.kept.values.quantile(share)
    }
    /// The mean over time, where each value lasts until the next.
    pub fn time_weighted_mean(&self) -> f64 {
        self.kept.timed.mean()
    }
}

/// The initial value of a minimum, maximum or time is infinite and means that there is no value.
fn some(sum: f64) -> f64 {
    if sum.is_finite() { sum } else { f64::NAN }
}
