//! A sketch of many values that provides quantiles with a bounded relative error.

use sketches_ddsketch::Config;
use std::sync::LazyLock;

/// Maximum relative error of a quantile.
pub const QUANTILE_ERROR: f64 = 0.001;

/// The bins of the library: their bounds form a geometric sequence.
static BINS: LazyLock<Config> = LazyLock::new(|| Config::new(QUANTILE_ERROR, u32::MAX, f64::MIN_POSITIVE));
/// An offset greater than the index of any bin.
const NUMBERS: i32 = 1 << 20;

/// A DDSketch (Masson, Rim and Lee 2019) with the bins of `sketches_ddsketch`. The store of that crate is not used: it
/// allocates all bins between the minimum and the maximum, and collapses bins if there are too many.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    /// Non-empty bins in ascending order, with their counts. Bin 0 contains zero; negative values have negative
    /// indices.
    pub(super) bins: Vec<(i32, u64)>,
}

fn bin(value: f64) -> i32 {
    let number = |size: f64| BINS.key(size).saturating_add(NUMBERS);
    match value {
        0.0 => 0,
        value if value > 0.0 => number(value),
        value => -number(-value),
    }
}

/// The value that represents all values in a bin.
fn middle(bin: i32) -> f64 {
    match bin {
        0 => 0.0,
        bin => BINS.value(bin.abs() - NUMBERS) * f64::from(bin.signum()),
    }
}

impl Sketch {
    /// A sketch of these values.
    pub fn of(values: &[f64]) -> Self {
        let mut sketch = Sketch { minimum: f64::INFINITY, maximum: f64::NEG_INFINITY, bins: vec![] };
        values.iter().for_each(|value| sketch.add(*value));
        sketch
    }
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        (self.minimum, self.maximum) = (self.minimum.min(value), self.maximum.max(value));
        let bin = bin(value);
        match self.bins.binary_search_by_key(&bin, |(bin, _)| *bin) {
            Ok(at) => self.bins[at].1 += 1,
            Err(at) => self.bins.insert(at, (bin, 1)),
        }
    }
    /// Merges another sketch.
    pub fn merge(&mut self, other: &Self) {
        (self.minimum, self.maximum) = (self.minimum.min(other.minimum), self.maximum.max(other.maximum));
        self.bins.extend_from_slice(&other.bins);
        // two sorted runs, for which a stable sort is efficient
        self.bins.sort_by_key(|(bin, _)| *bin);
        self.bins.dedup_by(|next, first| {
            let same = next.0 == first.0;
            first.1 += if same { next.1 } else { 0 };
            same
        });
    }
    /// Number of values.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|(_, count)| count).sum()
    }
    /// The value of this rank, counted from 0; the minimum and maximum are exact.
    pub fn at(&self, rank: u64) -> f64 {
        let mut before = 0;
        let holds = |(_, count): &&(i32, u64)| {
            before += count;
            before > rank
        };
        let bin = self.bins.iter().find(holds).map_or(f64::NAN, |(bin, _)| middle(*bin));
        match rank {
            0 => self.minimum,
            rank if rank + 1 >= self.count() => self.maximum,
            _ => bin.max(self.minimum).min(self.maximum),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_tells_its_values_within_the_error() {
        let mut value = f64::MIN_POSITIVE;
        while value < f64::MAX / 1.0011 {
            for value in [value, -value] {
                let told = middle(bin(value));
                assert!(
                    (told - value).abs() <= value.abs() * QUANTILE_ERROR * (1.0 + 1e-9),
                    "{value:e} is told as {told:e}"
                );
            }
            assert!(bin(value) > 0 && bin(value * 1.0021) > bin(value) && bin(-value) == -bin(value));
            value *= 1.000_37;
        }
        assert_eq!((middle(bin(0.0)), middle(bin(-0.0))), (0.0, 0.0));
        // the least and greatest numbers of f64
        let ends = [5e-324, f64::MAX, -f64::MAX, f64::INFINITY, f64::NAN];
        let sketch = Sketch::of(&ends);
        assert_eq!(sketch.count(), 5);
        assert!(sketch.bins.windows(2).all(|two| two[0].0 < two[1].0));
        assert_eq!(Sketch::of(&[f64::MAX; 3]).at(1), f64::MAX);
    }
}
