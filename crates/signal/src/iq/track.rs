//! Samples at rest, read in pieces.

use super::{Datatype, Read};
use std::io;

/// The samples of one recording: in one file with channels side by side, or in several, each with channels of its own.
pub struct Track {
    files: Vec<Box<dyn Read>>,
    datatype: Datatype,
    channels: usize,
    offset: u64,
    bytes: Vec<u8>,
}

impl Track {
    /// Samples that begin at byte `offset` of each file, `channels` numbers of that type side by side in each.
    pub fn new(files: Vec<Box<dyn Read>>, datatype: Datatype, channels: usize, offset: u64) -> Self {
        Self { files, datatype, channels, offset, bytes: vec![] }
    }

    /// Adds the samples `index .. index + frames` to `planar`: channel after channel, file after file.
    ///
    /// # Edges  after an error `planar` may hold a part
    pub fn read(&mut self, index: u64, frames: usize, planar: &mut Vec<f32>) -> io::Result<()> {
        let frame = self.channels * self.datatype.width();
        let at = self.offset + index * frame as u64;
        self.bytes.resize(frames * frame, 0);
        planar.reserve(frames * self.channels * self.files.len());
        for file in &mut self.files {
            file.read(at, &mut self.bytes)?;
            self.datatype.decode(&self.bytes, self.channels, planar);
        }
        Ok(())
    }
}
