//! Divides samples that arrive in blocks of any length into frames, with a buffer of fixed size.

use super::cut::{Cut, Ends};

/// Minimum number of frames that the buffer holds beyond the first. With more, samples are moved less often.
const ROOM: usize = 3;

/// Buffers the samples that later frames need.
#[derive(Debug)]
pub(super) struct Cutter {
    cut: Cut,
    held: Vec<f32>,
    /// Index in `held` at which the next frame starts; past its end if hops are longer than frames.
    start: usize,
    /// The padding value after the recording: zero, or its last sample.
    last: f32,
    /// Number of copies of the first sample to be inserted before it.
    due: usize,
}

impl Cutter {
    pub(super) fn new(cut: Cut) -> Cutter {
        let held = Vec::with_capacity((1 + ROOM) * cut.n_fft.max(1024));
        let mut cutter = Cutter { cut, held, start: 0, last: 0.0, due: 0 };
        cutter.restart();
        cutter
    }

    /// Resets to the start of a recording.
    pub(super) fn restart(&mut self) {
        self.held.clear();
        match self.cut.ends {
            Ends::Zeros => self.held.resize(self.cut.padding(), 0.0),
            Ends::Repeat => self.due = self.cut.padding(),
        }
        self.start = 0;
        self.last = 0.0;
    }

    /// Starts at sample `index` of a recording. Returns the number of the first frame that lies entirely after it.
    pub(super) fn start_at(&mut self, index: u64) -> u64 {
        self.restart();
        if index == 0 {
            return 0;
        }
        let (padding, hop) = (self.cut.padding() as u64, self.cut.hop_length as u64);
        let frame = (index + padding).div_ceil(hop);
        self.held.clear();
        self.due = 0;
        self.start = (frame * hop - padding - index) as usize;
        frame
    }

    /// Adds samples and emits the frames that they complete.
    pub(super) fn push(&mut self, mut samples: &[f32], mut each: impl FnMut(&[f32])) {
        if let (Ends::Repeat, [first, ..]) = (self.cut.ends, samples) {
            self.held.resize(self.held.len() + std::mem::take(&mut self.due), *first);
            self.last = samples[samples.len() - 1];
        }
        while !samples.is_empty() {
            self.make_room();
            let skipped = self.start.saturating_sub(self.held.len()).min(samples.len());
            self.start -= skipped;
            let rest = &samples[skipped..];
            let (now, later) = rest.split_at(rest.len().min(self.held.capacity() - self.held.len()));
            self.held.extend_from_slice(now);
            samples = later;
            while let Some(frame) = self.held.get(self.start..self.start + self.cut.n_fft) {
                each(frame);
                self.start += self.cut.hop_length;
            }
        }
    }

    /// Emits the frames that extend beyond the end. The next samples begin another recording.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[f32])) {
        let after = [self.last; 256];
        let mut left = self.cut.padding();
        while left > 0 {
            let now = left.min(after.len());
            self.push(&after[..now], &mut each);
            left -= now;
        }
        self.restart();
    }

    /// Drops the samples before the next frame if the buffer is full.
    fn make_room(&mut self) {
        if self.held.len() == self.held.capacity() || self.start >= self.held.len() {
            let gone = self.start.min(self.held.len());
            let kept = self.held.len() - gone;
            self.held.copy_within(gone.., 0);
            self.held.truncate(kept);
            self.start -= gone;
        }
    }
}
