//! A lane: one stream's own window and transforms, and what must be read again for them after a restart.

use super::Counters;
use crate::config::{Pipeline, Place};
use crate::data::{Data, Mark, Resume};
use crate::part::{Cut, Frame, Transform, Window};
use passband_signal::{Block, Result, SignalSpec};
use std::collections::VecDeque;

/// One stream's state.
pub struct Lane {
    window: Option<Box<dyn Window>>,
    transforms: Vec<(Place, Box<dyn Transform>)>,
    spec: Option<SignalSpec>,
    /// One past the last sample taken.
    edge: Option<Mark>,
    /// The next result begins here, beyond the edge: known from the position until there is a window.
    skip_to: Option<u64>,
    /// The blocks that unfinished results stand on: offset, and the end of the block.
    held: VecDeque<(i64, Mark)>,
    /// Offset of the newest datum.
    pub last: i64,
}

/// What a datum is to its lane.
enum Follows {
    Next,
    Gap(u64),
    Recording,
    Overlap(usize),
    Repeat,
    Late,
}

impl Lane {
    /// A new lane; `resume` is where its next result begins, from the position.
    pub fn new(resume: Option<Resume>) -> Self {
        let edge = resume.map(|r| Mark { index: r.edge.unwrap_or(r.next.index), ..r.next });
        Self {
            skip_to: resume.filter(|r| r.edge.is_some()).map(|r| r.next.index),
            window: None,
            transforms: vec![],
            spec: None,
            edge,
            held: VecDeque::new(),
            last: 0,
        }
    }

    /// Takes a datum and gives the results that it completes. `silent`: it was counted before the restart.
    pub fn push(
        &mut self,
        pipeline: &Pipeline,
        offset: i64,
        data: Data,
        silent: bool,
        counters: &Counters,
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        self.last = offset;
        let (start, end) = extent(&data);
        let kind = self.place(start, end, &data);
        match kind {
            Follows::Repeat if !silent => counters.duplicate.add(1),
            Follows::Late if !silent => counters.late.add(1),
            Follows::Repeat | Follows::Late => {}
            _ if !silent => counters.folded.add(1),
            _ => {}
        }
        let data = match (kind, data) {
            (Follows::Repeat | Follows::Late, _) => return Ok(()),
            (Follows::Overlap(known), Data::Samples(block)) => Data::Samples(without(block, known)),
            (Follows::Gap(lost), data) => {
                if !silent {
                    counters.gaps.add(1);
                    counters.lost_samples.add(lost);
                }
                self.restart();
                data
            }
            (Follows::Recording, data) => {
                if !silent {
                    counters.restarts.add(1);
                }
                self.restart();
                data
            }
            (_, data) => data,
        };
        self.edge = Some(end);
        self.prepare(pipeline, &data)?;
        if self.window.is_some() || !self.transforms.is_empty() {
            self.held.push_back((offset, end));
        }
        let Self { window, transforms, .. } = self;
        match (window, &data) {
            (Some(window), Data::Samples(block)) => window.push(block, &mut |frame: &Frame<'_>| {
                counters.frames.add(1);
                chain(transforms, Cut::Frame(frame), give)
            })?,
            (None, row) if !transforms.is_empty() => chain(transforms, Cut::Row(row), give)?,
            _ => return give(data),
        }
        self.release();
        Ok(())
    }

    /// How `data` follows what came before.
    fn place(&self, start: Mark, end: Mark, data: &Data) -> Follows {
        let Some(edge) = self.edge else { return Follows::Next };
        if start.recording != edge.recording {
            return if start.recording < edge.recording { Follows::Late } else { Follows::Recording };
        }
        match data {
            _ if end.index <= edge.index => Follows::Repeat,
            Data::Samples(_) if start.index < edge.index => {
                Follows::Overlap((edge.index - start.index) as usize)
            }
            Data::Samples(_) if start.index > edge.index => Follows::Gap(start.index - edge.index),
            // spectra overlap by nature; a start beyond the usual hop shows a gap that was counted where samples are
            Data::Spectrum(s) if start.index > edge.index + s.hop - 1 => Follows::Gap(0),
            _ => Follows::Next,
        }
    }

    /// Makes window and transforms for the stream as it is from now on.
    fn prepare(&mut self, pipeline: &Pipeline, data: &Data) -> Result<()> {
        if let (Data::Samples(block), Some(window)) = (data, &pipeline.window)
            && self.spec != Some(block.spec)
        {
            self.spec = Some(block.spec);
            let mut window = window.plan.start(block.spec).map_err(|f| f.within(&window.place.whole()))?;
            if let Some(index) = self.skip_to.take() {
                window.skip_to(index);
            }
            self.window = Some(window);
            self.transforms.clear();
        }
        if self.transforms.is_empty() {
            for transform in &pipeline.transforms {
                let place = transform.place.clone();
                self.transforms
                    .push((place, transform.plan.start().map_err(|f| f.within(&transform.place.whole()))?));
            }
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.skip_to = None;
        if let Some(window) = &mut self.window {
            window.restart();
        }
        self.transforms.iter_mut().for_each(|(_, t)| t.restart());
        self.held.clear();
    }

    /// Where this lane resumes: at the first sample of its next result.
    pub fn resume(&self) -> Option<Resume> {
        let pending = self.transforms.iter().filter_map(|(_, t)| t.pending());
        let edge = self.edge?;
        let window = match &self.window {
            Some(window) => window.next(),
            None => self.skip_to.map(|index| Mark { index, ..edge }),
        };
        let next = pending.chain([window.unwrap_or(edge)]).min()?;
        Some(Resume { next, edge: (next > edge).then_some(edge.index) })
    }

    /// Lets go of blocks that no result to come needs.
    fn release(&mut self) {
        let Some(Resume { next, .. }) = self.resume() else { return };
        while self.held.front().is_some_and(|(_, end)| *end <= next) {
            self.held.pop_front();
        }
    }

    /// The oldest datum that a result to come needs.
    pub fn oldest(&self) -> Option<i64> {
        self.held.front().map(|(offset, _)| *offset)
    }
}

fn chain(
    transforms: &mut [(Place, Box<dyn Transform>)],
    cut: Cut<'_>,
    give: &mut dyn FnMut(Data) -> Result<()>,
) -> Result<()> {
    let Some(((place, first), rest)) = transforms.split_first_mut() else { return Ok(()) };
    let taken = match rest {
        [] => first.take(cut, give),
        rest => first.take(cut, &mut |row| chain(rest, Cut::Row(&row), give)),
    };
    taken.map_err(|fault| fault.at(place.whole()))
}

fn extent(data: &Data) -> (Mark, Mark) {
    let mark = |recording, index| Mark { recording, index };
    match data {
        Data::Samples(b) => (mark(b.recording, b.index), mark(b.recording, b.end())),
        // a spectrum is one row: the next may start right after this one's start
        Data::Spectrum(s) => (mark(s.recording, s.start), mark(s.recording, s.start + 1)),
    }
}

/// The block without its first samples, which are known already.
fn without(block: Block, known: usize) -> Block {
    let samples = (0..block.spec.channels).flat_map(|c| block.channel(c)[known..].iter().copied()).collect();
    let index = block.index + known as u64;
    Block { time: block.time_of(index), index, samples, ..block }
}
