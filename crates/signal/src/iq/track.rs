//! Reads stored samples in pieces.

use super::{Datatype, Read};
use crate::recording::plain::Encoding;
use std::io;

/// The encoding of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// Raw numbers.
    Plain(Datatype),
    /// As in a WAV, in which unsigned bytes have a different zero, and numbers may have 24 bits.
    Wav(Encoding),
}

impl Written {
    /// Bytes of one number.
    pub fn width(self) -> usize {
        match self {
            Written::Plain(datatype) => datatype.width(),
            Written::Wav(encoding) => encoding.bytes,
        }
    }
}

/// The samples of one recording: in one file with interleaved channels, or in several files with different channels.
pub struct Track {
    files: Vec<Box<dyn Read>>,
    written: Written,
    channels: usize,
    /// The selected channels.
    wanted: std::ops::Range<usize>,
    offset: u64,
    bytes: Vec<u8>,
    /// Their offset in a file.
    at: u64,
    /// A buffer of all channels, if only some are selected.
    numbers: Vec<f32>,
}

impl Track {
    /// A track of the samples from byte `offset` of each file on, with `channels` interleaved numbers in each.
    pub fn new(files: Vec<Box<dyn Read>>, written: Written, channels: usize, offset: u64) -> Self {
        Self { files, written, channels, wanted: 0..channels, offset, bytes: vec![], at: 0, numbers: vec![] }
    }

    /// Selects channels.
    pub fn only(self, wanted: std::ops::Range<usize>) -> Self {
        Self { wanted: wanted.start.min(self.channels)..wanted.end.min(self.channels), ..self }
    }

    /// The bytes of the samples read last, in the last file, and their offset.
    pub fn bytes(&self) -> (u64, &[u8]) {
        (self.at, &self.bytes)
    }

    /// Fills `bytes` from the last file, with samples or other data.
    ///
    /// # Errors  those of the file, and too few bytes
    pub fn read_bytes(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        match self.files.last_mut() {
            Some(file) => file.read(at, bytes),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Appends the samples `index .. index + frames` to `planar`, channel by channel and file by file.
    ///
    /// # Edges  after an error, `planar` may contain a part of them
    pub fn read(&mut self, index: u64, frames: usize, planar: &mut Vec<f32>) -> io::Result<()> {
        let frame = self.channels * self.written.width();
        let beyond = || io::Error::new(io::ErrorKind::UnexpectedEof, "no file is so long");
        let at = index.checked_mul(frame as u64).and_then(|bytes| bytes.checked_add(self.offset));
        let at = at.ok_or_else(beyond)?;
        self.at = at;
        self.bytes.resize(frames.checked_mul(frame).ok_or_else(beyond)?, 0);
        planar.reserve(frames * self.wanted.len() * self.files.len());
        for file in &mut self.files {
            file.read(at, &mut self.bytes)?;
            match self.written {
                Written::Plain(datatype) if self.wanted == (0..self.channels) => {
                    datatype.decode(&self.bytes, self.channels, planar);
                }
                Written::Plain(datatype) => {
                    self.numbers.clear();
                    datatype.decode(&self.bytes, self.channels, &mut self.numbers);
                    planar.extend_from_slice(
                        &self.numbers[self.wanted.start * frames..self.wanted.end * frames],
                    );
                }
                Written::Wav(encoding) => {
                    self.numbers.clear();
                    encoding.decode(&self.bytes, &mut self.numbers);
                    for channel in self.wanted.clone() {
                        planar.extend(self.numbers.iter().skip(channel).step_by(self.channels));
                    }
                }
            }
        }
        Ok(())
    }
}
