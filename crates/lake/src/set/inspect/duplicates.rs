//! Detects records with identical audio.

use xxhash_rust::xxh3::Xxh3;

/// The hashes of all records: 64 bits and the record's number. Among ten million records the probability of a collision
/// is three in a million.
#[derive(Default)]
pub struct ContentIndex(Vec<[u32; 3]>);

/// Records with the same audio as another.
#[derive(Debug, Default, PartialEq)]
pub struct Duplicates {
    /// Number of duplicates of an earlier record in their split, and the first pair.
    pub within: (u64, Option<[u32; 2]>),
    /// Number of duplicates of a record in another split, and the first pair.
    pub across: (u64, Option<[u32; 2]>),
}

impl ContentIndex {
    /// Adds the hash of a record. Numbers must increase.
    pub fn add(&mut self, number: u64, hash: u64) {
        if let Ok(number) = u32::try_from(number) {
            self.0.push([(hash >> 32) as u32, hash as u32, number]);
        }
    }

    /// Finds duplicates; `split` returns the split of a record.
    pub fn same(mut self, split: impl Fn(u32) -> usize) -> Duplicates {
        self.0.sort_unstable();
        let mut same = Duplicates::default();
        for alike in self.0.chunk_by(|a, b| a[..2] == b[..2]).filter(|alike| alike.len() > 1) {
            let numbers = || alike.iter().map(|content| content[2]);
            let first = alike[0][2];
            let other = numbers().find(|number| split(*number) != split(first));
            if let Some(other) = other {
                count(&mut same.across, alike.len() as u64, [first, other]);
            }
            // records are ordered by split
            for own in alike.chunk_by(|a, b| split(a[2]) == split(b[2])).filter(|own| own.len() > 1) {
                count(&mut same.within, own.len() as u64 - 1, [own[0][2], own[1][2]]);
            }
        }
        same
    }
}

fn count((number, first): &mut (u64, Option<[u32; 2]>), more: u64, pair: [u32; 2]) {
    *number += more;
    *first = Some(first.map_or(pair, |known| known.min(pair)));
}

/// A hash of shapes and samples.
#[derive(Default)]
pub struct RecordHash {
    hash: Xxh3,
    varied: bool,
}

impl RecordHash {
    pub fn add(&mut self, shape: &[u64], values: &[f32]) {
        shape.iter().for_each(|size| self.hash.update(&size.to_le_bytes()));
        let mut bytes = [0; 4096];
        for values in values.chunks(bytes.len() / 4) {
            for (bytes, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
                *bytes = value.to_le_bytes();
            }
            self.hash.update(&bytes[..4 * values.len()]);
        }
        self.varied |= values.iter().any(|value| value.to_bits() != values[0].to_bits());
    }
    /// `None` if all samples are equal: silence is not a duplicate.
    pub fn value(&self) -> Option<u64> {
        self.varied.then(|| self.hash.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_within_and_across_splits() {
        let mut contents = ContentIndex::default();
        // records 0 to 4 are in split 0, 5 to 9 in split 1
        for (number, hash) in [7, 8, 7, 9, 7, 10, 9, 11, 11, u64::MAX].into_iter().enumerate() {
            contents.add(number as u64, hash);
        }
        let same = contents.same(|number| usize::from(number >= 5));
        assert_eq!(same, Duplicates { within: (3, Some([0, 2])), across: (2, Some([3, 6])) });
        assert_eq!(ContentIndex::default().same(|_| 0), Duplicates::default());
    }

    #[test]
    fn contents_differ_by_shape_and_by_any_sample() {
        let hash = |shape: &[u64], values: &[f32]| {
            let mut content = RecordHash::default();
            content.add(shape, values);
            content.value()
        };
        let long: Vec<f32> = (0..5000).map(|n| n as f32).collect();
        let mut other = long.clone();
        other[4999] += 1.0;
        assert_eq!(hash(&[5000, 1], &long), hash(&[5000, 1], &long.clone()));
        assert_ne!(hash(&[5000, 1], &long), hash(&[5000, 1], &other));
        assert_ne!(hash(&[5000, 1], &long), hash(&[2500, 2], &long));
        assert_eq!(hash(&[3, 1], &[0.0; 3]), None);
        assert_eq!(hash(&[0, 1], &[]), None);
    }
}
