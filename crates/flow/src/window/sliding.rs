//! Frames of fixed length at intervals of a hop.

use crate::config::{Node, Place, Shape, Value};
use crate::data::Mark;
use crate::part::{Frame, Framing, Window, WindowPlan};
use passband_signal::{Block, Fault, Hertz, Result, Share, SignalSpec, Span};

/// The maximum length of a frame; longer ones would take gigabytes for their FFT.
const LONGEST: u64 = 1 << 26;

crate::settings! {
    /// Frames of fixed length at intervals of a hop; with a hop shorter than the length, frames overlap.
    ///
    /// The first frame is emitted when the window is full. After a gap in the sample index the window starts again, so
    /// that no frame spans a gap. Any length is supported, not only powers of two.
    pub struct Sliding {
        /// Samples per frame.
        length: Span = "8192 samples",
        /// Samples from the start of one frame to the start of the next, or a share of the frame such as "50 %". If it is
        /// longer than `length`, samples between frames are skipped.
        hop: Hop = "256 samples",
        /// Whether the hop may be longer than the length.
        gaps: Gaps = "forbid",
    }
}

crate::choice! {
    /// Whether samples between frames may be skipped.
    pub enum Gaps {
        /// A hop longer than the length is an error.
        Forbid = "forbid",
        /// A hop may be longer than the length.
        Allow = "allow",
    }
}

/// The interval from the start of one frame to the start of the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hop {
    /// A number of samples, or a time.
    Span(Span),
    /// A share of the frame's length.
    Share(Share),
}

impl Hop {
    /// The interval in samples, for frames of this length.
    pub fn samples(self, length: u64, rate: Hertz) -> u64 {
        match self {
            Hop::Span(span) => span.samples(rate),
            Hop::Share(share) => ((length as f64 * share.0).round() as u64).max(1),
        }
    }
}

impl std::fmt::Display for Hop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Hop::Span(span) => span.fmt(f),
            Hop::Share(share) => write!(f, "{} %", share.0 * 100.0),
        }
    }
}

impl Value for Hop {
    fn shape() -> Shape {
        Span::shape()
    }
    fn read(node: &Node) -> Result<Self, String> {
        let text = node.text()?;
        if text.trim_end().ends_with('%') {
            text.parse().map(Self::Share)
        } else {
            text.parse().map(Self::Span)
        }
    }
    fn written(&self) -> String {
        self.to_string()
    }
}

impl WindowPlan for Sliding {
    fn framing(&self) -> Option<&dyn Framing> {
        Some(self)
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.hop == Hop::Share(Share(0.0)) {
            faults.push(place.fault("hop", "is 0 %").fix("set it to at least 1 %"));
        }
        let hop = if let Hop::Span(hop) = self.hop { hop } else { self.length };
        for (key, span) in [("length", self.length), ("hop", hop)] {
            match span {
                Span::Samples(0) => {
                    faults.push(place.fault(key, "is 0 samples").fix("set it to at least 1 sample"))
                }
                Span::Samples(n) if n > LONGEST => {
                    faults.push(
                        place
                            .fault(key, format!("is {n} samples"))
                            .fix(format!("use {LONGEST} samples or less")),
                    );
                }
                _ => {}
            }
        }
        let longer = match (hop, self.length) {
            (Span::Samples(hop), Span::Samples(length)) => hop.saturating_sub(length),
            (Span::Time(hop), Span::Time(length)) if hop > length => 1,
            _ => 0,
        };
        if longer > 0 && self.gaps == Gaps::Forbid {
            let fault =
                place.fault("hop", format!("is {} but {}.length is {}", self.hop, place.part(), self.length));
            let why = match hop {
                Span::Samples(_) => format!("{longer} samples between frames would be lost"),
                Span::Time(_) => "samples between frames would be lost".into(),
            };
            faults
                .push(fault.why(why).fix(format!("set hop to {} or less, or gaps = \"allow\"", self.length)));
        }
    }
}

impl Framing for Sliding {
    fn frame(&self, rate: Hertz) -> Option<(u64, u64)> {
        let length = self.length.samples(rate);
        Some((length, self.hop.samples(length, rate)))
    }
    fn start(&self, spec: SignalSpec) -> Result<Box<dyn Window>> {
        let length = self.length.samples(spec.rate);
        let hop = self.hop.samples(length, spec.rate);
        for (name, n) in [("length", length), ("hop", hop)] {
            if n == 0 || n > LONGEST {
                let what = format!("the window's {name} is {n} samples at {}", spec.rate);
                return Err(Fault::new(what).fix(format!("choose a {name} between 1 and {LONGEST} samples")));
            }
        }
        Ok(Box::new(Cutter::new(length as usize, hop, spec)))
    }
}

