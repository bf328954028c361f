//! A stream with look-ahead.

use super::tags;
use std::io::{self, ErrorKind, SeekFrom};
use symphonia::core::io::{MediaSource, MediaSourceStream};

/// Bytes per read.
const PIECE: usize = 16 << 10;
/// Minimum distance that is skipped by seeking instead of reading, if the source is seekable.
const FAR: u64 = 1 << 20;

/// A stream, and the buffered bytes from its current position on.
pub struct Ahead<S = MediaSourceStream<'static>> {
    stream: S,
    bytes: Vec<u8>,
    /// The offset of the next byte in `bytes`.
    from: usize,
    at: u64,
    ended: bool,
}

impl<S: MediaSource> Ahead<S> {
    /// Wraps a stream whose position is `at`.
    pub fn new(stream: S, at: u64) -> Self {
        Self { stream, bytes: Vec::new(), from: 0, at, ended: false }
    }

    /// The position of the next byte in the stream.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Peeks at the next bytes: at least `n`, or fewer before the end.
    pub fn see(&mut self, n: usize) -> io::Result<&[u8]> {
        while !self.ended && self.bytes.len() - self.from < n {
            self.bytes.drain(..std::mem::take(&mut self.from));
            let before = self.bytes.len();
            self.bytes.resize(before + PIECE.min((n - before).next_multiple_of(1024)), 0);
            let read = loop {
                match self.stream.read(&mut self.bytes[before..]) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    // the stream reports its end this way
                    Err(e) if e.kind() == ErrorKind::UnexpectedEof => break Ok(0),
                    read => break read,
                }
            };
            self.bytes.truncate(before + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
        }
        Ok(&self.bytes[self.from..])
    }

    /// Reads buffered bytes, or otherwise from the stream.
    pub fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let there = &self.bytes[self.from..];
        let n = if there.is_empty() {
            self.stream.read(bytes)?
        } else {
            let n = there.len().min(bytes.len());
            bytes[..n].copy_from_slice(&there[..n]);
            self.from += n;
            n
        };
        self.at += n as u64;
        Ok(n)
    }

    /// Skips `n` bytes, or the rest of the stream.
    pub fn pass(&mut self, n: u64) -> io::Result<()> {
        let there = self.bytes.len() - self.from;
        let near = usize::try_from(n).unwrap_or(usize::MAX).min(there);
        (self.from, self.at) = (self.from + near, self.at + near as u64);
        let mut left = n - near as u64;
        if left > FAR && self.stream.is_seekable() {
            return self.go(self.at.saturating_add(left));
        }
        while left > 0 {
            let n = left.min(PIECE as u64) as usize;
            let there = self.see(n)?.len().min(n);
            if there == 0 {
                break;
            }
            (self.from, self.at, left) = (self.from + there, self.at + there as u64, left - there as u64);
        }
        Ok(())
    }

    /// Seeks to another position, at most the end.
    pub fn go(&mut self, at: u64) -> io::Result<()> {
        let at = self.stream.byte_len().map_or(at, |len| at.min(len));
        self.at = self.stream.seek(SeekFrom::Start(at))?;
        self.bytes.clear();
        (self.from, self.ended) = (0, false);
        Ok(())
    }

    /// Skips tags, and returns their size in bytes.
    pub fn pass_tags(&mut self) -> io::Result<u64> {
        let from = self.at;
        loop {
            let wanted = tags::wanted(self.see(16)?);
            match tags::size(self.see(wanted)?) {
                Some(size) => self.pass(size)?,
                None => return Ok(self.at - from),
            }
            if self.see(1)?.is_empty() {
                return Ok(self.at - from);
            }
        }
    }

    pub fn is_seekable(&self) -> bool {
        self.stream.is_seekable()
    }

    pub fn into_inner(self) -> S {
        self.stream
    }
}
