//! Samples and spectra in order: the index determines whether a block is next, after a gap, repeated or late.

use super::chain::Chain;
use super::{At, Cuts, Give, Onto};
use crate::data::{Data, FileInfo, Mark, Resume};
use crate::part::{Cut, Frame, Passes, Placed, TransformPlan, Window, WindowPlan};
use passband_signal::{Block, Result, SignalSpec};
use std::collections::VecDeque;
use std::sync::Arc;

/// A stream of ordered data. Rows that represent several frames have no index, and pass through the transforms one by
/// one.
pub struct Ordered<'a> {
    window: Windowing<'a>,
    chain: Chain<'a>,
    /// One past the last sample processed.
    edge: Option<Mark>,
    /// The blocks that unfinished results depend on: offset, and the end of the block.
    held: VecDeque<(i64, Mark)>,
}

/// The window of a stream, created anew whenever the format of the signal changes.
pub struct Windowing<'a> {
    plan: Option<&'a Placed<dyn WindowPlan>>,
    window: Option<Box<dyn Window>>,
    spec: Option<SignalSpec>,
    /// The start of the next result, beyond the edge: known from the position until there is a window.
    skip_to: Option<u64>,
}

/// The relation of a datum to the previous one.
enum Follows {
    Next,
    Gap(u64),
    Recording,
    Overlap(usize),
    Repeat,
    Late,
}

impl<'a> Windowing<'a> {
    /// A state without a window yet.
    pub fn new(plan: Option<&'a Placed<dyn WindowPlan>>, skip_to: Option<u64>) -> Self {
        Self { plan, window: None, spec: None, skip_to }
    }
    /// The format of the samples so far.
    pub fn spec(&self) -> Option<SignalSpec> {
        self.spec
    }
    /// Creates a window for this format unless there is one. Returns true if another one was replaced.
    pub fn prepare(&mut self, spec: SignalSpec) -> Result<bool> {
        let Some(plan) = self.plan.filter(|_| self.spec != Some(spec)) else { return Ok(false) };
        let Some(framing) = plan.plan.framing() else { return Ok(false) };
        let known = self.spec.replace(spec).is_some();
        let mut window = framing.start(spec).map_err(|fault| fault.within(&plan.place.whole()))?;
        if let Some(index) = self.skip_to.take() {
            window.skip_to(index);
        }
        self.window = Some(window);
        Ok(known)
    }
    /// Cuts a block, if there is a window.
    pub fn cut(
        &mut self,
        block: &Block,
        each: &mut dyn FnMut(&Frame<'_>) -> Result<()>,
    ) -> Option<Result<()>> {
        self.window.as_mut().map(|window| window.push(block, each))
    }
    /// Starts again, after a gap.
    pub fn restart(&mut self) {
        self.skip_to = None;
        self.window.iter_mut().for_each(|window| window.restart());
    }
    /// Discards samples that are in no frame.
    pub fn drop_unfinished(&mut self) {
        self.window.iter_mut().for_each(|window| window.restart());
    }
}

impl<'a> Ordered<'a> {
    /// A stream that resumes at its position.
    pub fn new(
        window: Option<&'a Placed<dyn WindowPlan>>,
        transforms: &'a [Placed<dyn TransformPlan>],
        resume: Option<&Resume>,
    ) -> Self {
        let skip_to = resume.filter(|resume| resume.edge.is_some()).map(|resume| resume.next.index);
        let edge =
            resume.map(|resume| Mark { index: resume.edge.unwrap_or(resume.next.index), ..resume.next });
        let window = Windowing::new(window, skip_to);
        Self { window, chain: Chain::new(transforms), edge, held: VecDeque::new() }
    }

    /// The relation of samples or a spectrum to the previous data.
    fn follows(&self, start: Mark, end: Mark, data: &Data) -> Follows {
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
            // spectra overlap; a start beyond the usual hop is a gap that was counted where the samples were cut
            Data::Spectrum(s) if start.index > edge.index.saturating_add(s.hop.saturating_sub(1)) => {
                Follows::Gap(0)
            }
            _ => Follows::Next,
        }
    }

