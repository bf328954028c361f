//! The sums.

use super::exact;
use super::kept::Kept;
use super::layout::Layout;

/// Something that is folded of values, and merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sum {
    /// How many.
    Count,
    /// Their sum.
    Total,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// One of them, and the sum of squared distances from it (needs the count and the total, which come with it).
    Squares,
    /// The one with the earliest time, and that time.
    First,
    /// The one with the latest time, and that time.
    Last,
    /// All of them, or a sketch where they are many.
    Values,
    /// All of them with their times.
    Timed,
}

impl Sum {
    /// Every sum there is.
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

    /// Numbers it takes.
    pub(super) fn width(self) -> usize {
        match self {
            Sum::Count | Sum::Minimum | Sum::Maximum => 1,
            Sum::Total | Sum::First | Sum::Last => 2,
            Sum::Squares => 3,
            Sum::Values | Sum::Timed => 0,
        }
    }
}

/// The sums of one field, to be finished.
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
    /// How many values.
    pub fn count(&self) -> f64 {
        self.at(Sum::Count, 0)
    }
    /// Their sum.
    pub fn total(&self) -> f64 {
        exact::value(&[self.at(Sum::Total, 0), self.at(Sum::Total, 1)])
    }
    /// The least; NaN of no values.
    pub fn minimum(&self) -> f64 {
        some(self.at(Sum::Minimum, 0))
    }
    /// The greatest; NaN of no values.
    pub fn maximum(&self) -> f64 {
        some(self.at(Sum::Maximum, 0))
    }
    /// The sum of squared deviations from the mean.
    pub fn squares(&self) -> f64 {
        let (count, total) = (self.count(), [self.at(Sum::Total, 0), self.at(Sum::Total, 1)]);
        let [from, squares, rest] = [0, 1, 2].map(|more| self.at(Sum::Squares, more));
        // count times what is sought: those from one of the values, less what that one is off the mean
        let off = exact::less(&total, count, from);
        let mut all = exact::product([squares, rest], [count, 0.0]);
        exact::merge(&mut all, &exact::product(off, off).map(|part| -part));
        (exact::value(&all) / count).max(0.0)
    }
    /// Time (µs since 1970) and value of the earliest; NaN of no values.
    pub fn first(&self) -> (f64, f64) {
        self.timed(Sum::First)
    }
    /// Time (µs since 1970) and value of the latest; NaN of no values.
    pub fn last(&self) -> (f64, f64) {
        self.timed(Sum::Last)
    }
    fn timed(&self, sum: Sum) -> (f64, f64) {
        let time = some(self.at(sum, 0));
        (time, if time.is_nan() { time } else { self.at(sum, 1) })
    }
    /// The value below which that share of the values lies, 0 to 1.
    pub fn quantile(&self, share: f64) -> f64 {
        self.kept.values.quantile(share)
    }
    /// The mean over time, where each value holds until the next.
    pub fn time_weighted_mean(&self) -> f64 {
        self.kept.timed.mean()
    }
}

/// What the least, the greatest and the first time begin with is none of a value.
fn some(sum: f64) -> f64 {
    if sum.is_finite() { sum } else { f64::NAN }
}
