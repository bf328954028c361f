//! Values with their times, for measures that depend on the duration of each value.

use super::exact;

/// Values with their times (µs since 1970), in arbitrary order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timed(pub(super) Vec<(i64, f64)>);

impl Timed {
    /// Adds a value.
    pub fn add(&mut self, time: i64, value: f64) {
        self.0.push((time, value));
    }
    /// Merges others.
    pub fn merge(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// The mean from the first time to the last, where each value lasts until the next. Values with the same time are
    /// replaced by their mean, so that the order of arrival has no effect.
    pub fn mean(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(|(a, one), (b, other)| a.cmp(b).then(one.total_cmp(other)));
        let steps: Vec<_> = sorted.chunk_by(|(a, _), (b, _)| a == b).map(step).collect();
        let [(from, first), .., (to, _)] = steps[..] else {
            return steps.first().map_or(f64::NAN, |(_, value)| *value);
        };
        let (mut sum, mut least, mut greatest) = ([0.0; 2], first, first);
        for two in steps.windows(2) {
            let (value, share) = (two[0].1, long(two[0].0, two[1].0) / long(from, to));
            exact::add(&mut sum, value * share);
            (least, greatest) = (least.min(value), greatest.max(value));
        }
        // the mean of a constant is exactly the constant
        exact::value(&sum).max(least).min(greatest)
    }
}

fn step(same: &[(i64, f64)]) -> (i64, f64) {
    let mut sum = [0.0; 2];
    same.iter().for_each(|(_, value)| exact::add(&mut sum, *value));
    (same[0].0, exact::value(&sum) / same.len() as f64)
}

fn long(from: i64, to: i64) -> f64 {
    to.abs_diff(from) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[(i64, f64)]) -> f64 {
        let mut timed = Timed::default();
        values.iter().for_each(|(time, value)| timed.add(*time, *value));
        timed.mean()
    }

    #[test]
    fn each_value_holds_until_the_next() {
        // 1 for 1 s, 4 for 3 s, and 100 for no time: 13 / 4
        let values = [(0, 1.0), (1_000_000, 4.0), (4_000_000, 100.0)];
        assert_eq!(mean(&values), 3.25);
        for order in [[2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]] {
            assert_eq!(mean(&order.map(|at| values[at])), 3.25);
        }
        // before 1970 and far apart
        assert_eq!(mean(&[(-3_000_000, 2.0), (-1_000_000, 8.0), (1_000_000, 0.0)]), 5.0);
        assert_eq!(mean(&[(i64::MIN, 1.0), (0, 3.0), (i64::MAX, 0.0)]), 2.0);
    }

    #[test]
    fn edges() {
        assert!(mean(&[]).is_nan());
        assert_eq!(mean(&[(7, 21.7)]), 21.7);
        // all at the same time: their mean, in any order
        assert_eq!((mean(&[(7, 1.0), (7, 3.0)]), mean(&[(7, 3.0), (7, 1.0)])), (2.0, 2.0));
        // two values of one time count as their mean: (2 * 1 + 8 * 3) / 4
        assert_eq!(mean(&[(0, 1.0), (0, 3.0), (1, 8.0), (4, 0.0)]), 6.5);
        // durations of one third, without a rounding error
        assert_eq!(mean(&[(0, 21.7), (1, 21.7), (2, 21.7), (3, 21.7)]), 21.7);
    }
}
