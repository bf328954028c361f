//! Cuts samples that come in pieces of any length into frames, in memory of a fixed size.

use super::cut::{Cut, Ends};

/// Frames beyond the first for which there is room, at the least: the more, the seldomer samples are moved.
const ROOM: usize = 3;

/// The samples that frames to come still need.
#[derive(Debug)]
pub(super) struct Cutter {
    cut: Cut,
    held: Vec<f32>,
    /// Where in `held` the next frame starts; past its end where hops are longer than frames.
    start: usize,
    /// What follows the recording: zeros, or its last sample.
    last: f32,
    /// Copies of the first sample that are still to be laid before it.
    due: usize,
}

impl Cutter {
    pub(super) fn new(cut: Cut) -> Cutter {
        let held = Vec::with_capacity((1 + ROOM) * cut.n_fft.max(1024));
        let mut cutter = Cutter { cut, held, start: 0, last: 0.0, due: 0 };
        cutter.restart();
        cutter
    }

    /// Before the first sample of a recording.
    pub(super) fn restart(&mut self) {
        self.held.clear();
        match self.cut.ends {
            Ends::Zeros => self.held.resize(self.cut.padding(), 0.0),
            Ends::Repeat => self.due = self.cut.padding(),
        }
        self.start = 0;
        self.last = 0.0;
    }

    /// At a sample within a recording: the first frame is one that lies behind it as a whole. Gives its number.
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

    /// Takes samples and gives the frames that they fill.
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

    /// Gives the frames that reach over the end, and is ready for another recording.
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

    /// Lets go of what lies before the next frame, once the memory is full.
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
