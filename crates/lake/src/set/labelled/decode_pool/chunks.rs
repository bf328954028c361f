//! Chunks of rows, the units of work of a decoding thread: many rows of short recordings, or one of a long
//! recording.

use passband_flow::data::{Rows, Shard};
use std::collections::VecDeque;
use std::sync::Arc;

/// Maximum number of rows in a chunk.
const ROWS: usize = 64;
/// Target number of samples in a chunk; a thread sends its decoded examples when they reach it.
pub const SAMPLES: usize = 1 << 18;

/// Consecutive rows of a shard.
pub struct Chunk {
    pub number: usize,
    pub shard: Arc<Shard>,
    pub from: usize,
    pub rows: usize,
}

/// The chunks of all shards, in order. Their size affects only the distribution of work.
pub struct Chunks {
    /// For each shard, the number of remaining rows and the next row.
    shards: VecDeque<(usize, usize, Arc<Shard>)>,
    number: usize,
    /// Rows of the last chunk; the next chunk may have twice as many.
    rows: usize,
    /// Rows and samples of recent chunks.
    known: (usize, usize),
}

impl Chunks {
    pub fn new(rows: &dyn Rows, shards: Vec<Arc<Shard>>) -> Self {
        let shards = shards.into_iter().map(|shard| (rows.count(&shard), 0, shard));
        Self { shards: shards.filter(|shard| shard.0 > 0).collect(), number: 0, rows: 1, known: (0, 0) }
    }

    /// Records the number of samples of decoded rows.
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
