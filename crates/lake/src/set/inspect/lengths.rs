//! A histogram of lengths in constant memory.

/// A histogram of lengths with eight bins per octave, so that the width of a bin is at most an eighth of the length.
///
/// ```
/// use passband_lake::set::inspect::Lengths;
/// let mut lengths = Lengths::default();
/// [900, 1000, 1000, 7000].into_iter().for_each(|length| lengths.add(length));
/// assert_eq!((lengths.range(), lengths.mean()), (Some((900, 7000)), 2475.0));
/// assert_eq!(lengths.steps(4), [(900, 1023, 3), (1024, 2047, 0), (2048, 4095, 0), (4096, 7000, 1)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    counts: Vec<u64>,
    least: u64,
    most: u64,
    sum: u128,
    number: u64,
}

impl Lengths {
    /// Adds a length.
    pub fn add(&mut self, length: u64) {
        let step = step(length);
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] += 1;
        self.least = if self.number == 0 { length } else { self.least.min(length) };
        self.most = self.most.max(length);
        self.sum += u128::from(length);
        self.number += 1;
    }
    /// The number of lengths.
    pub fn count(&self) -> u64 {
        self.number
    }
    /// The least and the greatest length.
    pub fn range(&self) -> Option<(u64, u64)> {
        (self.number > 0).then_some((self.least, self.most))
    }
    /// The sum of all lengths.
    pub fn sum(&self) -> u128 {
        self.sum
    }
    /// The mean; 0 if there are none.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.number.max(1) as f64
    }
    /// At most this many bins from the least to the greatest length: first and last length, and count of each.
    pub fn steps(&self, most: usize) -> Vec<(u64, u64, u64)> {
        if self.number == 0 {
            return vec![];
        }
        let (first, last) = (step(self.least), step(self.most));
        let mut width = 1;
        while last / width - first / width >= most.max(1) {
            width *= 2;
        }
        (first / width..=last / width)
            .map(|group| {
                let counts = self.counts.iter().skip(group * width).take(width).sum();
                let end = if group == last / width { self.most } else { begin((group + 1) * width) - 1 };
                (begin(group * width).max(self.least), end, counts)
            })
            .collect()
    }
}

/// The bin of a length; below 8 each length has its own.
fn step(length: u64) -> usize {
    let shift = (length | 1).ilog2().saturating_sub(3);
    8 * shift as usize + (length >> shift) as usize
}

/// The first length of a bin; `u64::MAX` after the last one.
fn begin(step: usize) -> u64 {
    let shift = (step / 8).saturating_sub(1);
    ((step - 8 * shift) as u64).checked_shl(shift as u32).filter(|_| shift <= 60).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_in_its_bin() {
        for bits in 0..64 {
            for length in [1u64 << bits, (1 << bits) - 1, (1 << bits) | (1 << bits >> 1), u64::MAX >> bits] {
                let step = step(length);
                assert!(begin(step) <= length, "{length}");
                assert!(length < begin(step + 1) || begin(step + 1) == u64::MAX, "{length}");
            }
        }
        assert!((0..496).all(|step| self::step(begin(step)) == step));
    }

    #[test]
    fn bins_contain_all_lengths() {
        let mut lengths = Lengths::default();
        assert!(lengths.steps(10).is_empty());
        for length in [0, 1, 7, 8, 9, 100, 44_100, 1 << 40, u64::MAX] {
            lengths.add(length);
            for most in [1, 3, 12] {
                let steps = lengths.steps(most);
                assert!(steps.len() <= most, "{steps:?}");
                assert_eq!(steps.iter().map(|step| step.2).sum::<u64>(), lengths.count());
                assert!(
                    steps.windows(2).all(|two| two[0].1 < u64::MAX && two[0].1 + 1 == two[1].0),
                    "{steps:?}"
                );
                assert_eq!((steps[0].0, steps[steps.len() - 1].1), lengths.range().unwrap());
            }
        }
    }
}
