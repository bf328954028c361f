//! The position and encoding of the samples of a WAV or an AIFF.

use super::super::front::Front;
use super::samples::Encoding;
use std::io;

/// A source with random access.
pub trait Bytes {
    /// Returns up to `n` bytes from `at` on, fewer at the end.
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

/// The claims of a header about the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub rate: u32,
    pub channels: usize,
    pub encoding: Encoding,
    /// The position of the first sample.
    pub start: u64,
    /// Claimed size of the samples in bytes; of two different claims, the smaller is first.
    pub sizes: [u64; 2],
    /// Whether the claim is a size rather than a placeholder for an unknown size.
    pub known: bool,
    /// The end of the file as claimed.
    pub end: u64,
    /// Whether the sizes of chunks are big-endian.
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
    /// Bytes per frame.
    pub fn frame(&self) -> usize {
        self.channels * self.encoding.bytes
    }

    /// Number of frames, if the header contains it.
    pub fn frames(&self) -> Option<u64> {
        self.known.then(|| self.sizes[0] / self.frame() as u64)
    }
}

/// The result of parsing the beginning of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    /// PCM samples.
    Plain(Layout),
    /// Another format, which Symphonia may support.
    Other,
    /// A file that Symphonia cannot read either.
    Refused(String),
}

/// Whether a 32-bit size is a placeholder for an unknown size: 0, or nearly 2 or 4 GiB.
pub fn is_unknown(size: u32) -> bool {
    const NEAR: u32 = 8192;
    size == 0 || size.abs_diff(1 << 31) < NEAR || u32::MAX - size < NEAR
}
