//! Which rows are decoded at once: many of small recordings, one of a large one.

use passband_flow::data::{Rows, Shard};
use std::collections::VecDeque;
use std::sync::Arc;

/// The most rows of a chunk.
const ROWS: usize = 64;
/// Samples that a chunk should have, and after which a thread hands over what it has.
pub const SAMPLES: usize = 1 << 18;

/// Some rows of a shard.
pub struct Chunk {
    pub number: usize,
    pub shard: Arc<Shard>,
    pub from: usize,
    pub rows: usize,
}

/// Some rows of each shard after the other's. How many at once decides nothing but how the work is shared.
pub struct Chunks {
    /// Each with the number of its rows that are left, and of the next.
    shards: VecDeque<(usize, usize, Arc<Shard>)>,
    number: usize,
    /// Rows of the last chunk; there may be twice as many in the next.
    rows: usize,
    /// Rows and samples of the chunks of late.
    known: (usize, usize),
}

impl Chunks {
    pub fn new(rows: &dyn Rows, shards: Vec<Arc<Shard>>) -> Self {
        let shards = shards.into_iter().map(|shard| (rows.count(&shard), 0, shard));
        Self { shards: shards.filter(|shard| shard.0 > 0).collect(), number: 0, rows: 1, known: (0, 0) }
    }

    /// The samples of so many rows are known now.
    pub fn done(&mut self, rows: usize, samples: usize) {
        self.known = (self.known.0 / 2 + rows, self.known.1 / 2 + samples);
    }
}

impl Iterator for Chunks {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let (left, from, shard) = self.shards.front_mut()?;
        self.rows = match self.known {
            (0, _) => 1,
            (rows, samples) => (SAMPLES / (samples / rows).max(1)).clamp(1, ROWS.min(2 * self.rows)),
        };
        let rows = self.rows.min(*left);
        let chunk = Chunk { number: self.number, shard: shard.clone(), from: *from, rows };
        (*left, *from, self.number) = (*left - rows, *from + rows, self.number + 1);
        if *left == 0 {
            self.shards.pop_front();
        }
        Some(chunk)
    }
}
