//! The set of scans of a recording that have arrived: one bit each.

use super::member::Member;
use super::schema::{Field, Form, Type};
use super::value::{Value, Values};
use std::ops::Range;

/// One past the greatest scan number that is read from a list of ranges, which bounds memory.
const SCANS: i64 = 1 << 26;

/// A set of scan numbers.
///
/// ```
/// use passband_flow::data::Scans;
/// let mut scans = Scans::default();
/// assert!(scans.add(0..3));
/// assert!(!scans.add(2..4)); // 2 is in the set already: nothing is added
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
    /// The number of scans.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
    /// Whether a scan is in the set.
    pub fn contains(&self, scan: u64) -> bool {
        self.0.get((scan / 64) as usize).is_some_and(|word| word >> (scan % 64) & 1 == 1)
    }
    /// Adds these scans, unless one of them is in the set already; returns whether they were added.
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
    /// Whether the sets intersect.
    pub fn meets(&self, other: &Scans) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
    /// Adds all scans of the other set.
    pub fn merge(&mut self, other: &Scans) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
}

impl Scans {
    /// The first and last scan of each contiguous range.
    fn stretches(&self) -> Vec<[i64; 2]> {
        let mut stretches: Vec<[i64; 2]> = vec![];
        let all = 0..64 * self.0.len() as u64;
        for scan in all.filter(|scan| self.contains(*scan)).map(|scan| scan as i64) {
            match stretches.last_mut() {
                Some([_, last]) if *last + 1 == scan => *last = scan,
                _ => stretches.push([scan, scan]),
            }
        }
        stretches
    }
}

impl Member for Scans {
    fn fields(_: &'static str, _: String) -> Vec<Field> {
        let bits =
            "Which scans are in it, a bit each: scan s is bit s % 64, from the lowest, of item s / 64.";
        let ends = "The first and last scan of each stretch without a gap.";
        vec![
            Field::new("scans", bits, Type::Long.list()).only(Form::Exact),
            Field::new("stretches", ends, Type::Long.list().list()).only(Form::Plain),
        ]
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        out.push(match form {
            // as a signed number, a full word is -1, a single byte of Avro
            Form::Exact => Value::Longs(self.0.iter().map(|word| *word as i64).collect()),
            Form::Plain => {
                let both = |ends: [i64; 2]| Value::Longs(ends.to_vec().into());
                Value::List(self.stretches().into_iter().map(both).collect())
            }
        });
    }
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String> {
        if form == Form::Exact {
            return Ok(Self::from_words(values.longs()?.into_iter().map(|word| word as u64).collect()));
        }
        let mut scans = Scans::default();
        for stretch in values.list()? {
            let ends = match &stretch {
                Value::Longs(ends) => <[i64; 2]>::try_from(&ends[..]).ok(),
                _ => None,
            };
            let [first, last] = ends.ok_or("a stretch of scans is not its first and last")?;
            if !(0..SCANS).contains(&first)
                || !(first..SCANS).contains(&last)
                || !scans.add(first as u64..last as u64 + 1)
            {
                return Err(format!("scans {first} to {last} overlap others or reach {SCANS}"));
            }
        }
        Ok(scans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_have_equal_words() {
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
