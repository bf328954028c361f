//! Samples at rest, read in pieces.

use super::{Datatype, Read};
use crate::recording::plain::Encoding;
use std::io;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// Plainly.
    Plain(Datatype),
    /// As in a WAV, whose unsigned bytes have their zero elsewhere, and which knows numbers of 24 bits.
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

/// The samples of one recording: in one file with channels side by side, or in several, each with channels of its own.
pub struct Track {
    files: Vec<Box<dyn Read>>,
    written: Written,
    channels: usize,
    /// The channels that are wanted of those side by side.
    wanted: std::ops::Range<usize>,
    offset: u64,
    bytes: Vec<u8>,
    /// Where these lie in a file.
    at: u64,
    /// Numbers of all channels, where they are not given as they come.
    numbers: Vec<f32>,
}

impl Track {
    /// Samples that begin at byte `offset` of each file, `channels` numbers of that kind side by side in each.
    pub fn new(files: Vec<Box<dyn Read>>, written: Written, channels: usize, offset: u64) -> Self {
        Self { files, written, channels, wanted: 0..channels, offset, bytes: vec![], at: 0, numbers: vec![] }
    }

    /// The same, of which only these channels are given.
    pub fn only(self, wanted: std::ops::Range<usize>) -> Self {
        Self { wanted: wanted.start.min(self.channels)..wanted.end.min(self.channels), ..self }
    }

    /// The bytes of the samples that were read last, in the last file, and where they lie in it.
    pub fn bytes(&self) -> (u64, &[u8]) {
        (self.at, &self.bytes)
    }

    /// Fills `bytes` with those of the last file from there on, whether they are samples or not.
    ///
    /// # Errors  those of the file, and fewer bytes
    pub fn read_bytes(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        match self.files.last_mut() {
            Some(file) => file.read(at, bytes),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Adds the samples `index .. index + frames` to `planar`: channel after channel, file after file.
    ///
    /// # Edges  after an error `planar` may hold a part
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
