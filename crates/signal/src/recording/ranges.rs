//! A recording that lies in a store which gives ranges of bytes: an object in a bucket, a file behind HTTP.

use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Bytes that can be asked for by their place. Each call is a request over a network, and so should be large.
pub trait Ranges: Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Whether there is no byte.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `bytes` with those from `offset` on, all of which are there.
    ///
    /// # Errors
    /// Those of the store. A [`Fault`](crate::Fault) within (`io::Error::other`) is told to the user as it is.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// The first request at a place.
const FIRST: usize = 64 << 10;
/// The greatest request: such that the time of the transfer outweighs that of the asking.
const MOST: usize = 4 << 20;
/// Pieces that are kept: for a header, an index at the end and the samples between, read in turns.
const PIECES: usize = 3;

/// A source over [`Ranges`]: it reads ahead, more and more while it is read through, and little at a new place.
pub struct RangedSource<R> {
    ranges: R,
    at: u64,
    /// The newest last.
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
    /// A source that begins at the first byte; it asks for nothing yet.
    pub fn new(ranges: R) -> Self {
        Self { ranges, at: 0, pieces: Vec::new() }
    }

    /// Makes the piece with the byte at `self.at` the last one.
    fn fetch(&mut self) -> io::Result<()> {
        if let Some(i) = self.pieces.iter().position(|piece| (piece.from..piece.end()).contains(&self.at)) {
            self.pieces[i..].rotate_left(1);
            return Ok(());
        }
        let before = self.pieces.iter().position(|piece| piece.end() == self.at);
        let size = before.map_or(FIRST, |i| (self.pieces[i].bytes.len() * 2).clamp(FIRST, MOST));
        let size = usize::try_from(self.ranges.len() - self.at).map_or(size, |left| left.min(size));
        // one after another takes the memory of the last but one, so that what was read elsewhere stays
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
