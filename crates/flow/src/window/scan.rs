//! Scans: frames end to end, counted from the start of each recording.

use crate::config::Place;
use crate::data::Mark;
use crate::part::{Frame, Framing, Window, WindowPlan};
use passband_signal::{Block, Fault, Result, SignalSpec};

crate::settings! {
    /// Frames of fixed length, end to end, counted from the first sample of each recording: scan k is the samples
    /// from k · length on, whatever came before it.
    ///
    /// Unlike `tumbling`, it does not depend on order: blocks of a file may arrive through several partitions. Samples
    /// left over at the end of a file are in no scan.
    pub struct Scan {
        /// Samples per scan.
        length: u32 = "3072",
    }
}

impl WindowPlan for Scan {
    fn framing(&self) -> Option<&dyn Framing> {
        Some(self)
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.length == 0 {
            faults.push(place.fault("length", "is 0 samples").fix("set it to at least 1 sample"));
        }
    }
}

impl Framing for Scan {
    fn length(&self) -> Option<u64> {
        Some(u64::from(self.length))
    }
    fn start(&self, spec: SignalSpec) -> Result<Box<dyn Window>> {
        let kept = vec![Vec::new(); spec.channels];
        Ok(Box::new(Cutter { length: u64::from(self.length), kept, from: None, next: None }))
    }
}

struct Cutter {
    length: u64,
    /// Samples of an incomplete scan, by channel.
    kept: Vec<Vec<f32>>,
    /// The position of the first of them.
    from: Option<Mark>,
    next: Option<Mark>,
}

impl Cutter {
    /// Cuts the complete scans of `channels`, which start at a scan's first sample; returns the number of samples used.
    fn cut(
        &self,
        block: &Block,
        start: u64,
        channels: &[&[f32]],
        cut: &mut dyn FnMut(&Frame<'_>) -> Result<()>,
    ) -> Result<usize> {
        let length = self.length as usize;
        let whole = channels.first().map_or(0, |c| c.len()) / length;
        let mut few: [&[f32]; 8] = [&[]; 8];
        let mut many: Vec<&[f32]> = vec![&[]; if channels.len() > few.len() { channels.len() } else { 0 }];
        for scan in 0..whole {
            let slots = if many.is_empty() { &mut few[..channels.len()] } else { &mut many[..] };
            let range = scan * length..(scan + 1) * length;
            slots.iter_mut().zip(channels).for_each(|(slot, channel)| *slot = &channel[range.clone()]);
            let start = start + (scan * length) as u64;
            cut(&Frame {
                recording: block.recording,
                start,
                time: block.time_of(start + self.length),
                rate: block.spec.rate,
                centre: block.spec.centre,
                hop: self.length,
                of: block.of,
                channels: slots,
            })?;
        }
        Ok(whole * length)
    }
}

impl Window for Cutter {
    fn push(&mut self, block: &Block, cut: &mut dyn FnMut(&Frame<'_>) -> Result<()>) -> Result<()> {
        let follows = self.from.is_some_and(|from| {
            (from.recording, from.index + self.kept[0].len() as u64) == (block.recording, block.index)
        });
        if !follows {
            self.restart();
        }
        let mut at = block.index;
        if let (true, Some(from)) = (follows, self.from) {
            let wanted = (self.length as usize - self.kept[0].len()).min(block.frames());
            for (c, kept) in self.kept.iter_mut().enumerate() {
                kept.extend_from_slice(&block.channel(c)[..wanted]);
            }
            at += wanted as u64;
            let kept = std::mem::take(&mut self.kept);
            let channels: Vec<&[f32]> = kept.iter().map(Vec::as_slice).collect();
            let used = self.cut(block, from.index, &channels, cut)?;
            self.kept = kept;
            if used > 0 {
                self.restart();
            }
        }
        // the next complete scan starts here: samples before it, after a gap, are of a scan that cannot be completed
        let begin = at.next_multiple_of(self.length);
        if begin < block.end() && self.from.is_none() {
            let skip = (begin - block.index) as usize;
            let mut few: [&[f32]; 8] = [&[]; 8];
            let many: Vec<&[f32]>;
            let channels = if block.spec.channels <= few.len() {
                few.iter_mut()
                    .enumerate()
                    .take(block.spec.channels)
                    .for_each(|(c, slot)| *slot = &block.channel(c)[skip..]);
                &few[..block.spec.channels]
            } else {
                many = (0..block.spec.channels).map(|c| &block.channel(c)[skip..]).collect();
                &many
            };
            let used = self.cut(block, begin, channels, cut)?;
            if skip + used < block.frames() {
                for (c, kept) in self.kept.iter_mut().enumerate() {
                    kept.extend_from_slice(&block.channel(c)[skip + used..]);
                }
                self.from = Some(Mark { recording: block.recording, index: begin + used as u64 });
            }
        }
        self.next = Some(self.from.unwrap_or(Mark { recording: block.recording, index: block.end() }));
        Ok(())
    }
    fn restart(&mut self) {
        self.kept.iter_mut().for_each(Vec::clear);
        self.from = None;
    }
    fn next(&self) -> Option<Mark> {
        self.next
    }
    // the position of scans is fixed: samples before it are in no scan
    fn skip_to(&mut self, _: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_signal::Hertz;

    fn starts(blocks: &[(i64, u64, usize)]) -> Vec<(i64, u64, f32)> {
        let spec = SignalSpec::iq(Hertz(1000.0), Hertz(0.0));
        let mut window = Scan { length: 10 }.start(spec).unwrap();
        let mut starts = vec![];
        for (recording, index, frames) in blocks {
            let sample = |i: usize| (*index + (i % frames) as u64) as f32;
            let samples = (0..2 * frames).map(sample).collect();
            let (recording, index) = (*recording, *index);
            let block = Block { spec, recording, index, time: 0, of: 0, samples };
            let mut cut = |frame: &Frame<'_>| {
                assert_eq!((frame.channels[0].len(), frame.channels[0]), (10, frame.channels[1]));
                starts.push((frame.recording, frame.start, frame.channels[0][9]));
                Ok(())
            };
            window.push(&block, &mut cut).unwrap();
        }
        starts
    }

    #[test]
    fn scans_are_counted_from_the_beginning_of_the_recording() {
        // whatever the split into blocks
        let whole = [(1, 0, 9.0), (1, 10, 19.0), (1, 20, 29.0)];
        assert_eq!(starts(&[(1, 0, 35)]), whole);
        assert_eq!(starts(&[(1, 0, 3), (1, 3, 20), (1, 23, 4), (1, 27, 8)]), whole);
        // in any order, and with other recordings between
        assert_eq!(starts(&[(1, 20, 10), (2, 0, 10), (1, 0, 10)]), [(1, 20, 29.0), (2, 0, 9.0), (1, 0, 9.0)]);
        // the scan with the gap is not emitted
        assert_eq!(starts(&[(1, 0, 15), (1, 17, 20)]), [(1, 0, 9.0), (1, 20, 29.0)]);
    }
}
