//! Which scans of a recording have come: one bit each.

use std::ops::Range;

/// A set of scan numbers.
///
/// ```
/// use passband_flow::data::Scans;
/// let mut scans = Scans::default();
/// assert!(scans.add(0..3));
/// assert!(!scans.add(2..4)); // 2 is there already: nothing is added
/// assert_eq!((scans.count(), scans.contains(3)), (3, false));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scans(Vec<u64>);

impl Scans {
    /// A set from its words, 64 scans each, the lowest bit first.
    pub fn from_words(mut words: Vec<u64>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self(words)
    }
    /// Its words, 64 scans each, the lowest bit first; the last is not 0.
    pub fn words(&self) -> &[u64] {
        &self.0
    }
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
    /// Whether this one is there.
    pub fn contains(&self, scan: u64) -> bool {
        self.0.get((scan / 64) as usize).is_some_and(|word| word >> (scan % 64) & 1 == 1)
    }
    /// Adds these, unless one of them is there already.
    pub fn add(&mut self, scans: Range<u64>) -> bool {
        if scans.clone().any(|scan| self.contains(scan)) {
            return false;
        }
        let words = scans.end.div_ceil(64) as usize;
        if self.0.len() < words && !scans.is_empty() {
            self.0.resize(words, 0);
        }
        scans.for_each(|scan| self.0[(scan / 64) as usize] |= 1 << (scan % 64));
        true
    }
    /// Whether both have a scan in common.
    pub fn meets(&self, other: &Scans) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
    /// Adds all of the other set.
    pub fn merge(&mut self, other: &Scans) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_the_same_however_they_were_made() {
        let (mut a, mut b, mut whole) = (Scans::default(), Scans::default(), Scans::default());
        assert!(a.add(0..70) && b.add(130..131) && whole.add(130..131) && whole.add(0..70));
        assert!(!a.meets(&b));
        a.merge(&b);
        assert_eq!(a, whole);
        assert!(a.meets(&b) && a.contains(69) && !a.contains(70));
        assert_eq!(Scans::from_words([a.words(), &[0, 0]].concat()), a);
        assert_eq!(a.count(), 71);
    }
}