/// Cuts one stream. The samples of each channel are contiguous, so that a frame is a slice and nothing is copied twice.
pub struct Cutter {
    length: usize,
    hop: u64,
    rate: Hertz,
    centre: Option<Hertz>,
    recording: i64,
    channels: Vec<Vec<f32>>,
    /// Index of the first buffered sample.
    base: u64,
    /// Index of the first sample of the next frame; `None` before the first block.
    next: Option<u64>,
}

impl Cutter {
    /// Creates a cutter of frames of `length` samples, one every `hop`.
    pub fn new(length: usize, hop: u64, spec: SignalSpec) -> Self {
        let channels = vec![Vec::new(); spec.channels];
        Self {
            length,
            hop,
            rate: spec.rate,
            centre: spec.centre,
            recording: 0,
            channels,
            base: 0,
            next: None,
        }
    }
}

impl Window for Cutter {
    fn push(&mut self, block: &Block, cut: &mut dyn FnMut(&Frame<'_>) -> Result<()>) -> Result<()> {
        if self.channels.iter().all(Vec::is_empty) {
            (self.recording, self.base) = (block.recording, block.index);
        }
        let mut next = *self.next.get_or_insert(block.index);
        for (c, channel) in self.channels.iter_mut().enumerate() {
            channel.extend_from_slice(block.channel(c));
        }
        let mut few: [&[f32]; 8] = [&[]; 8];
        let mut many: Vec<&[f32]> = vec![];
        while next + self.length as u64 <= block.end() {
            let at = (next - self.base) as usize;
            let range = at..at + self.length;
            let channels: &[&[f32]] = if self.channels.len() <= few.len() {
                few.iter_mut()
                    .zip(&self.channels)
                    .for_each(|(slot, channel)| *slot = &channel[range.clone()]);
                &few[..self.channels.len()]
            } else {
                many.clear();
                many.extend(self.channels.iter().map(|channel| &channel[range.clone()]));
                &many
            };
            let time = block.time_of(next + self.length as u64);
            let Self { recording, rate, centre, hop, .. } = *self;
            cut(&Frame { recording, start: next, time, rate, centre, hop, of: block.of, channels })?;
            next += self.hop;
        }
        self.next = Some(next);
        // used samples are removed only when there are as many of them as of those still needed
        let used = (next.min(block.end()) - self.base) as usize;
        if used >= self.length.max(16_384) {
            self.channels.iter_mut().for_each(|channel| drop(channel.drain(..used)));
            self.base += used as u64;
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.channels.iter_mut().for_each(Vec::clear);
        self.next = None;
    }

    fn skip_to(&mut self, index: u64) {
        self.next = Some(index);
    }

    fn next(&self) -> Option<Mark> {
        self.next.map(|index| Mark { recording: self.recording, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: SignalSpec = SignalSpec::real(Hertz(1000.0), 2);

    /// Every sample is its own index, so that a frame shows its position.
    fn block(index: u64, frames: usize) -> Block {
        let samples = (0..2)
            .flat_map(|c| (0..frames as u64).map(move |i| (index + i) as f32 + c as f32 * 0.5))
            .collect();
        Block { spec: SPEC, recording: 3, index, time: index as i64 * 1000, of: 0, samples }
    }

    fn cut(length: usize, hop: u64, blocks: &[usize]) -> Vec<(u64, i64, Vec<f32>)> {
        let mut window = Cutter::new(length, hop, SPEC);
        let (mut frames, mut index) = (vec![], 5);
        for n in blocks {
            let keep = |f: &Frame<'_>| {
                assert_eq!(f.channels[1].iter().map(|x| x - 0.5).collect::<Vec<_>>(), f.channels[0]);
                frames.push((f.start, f.time, f.channels[0].to_vec()));
                Ok(())
            };
            window.push(&block(index, *n), &mut { keep }).unwrap();
            index += *n as u64;
        }
        frames
    }

    #[test]
    fn any_split_into_blocks_gives_the_same_frames() {
        for (length, hop) in [(7, 3), (8, 8), (3, 10), (1, 1), (100, 1), (40_000, 16)] {
            let whole = cut(length, hop, &[60_000]);
            assert_eq!(whole.len() as u64, (60_000 - length as u64) / hop + 1);
            for (i, (start, time, samples)) in whole.iter().enumerate() {
                assert_eq!((*start, samples[0]), (5 + i as u64 * hop, *start as f32));
                assert_eq!(*time, (start + length as u64) as i64 * 1000);
            }
            let odd: Vec<usize> = [1, 255, 0, 2, 4096, 17].into_iter().cycle().take(82).collect();
            let n: usize = odd.iter().sum();
            let mut split = cut(length, hop, &odd);
            split.truncate(whole.len());
            assert_eq!(split[..], whole[..split.len()], "length {length} hop {hop} of {n}");
        }
    }
}
