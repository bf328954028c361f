//! One of the concatenated recordings of a file, and the claims of its info frame.

use super::info::Info;
use std::collections::VecDeque;
use symphonia::core::packet::{Packet, PacketBuilder};
use symphonia::core::units::Duration;

/// The result of checking the claims of a recording.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// There are no claims, or they are correct.
    Good,
    /// They contradict the bytes.
    Wrong(String),
    /// There are fewer frames and bytes than claimed: the number of claimed samples, and of existing samples.
    Short(u64, u64),
}

/// Frames between the file and the decoder, with sample indices.
pub struct Segment {
    info: Info,
    /// Samples per frame.
    samples: u64,
    /// The index of the first audible sample.
    base: i64,
    frames: u64,
    /// The positions of its first byte, and of the end of its last frame.
    from: u64,
    pub end: u64,
    /// Frames that are buffered, because the last ones are partly padding.
    held: VecDeque<Box<[u8]>>,
    /// Whether it was read completely from its beginning.
    whole: bool,
}

impl Segment {
    pub fn new(info: Info, samples: u64, base: i64, from: u64) -> Self {
        Self { info, samples, base, frames: 0, from, end: from, held: VecDeque::new(), whole: true }
    }

    /// Number of samples claimed by its info frame.
    pub fn announced(&self) -> Option<u64> {
        let Info { frames, delay, padding, .. } = self.info;
        frames.filter(|n| *n > 0).map(|n| (n * self.samples).saturating_sub(delay + padding))
    }

    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Adds a frame, and returns one that cannot be among the last.
    pub fn push(&mut self, frame: Box<[u8]>, end: u64) -> Option<Packet> {
        (self.frames, self.end) = (self.frames + 1, end);
        self.held.push_back(frame);
        let may_be_padding = self.info.padding.div_ceil(self.samples);
        (self.held.len() as u64 > may_be_padding).then(|| self.packet(None)).flatten()
    }

    /// Records that a frame is missing.
    pub fn lost(&mut self) {
        self.whole = false;
    }

    /// The first buffered frame, trimmed at `end`.
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

    /// Returns the buffered frames and the end index of their samples. Padding is removed only if the claimed count is
    /// correct.
    pub fn finish(&mut self) -> (Vec<Packet>, i64) {
        let mut end = self.start().saturating_add_unsigned(self.frames * self.samples);
        if self.info.frames == Some(self.frames) {
            end = end.saturating_sub_unsigned(self.info.padding);
        }
        let end = end.max(self.base);
        (std::iter::from_fn(|| self.packet(Some(end))).collect(), end)
    }

    /// Checks the claims against the data read; `last`: the file ends here.
    pub fn claim(&self, last: bool) -> Claim {
        let Info { name, frames: Some(frames), bytes, .. } = self.info else { return Claim::Good };
        let there = self.frames;
        // some programs count the info frame itself
        if !self.whole || frames == there || frames == there + 1 && bytes.is_none() {
            return Claim::Good;
        }
        // a difference of one frame is tolerated
        let near = (self.end - self.from) / there.max(1);
        let all_there = bytes.is_some_and(|bytes| bytes > 0 && self.end - self.from + near >= bytes);
        if frames == there + 1 && all_there {
            return Claim::Good;
        }
        if frames > there && last && !all_there {
            let samples = |frames: u64| (frames * self.samples).saturating_sub(self.info.delay);
            return Claim::Short(samples(frames).saturating_sub(self.info.padding), samples(there));
        }
        Claim::Wrong(format!("its {name} header announces {frames} frames, and there are {there}"))
    }
}
