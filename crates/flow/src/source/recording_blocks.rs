//! Splits a recording into blocks of samples, for all sources of recordings.

use crate::part::Control;
use passband_signal::{Block, Recording, Remark, Result, SignalSpec, Span};

/// Maximum number of frames per block.
const MAX_FRAMES: u64 = 1 << 24;
/// Frames for which memory is reserved before they are read.
const RESERVED: usize = 1 << 16;

/// A recording that is read block by block. Remarks are reported and counted under its name.
pub struct RecordingBlocks {
    recording: Recording,
    name: String,
    frames: usize,
    control: Control,
}

/// Samples that were read, channel by channel.
pub struct Samples {
    /// Sample rate and channels.
    pub spec: SignalSpec,
    /// Index of the first sample in the recording.
    pub index: u64,
    /// The samples.
    pub samples: Vec<f32>,
}

impl RecordingBlocks {
    pub fn new(recording: Recording, name: String, block: Span, control: &Control) -> Self {
        let frames = block.samples(recording.spec().rate).clamp(1, MAX_FRAMES) as usize;
        Self { recording, name, frames, control: control.clone() }
    }

    /// The recording.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Reads the next samples; returns `None` at the end.
    ///
    /// # Errors  those of the recording; nothing follows an error
    pub fn next(&mut self) -> Result<Option<Samples>> {
        let spec = self.recording.spec();
        let mut samples = Vec::with_capacity(self.frames.min(RESERVED) * spec.channels);
        let frames = self.recording.next_block(self.frames, &mut samples);
        for remark in self.recording.remarks() {
            if matches!(remark, Remark::Contradicted(_)) {
                self.control.counters.contradicted.add(1);
            }
            self.control.note(|| format!("{}: {}", self.name, remark.text()));
        }
        if !matches!(frames, Ok(1..)) {
            let damaged = self.recording.damaged();
            if damaged > 0 {
                self.control.note(|| format!("{}: {damaged} damaged packets were skipped", self.name));
            }
        }
        let index = self.recording.index();
        Ok((frames? > 0).then_some(Samples { spec, index, samples }))
    }
}

impl Samples {
    /// One past the index of the last sample.
    pub fn end(&self) -> u64 {
        self.index + (self.samples.len() / self.spec.channels.max(1)) as u64
    }

    /// Converts them to a block of recording number `recording`, which began at `began` (µs since 1970).
    pub fn into_block(self, recording: i64, began: i64) -> Block {
        let Self { spec, index, samples } = self;
        let time = began + (index as f64 * 1e6 / spec.rate.0).round() as i64;
        Block { spec, recording, index, time, of: 0, samples }
    }
}
