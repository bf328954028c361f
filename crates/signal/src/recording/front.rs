//! The bytes of a recording, whose first ones can be looked at before anybody reads them.

use super::limits::Deadline;
use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Bytes that may be looked at ahead in what cannot go back.
const MOST_AHEAD: usize = 64 << 20;
const PIECE: usize = 64 << 10;

/// A source with a memory of its first bytes, so that also a pipe can be sniffed, and with a deadline.
pub struct Front {
    inner: Box<dyn MediaSource>,
    /// Where the inner source stands.
    inner_at: u64,
    seekable: bool,
    head: Vec<u8>,
    at: u64,
    looking: bool,
    deadline: Deadline,
}

impl Front {
    pub fn new(inner: Box<dyn MediaSource>, deadline: Deadline) -> Self {
        let seekable = inner.is_seekable();
        Self { inner, inner_at: 0, seekable, head: Vec::new(), at: 0, looking: true, deadline }
    }

    /// Up to `n` bytes from `from` on, fewer at the end. Reading begins at the start again.
    pub fn peek(&mut self, from: u64, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; n.min(MOST_AHEAD)];
        if !self.seekable {
            self.remember(from)?;
        }
        self.at = if self.seekable { from } else { from.min(self.head.len() as u64) };
        let there = read_full(self, &mut bytes)?;
        self.at = 0;
        bytes.truncate(there);
        Ok(bytes)
    }

    /// From here on nobody looks ahead, and no more is remembered.
    pub fn begin(mut self) -> Self {
        self.looking = false;
        self
    }

    fn remember(&mut self, end: u64) -> io::Result<()> {
        let most = end.min(MOST_AHEAD as u64) as usize;
        while self.head.len() < most {
            let before = self.head.len();
            let mut head = std::mem::take(&mut self.head);
            // what is only announced takes no memory
            head.resize(most.min(before + PIECE), 0);
            let read = self.inner_full(&mut head[before..]);
            head.truncate(before + *read.as_ref().unwrap_or(&0));
            self.head = head;
            if read? == 0 {
                return Ok(());
            }
        }
        if end > MOST_AHEAD as u64 {
            return Err(io::Error::other("what tells how to read it lies too far behind in a stream"));
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
                    return Ok(n);
                }
            }
        }
    }
}

/// Fills the buffer as far as there are bytes.
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
            self.remember(self.at + bytes.len() as u64)?;
        }
        let ahead = usize::try_from(self.at).ok().and_then(|at| self.head.get(at..)).unwrap_or_default();
        let n = if ahead.is_empty() {
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
            SeekFrom::End(by) => self.byte_len().and_then(|len| len.checked_add_signed(by)),
        };
        let ahead = self.head.len() as u64;
        let within = |at: u64| at == self.at || (self.inner_at == ahead && at <= ahead);
        match at {
            Some(at) if self.seekable || within(at) => {
                self.at = at;
                Ok(at)
            }
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "this source goes forwards only")),
        }
    }
}

impl MediaSource for Front {
    fn is_seekable(&self) -> bool {
        self.seekable
    }
    fn byte_len(&self) -> Option<u64> {
        self.inner.byte_len()
    }
}