    /// Processes samples or a spectrum.
    fn sequence(
        &mut self,
        at: At,
        (start, end): (Mark, Mark),
        data: Data,
        onto: &mut Onto<'_>,
    ) -> Result<()> {
        let (tally, came) = (onto.tally, u64::from(!at.is_replayed()));
        let data = match (self.follows(start, end, &data), data) {
            (Follows::Repeat, _) => {
                tally.duplicate.add(came);
                return Ok(());
            }
            (Follows::Late, _) => {
                tally.late.add(came);
                return Ok(());
            }
            (Follows::Overlap(known), Data::Samples(block)) => {
                let from = block.index + known as u64;
                Data::Samples(block.part(from..block.end()))
            }
            (Follows::Gap(lost), data) => {
                tally.gaps.add(came);
                tally.lost_samples.add(if came > 0 { lost } else { 0 });
                self.restart();
                data
            }
            (Follows::Recording, data) => {
                tally.restarts.add(came);
                self.end(onto.give)?;
                self.restart();
                data
            }
            (_, data) => data,
        };
        tally.folded.add(came);
        if let Data::Samples(block) = &data
            && self.window.prepare(block.spec)?
        {
            self.chain.clear();
        }
        self.chain.start()?;
        self.edge = Some(end);
        let Self { window, chain, .. } = self;
        if window.plan.is_some() || !chain.is_empty() {
            self.held.push_back((at.offset, end));
        }
        let frames = match &data {
            Data::Samples(block) => window.cut(block, &mut |frame| {
                tally.frames.add(1);
                chain.take(Cut::Frame(frame), onto.give)
            }),
            _ => None,
        };
        match frames {
            Some(cut) => cut?,
            None => chain.onward(data, onto.give)?,
        }
        self.release();
        Ok(())
    }

    fn restart(&mut self) {
        self.window.restart();
        self.chain.restart();
        self.held.clear();
    }

    /// Releases blocks that no future result needs.
    fn release(&mut self) {
        let Some(Resume { next, .. }) = self.resume() else { return };
        while self.held.front().is_some_and(|(_, end)| *end <= next) {
            self.held.pop_front();
        }
    }
}

impl Cuts for Ordered<'_> {
    fn begin(&mut self, file: &Arc<FileInfo>, passes: Passes) -> Result<()> {
        self.chain.begin(file, passes)
    }

    fn needs_pass(&mut self) -> bool {
        let again = self.chain.needs_pass();
        if again {
            self.window.restart();
            self.held.clear();
            self.edge = None;
        }
        again
    }

    fn take(&mut self, at: At, data: Data, onto: &mut Onto<'_>) -> Result<()> {
        let mark = |recording, index| Mark { recording, index };
        match &data {
            Data::Samples(b) => {
                let range = (mark(b.recording, b.index), mark(b.recording, b.end()));
                self.sequence(at, range, data, onto)
            }
            // a spectrum is one row: the next may start right after this one's start
            Data::Spectrum(s) => {
                let range = (mark(s.recording, s.start), mark(s.recording, s.start.saturating_add(1)));
                self.sequence(at, range, data, onto)
            }
            row => {
                // readings that are not folded arrive in batches
                let came = match row {
                    Data::Readings(readings) => {
                        let new = readings.iter().filter(|reading| reading.arrival.offset >= at.known);
                        new.count() as u64
                    }
                    _ => u64::from(!at.is_replayed()),
                };
                onto.tally.folded.add(came);
                self.chain.start()?;
                self.chain.onward(data, onto.give)
            }
        }
    }

    fn end(&mut self, give: Give<'_>) -> Result<()> {
        let Some(edge) = self.edge else { return Ok(()) };
        self.chain.close(edge.recording, give)
    }

    fn close(&mut self, give: Give<'_>) -> Result<()> {
        self.end(give)
    }

    fn restore(&mut self, state: &[Data]) -> Result<()> {
        self.chain.start()?;
        self.chain.restore(state)
    }

    fn drop_unfinished(&mut self) {
        self.window.drop_unfinished();
        self.held.clear();
    }

    fn resume(&self) -> Option<Resume> {
        let edge = self.edge?;
        let window = match &self.window.window {
            Some(window) => window.next(),
            None => self.window.skip_to.map(|index| Mark { index, ..edge }),
        };
        let next = self.chain.pending().chain([window.unwrap_or(edge)]).min()?;
        let edge = (next > edge).then_some(edge.index);
        Some(Resume { next, edge, offset: None, closed: vec![], watermark: None })
    }

    fn oldest(&self) -> Option<i64> {
        self.held.front().map(|(offset, _)| *offset)
    }
}
