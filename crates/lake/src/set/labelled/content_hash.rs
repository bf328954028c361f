//! A hash of a recording's samples, used to detect identical audio and changed blobs.

use xxhash_rust::xxh3::Xxh3;

/// Bytes hashed in one call on big-endian machines.
const PIECE: usize = 8192;

/// A hash of the sample rate, the channels, and the samples used, as recorded.
pub struct ContentHash {
    hash: Xxh3,
    /// Number of samples still to be hashed; later ones are not used.
    left: u64,
}

impl ContentHash {
    /// Hashes the first `frames` frames of a recording, or all.
    pub fn new(rate: f64, channels: usize, frames: Option<u64>) -> Self {
        let mut hash = Xxh3::new();
        hash.update(&rate.to_bits().to_le_bytes());
        hash.update(&(channels as u64).to_le_bytes());
        Self { hash, left: frames.map_or(u64::MAX, |frames| frames.saturating_mul(channels as u64)) }
    }

    /// Hashes the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        let used = usize::try_from(self.left).unwrap_or(usize::MAX).min(samples.len());
        self.left -= used as u64;
        if cfg!(target_endian = "little") {
            return self.hash.update(bytemuck::cast_slice(&samples[..used]));
        }
        let mut bytes = [0; PIECE];
        for samples in samples[..used].chunks(PIECE / 4) {
            let (whole, _) = bytes.as_chunks_mut::<4>();
            whole.iter_mut().zip(samples).for_each(|(bytes, sample)| *bytes = sample.to_le_bytes());
            self.hash.update(&bytes[..4 * samples.len()]);
        }
    }

    /// Whether all samples used have been hashed.
    pub fn is_complete(&self) -> bool {
        self.left == 0
    }

    pub fn digest(&self) -> u128 {
        self.hash.digest128()
    }
}

/// The 63 bits of a hash that a plan stores.
pub fn content_key(content: u128) -> u64 {
    (content as u64 ^ (content >> 64) as u64) & (u64::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::plan::{Inspection, Inspections};

    #[test]
    fn a_plan_stores_63_bits() {
        let mut all = Inspections::new(2);
        for (row, content) in [u128::MAX / 7, 1 << 127 | 5].into_iter().enumerate() {
            all.good(row, content, 1);
            assert_eq!(all.get(row), Some(Inspection::Good { content: content_key(content), records: 1 }));
        }
    }

    #[test]
    fn it_covers_the_samples_that_are_used_however_they_are_split() {
        let samples: Vec<f32> = (0..9000).map(|n| (n as f32).sin()).collect();
        let of = |channels, frames, size, samples: &[f32]| {
            let mut content = ContentHash::new(8000.0, channels, frames);
            samples.chunks(size).for_each(|block| content.push(block));
            content.digest()
        };
        let whole = of(2, None, 9000, &samples);
        assert_eq!(of(2, None, 7, &samples), whole);
        assert_ne!(of(1, None, 9000, &samples), whole);
        assert_ne!(of(2, None, 9000, &samples[..8998]), whole);
        assert_eq!(of(2, Some(100), 9000, &samples), of(2, Some(100), 64, &samples[..200]));
    }
}
