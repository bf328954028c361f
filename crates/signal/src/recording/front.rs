//! The byte source of a recording, whose first bytes can be probed.

use super::limits::Deadline;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use symphonia::core::io::MediaSource;

/// Maximum number of bytes probed in a source that is not seekable.
const MOST_AHEAD: usize = 64 << 20;
const PIECE: usize = 64 << 10;
/// Maximum number of bytes of a pipe that are buffered for a format whose reader seeks.
pub const MOST_KEPT: usize = 256 << 20;
/// The length reported to a reader that must find the end by reading.
const NO_END: u64 = i64::MAX as u64;

/// A source that buffers its first bytes, so that a pipe can be probed, with a deadline.
pub struct Front {
    inner: Box<dyn MediaSource>,
    /// The position of the inner source.
    inner_at: u64,
    seekable: bool,
    head: Vec<u8>,
    at: u64,
    looking: bool,
    /// Whether all bytes of a pipe are in `head`.
    complete: bool,
    endless: bool,
    as_pipe: bool,
    /// The end of what was read from the inner source.
    reached: Arc<AtomicU64>,
    deadline: Deadline,
}

impl Front {
    pub fn new(inner: Box<dyn MediaSource>, deadline: Deadline) -> Self {
        let seekable = inner.is_seekable();
        Self {
            inner,
            inner_at: 0,
            seekable,
            head: Vec::new(),
            at: 0,
            looking: true,
            complete: false,
            endless: false,
            as_pipe: false,
            reached: Arc::default(),
            deadline,
        }
    }

    /// Returns up to `n` bytes from `from` on, fewer at the end. The read position is reset to the start.
    pub fn peek(&mut self, from: u64, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; n.min(MOST_AHEAD)];
        if !self.seekable {
            self.remember(from, MOST_AHEAD)?;
        }
        self.at = if self.seekable { from } else { from.min(self.head.len() as u64) };
        let there = read_full(self, &mut bytes)?;
        self.at = 0;
        bytes.truncate(there);
        Ok(bytes)
    }

    /// Makes a pipe seekable by buffering it to its end. Returns false if it has more than [`MOST_KEPT`] bytes; it then
    /// remains a pipe.
    pub fn keep_all(&mut self) -> io::Result<bool> {
        if !self.seekable {
            while self.head.len() < MOST_KEPT && !self.complete {
                let before = self.head.len();
                self.remember(MOST_KEPT.min(before + PIECE) as u64, MOST_KEPT)?;
                self.complete = self.head.len() == before;
            }
            self.seekable = self.complete;
        }
        Ok(self.seekable)
    }

    /// Hides the end from a reader that would skip a part whose claimed size extends beyond it.
    pub fn hide_end(&mut self) {
        self.endless = true;
    }

    /// Presents a file as a pipe to a reader that fails on a truncated index at the end. It can still be rewound.
    pub fn show_as_pipe(&mut self) {
        self.as_pipe = true;
    }

    /// The number of bytes, if the end was reached.
    pub fn reached(&self) -> Arc<AtomicU64> {
        self.reached.clone()
    }

    /// Ends probing and buffering.
    pub fn begin(mut self) -> Self {
        self.looking = false;
        self
    }

    /// Reads a pipe up to a position within the limit.
    fn remember(&mut self, end: u64, limit: usize) -> io::Result<()> {
        let most = end.min(limit as u64) as usize;
        while self.head.len() < most {
            let before = self.head.len();
            let mut head = std::mem::take(&mut self.head);
            // memory grows with the bytes read
            head.resize(most.min(before + PIECE), 0);
            let read = self.inner_full(&mut head[before..]);
            head.truncate(before + *read.as_ref().unwrap_or(&0));
            self.head = head;
            if read? == 0 {
                return Ok(());
            }
        }
        if end > limit as u64 {
            return Err(io::Error::other("its index is too far from the start of the stream"));
        }
        Ok(())
    }

    fn inner_full(&mut self, mut bytes: &mut [u8]) -> io::Result<usize> {
        let asked = bytes.len();
        while !bytes.is_empty() {
            let n = self.inner_read(bytes)?;
            if n == 0 {
                break;
            }
            bytes = &mut bytes[n..];
        }
        Ok(asked - bytes.len())
    }

    fn inner_read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            self.deadline.check("the recording").map_err(io::Error::other)?;
            match self.inner.read(bytes) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(n) => {
                    self.inner_at += n as u64;
                    self.reached.fetch_max(self.inner_at, Ordering::Relaxed);
                    return Ok(n);
                }
            }
        }
    }
}

/// Fills the buffer, or less at the end.
pub fn read_full(source: &mut impl Read, mut bytes: &mut [u8]) -> io::Result<usize> {
    let asked = bytes.len();
    while !bytes.is_empty() {
        match source.read(bytes)? {
            0 => break,
            n => bytes = &mut bytes[n..],
        }
    }
    Ok(asked - bytes.len())
}

impl Read for Front {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.looking && !self.seekable {
            self.remember(self.at + bytes.len() as u64, MOST_AHEAD)?;
        }
        let ahead = usize::try_from(self.at).ok().and_then(|at| self.head.get(at..)).unwrap_or_default();
        let n = if ahead.is_empty() && self.complete {
            0
        } else if ahead.is_empty() {
            if self.at != self.inner_at {
                self.inner_at = self.inner.seek(SeekFrom::Start(self.at))?;
            }
            self.inner_read(bytes)?
        } else {
            let n = ahead.len().min(bytes.len());
            bytes[..n].copy_from_slice(&ahead[..n]);
            n
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Front {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(0) if self.endless => Some(NO_END),
            SeekFrom::End(by) => self.byte_len().and_then(|len| len.checked_add_signed(by)),
        };
        let ahead = self.head.len() as u64;
        let within = |at: u64| at == self.at || (self.inner_at == ahead && at <= ahead);
        match at {
            Some(at) if self.seekable || within(at) => {
                self.at = at;
                Ok(at)
            }
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "this source can only be read forwards")),
        }
    }
}

impl MediaSource for Front {
    fn is_seekable(&self) -> bool {
        self.seekable && !self.as_pipe
    }
    fn byte_len(&self) -> Option<u64> {
        match () {
            () if self.as_pipe => None,
            () if self.complete => Some(self.head.len() as u64),
            () => self.inner.byte_len(),
        }
    }
}
