//! One picture of a stream.

use std::time::Instant;

/// One picture: the values of one window.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Index of the window's first sample.
    pub index: u64,
    /// The time at which the window's last sample was captured, in µs since 1970. The page measures the delay from this
    /// time.
    pub time_us: i64,
    /// The values: all bins of the first channel, then of the second, and so on.
    pub values: &'a [f32],
}

/// A picture queued for browsers, encoded once for all of them.
pub(crate) struct Held {
    pub stream: usize,
    pub generation: u32,
    pub index: u64,
    pub time_us: i64,
    pub published: Instant,
    pub bytes: Vec<u8>,
}

impl Held {
    /// Copies a picture into a buffer, which may be reused.
    pub fn new(stream: usize, generation: u32, picture: Picture<'_>, mut bytes: Vec<u8>) -> Self {
        // with a known size and chunks of four bytes, this compiles to a single copy
        bytes.resize(picture.values.len() * 4, 0);
        for (four, value) in bytes.chunks_exact_mut(4).zip(picture.values) {
            four.copy_from_slice(&value.to_le_bytes());
        }
        let Picture { index, time_us, .. } = picture;
        Self { stream, generation, index, time_us, published: Instant::now(), bytes }
    }
}
