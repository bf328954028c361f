//! One recording among those that are appended to one another in a file, and what its own header claims of it.

use super::info::Info;
use std::collections::VecDeque;
use symphonia::core::packet::{Packet, PacketBuilder};
use symphonia::core::units::Duration;

/// What became of the claims of a recording's header.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// It makes none, or they are right.
    Good,
    /// The bytes contradict it.
    Wrong(String),
    /// There are fewer frames, and fewer bytes, than it announces; samples that it announces, and that are there.
    Short(u64, u64),
}

/// Frames on their way from the file to the decoder, placed on one line of samples.
pub struct Segment {
    info: Info,
    /// Samples a frame.
    samples: u64,
    /// Where on that line the first sample that is to be heard lies.
    base: i64,
    frames: u64,
    /// Where its first byte lies, and where the last frame ends.
    from: u64,
    pub end: u64,
    /// Frames that are held until it is known whether they are the last, and so partly padding.
    held: VecDeque<Box<[u8]>>,
    /// Whether all of it was read from its beginning.
    whole: bool,
}

impl Segment {
    pub fn new(info: Info, samples: u64, base: i64, from: u64) -> Self {
        Self { info, samples, base, frames: 0, from, end: from, held: VecDeque::new(), whole: true }
    }

    /// Samples that its header announces.
    pub fn announced(&self) -> Option<u64> {
        let Info { frames, delay, padding, .. } = self.info;
        frames.filter(|n| *n > 0).map(|n| (n * self.samples).saturating_sub(delay + padding))
    }

    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Takes the next frame, and gives one that is certainly not the last.
    pub fn push(&mut self, frame: Box<[u8]>, end: u64) -> Option<Packet> {
        (self.frames, self.end) = (self.frames + 1, end);
        self.held.push_back(frame);
        let may_be_padding = self.info.padding.div_ceil(self.samples);
        (self.held.len() as u64 > may_be_padding).then(|| self.packet(None)).flatten()
    }

    /// A frame was lost: what the header counts is not all there.
    pub fn lost(&mut self) {
        self.whole = false;
    }

    /// The first frame that is held, without what lies behind `end`.
    fn packet(&mut self, end: Option<i64>) -> Option<Packet> {
        let index = self.frames - self.held.len() as u64;
        let data = self.held.pop_front()?;
        let pts = self.start().saturating_add_unsigned(index * self.samples);
        let after = pts.saturating_add_unsigned(self.samples);
        let all = self.samples as i64;
        let front = self.base.saturating_sub(pts).clamp(0, all);
        let back = end.map_or(0, |end| after.saturating_sub(end).clamp(0, all - front));
        let packet = PacketBuilder::new().track_id(0).pts(pts.into());
        let packet = packet.dur(Duration::from((all - front - back) as u64)).data(data);
        let trims = (Duration::from(front as u64), Duration::from(back as u64));
        Some(packet.trim_start(trims.0).trim_end(trims.1).build())
    }

    fn start(&self) -> i64 {
        self.base.saturating_sub_unsigned(self.info.delay)
    }

    /// Gives what is still held, and where on the line of samples it ends. The padding is cut where the header's
    /// count is right: of others nobody knows whether it lies at the end.
    pub fn finish(&mut self) -> (Vec<Packet>, i64) {
        let mut end = self.start().saturating_add_unsigned(self.frames * self.samples);
        if self.info.frames == Some(self.frames) {
            end = end.saturating_sub_unsigned(self.info.padding);
        }
        let end = end.max(self.base);
        (std::iter::from_fn(|| self.packet(Some(end))).collect(), end)
    }

    /// Holds the header's claims against what was read; `last` if the file ends here.
    pub fn claim(&self, last: bool) -> Claim {
        let Info { name, frames: Some(frames), bytes, .. } = self.info else { return Claim::Good };
        let there = self.frames;
        // some programs count the frame of the header itself
        if !self.whole || frames == there || frames == there + 1 && bytes.is_none() {
            return Claim::Good;
        }
        // one frame's bytes more or less do not matter
        let near = (self.end - self.from) / there.max(1);
        let all_there = bytes.is_some_and(|bytes| bytes > 0 && self.end - self.from + near >= bytes);
        if frames == there + 1 && all_there {
            return Claim::Good;
        }
        if frames > there && last && !all_there {
            let samples = |frames: u64| (frames * self.samples).saturating_sub(self.info.delay);
            return Claim::Short(samples(frames).saturating_sub(self.info.padding), samples(there));
        }
        Claim::Wrong(format!("its {name} header announces {frames} frames, and {there} are there"))
    }
}
