//! A recording in a store with range requests: an object in a bucket, a file over HTTP.

use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Random access to bytes. Each call is a network request, and should be large.
pub trait Ranges: Send + Sync {
    /// The number of bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `bytes` from `offset` on; the range is within the source.
    ///
    /// # Errors
    /// Those of the store. A [`Fault`](crate::Fault) in it (`io::Error::other`) is reported unchanged.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// The size of the first request at a new position.
const FIRST: usize = 64 << 10;
/// Maximum size of a request; its transfer takes longer than the latency.
const MOST: usize = 4 << 20;
/// Number of cached pieces: for a header, an index at the end, and the samples between.
const PIECES: usize = 3;

/// A source over [`Ranges`] with read-ahead, which grows during sequential reads and is reset at a new position.
pub struct RangedSource<R> {
    ranges: R,
    at: u64,
    /// In order of use.
    pieces: Vec<Piece>,
}

struct Piece {
    from: u64,
    bytes: Vec<u8>,
}

impl Piece {
    fn end(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

impl<R: Ranges> RangedSource<R> {
    /// A source at the first byte; no request is made yet.
    pub fn new(ranges: R) -> Self {
        Self { ranges, at: 0, pieces: Vec::new() }
    }

    /// Loads the piece with the byte at `self.at`, as the last one.
    fn fetch(&mut self) -> io::Result<()> {
        if let Some(i) = self.pieces.iter().position(|piece| (piece.from..piece.end()).contains(&self.at)) {
            self.pieces[i..].rotate_left(1);
            return Ok(());
        }
        let before = self.pieces.iter().position(|piece| piece.end() == self.at);
        let size = before.map_or(FIRST, |i| (self.pieces[i].bytes.len() * 2).clamp(FIRST, MOST));
        let size = usize::try_from(self.ranges.len() - self.at).map_or(size, |left| left.min(size));
        // sequential reads reuse the buffer of the last but one, so that other pieces stay cached
        let gone =
            before.filter(|_| self.pieces.len() == PIECES).or((self.pieces.len() == PIECES).then_some(0));
        let mut bytes = gone.map_or_else(Vec::new, |i| self.pieces.remove(i).bytes);
        bytes.resize(size, 0);
        self.ranges.read_at(self.at, &mut bytes)?;
        self.pieces.push(Piece { from: self.at, bytes });
        Ok(())
    }
}

impl<R: Ranges> Read for RangedSource<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() || self.at >= self.ranges.len() {
            return Ok(0);
        }
        self.fetch()?;
        let Some(piece) = self.pieces.last() else { return Ok(0) };
        let there = &piece.bytes[(self.at - piece.from) as usize..];
        let n = there.len().min(bytes.len());
        bytes[..n].copy_from_slice(&there[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl<R: Ranges> Seek for RangedSource<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.ranges.len().checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl<R: Ranges> MediaSource for RangedSource<R> {
    fn is_seekable(&self) -> bool {
        true
    }
    fn byte_len(&self) -> Option<u64> {
        Some(self.ranges.len())
    }
}
