//! Where the samples of a WAV or an AIFF are, and how they lie.

use super::super::front::Front;
use super::samples::Encoding;
use std::io;

/// A source whose bytes can be looked at anywhere.
pub trait Bytes {
    /// Up to `n` bytes from `at` on, fewer at the end.
    fn at(&mut self, at: u64, n: usize) -> io::Result<Vec<u8>>;
}

impl Bytes for &[u8] {
    fn at(&mut self, at: u64, n: usize) -> io::Result<Vec<u8>> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        Ok(rest[..n.min(rest.len())].to_vec())
    }
}

impl Bytes for Front {
    fn at(&mut self, at: u64, n: usize) -> io::Result<Vec<u8>> {
        self.peek(at, n)
    }
}

/// What a header says of the samples behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub rate: u32,
    pub channels: usize,
    pub encoding: Encoding,
    /// The first byte of the first sample.
    pub start: u64,
    /// Bytes of samples as the header claims them, the smaller number first where it does so twice.
    pub sizes: [u64; 2],
    /// Whether they are more than a number that stands for an unknown one.
    pub known: bool,
    /// Where the file ends as the header claims it.
    pub end: u64,
    /// Whether the sizes of chunks have their high byte first.
    pub big_chunks: bool,
}

impl Default for Layout {
    fn default() -> Self {
        let encoding = Encoding { kind: super::samples::Kind::Signed, bytes: 2, big_endian: false };
        Self {
            rate: 0,
            channels: 0,
            encoding,
            start: 0,
            sizes: [0; 2],
            known: false,
            end: 0,
            big_chunks: false,
        }
    }
}

impl Layout {
    /// Bytes a frame.
    pub fn frame(&self) -> usize {
        self.channels * self.encoding.bytes
    }

    /// Frames, if the header knows.
    pub fn frames(&self) -> Option<u64> {
        self.known.then(|| self.sizes[0] / self.frame() as u64)
    }
}

/// What the beginning of a file is.
#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    /// Plain samples.
    Plain(Layout),
    /// A file that only the general reader may know, or nobody.
    Other,
    /// One that the general reader does not know either.
    Refused(String),
}

/// Whether a size of 32 bits stands for an unknown one: 0, and nearly 2 or 4 GiB.
pub fn is_unknown(size: u32) -> bool {
    const NEAR: u32 = 8192;
    size == 0 || size.abs_diff(1 << 31) < NEAR || u32::MAX - size < NEAR
}
