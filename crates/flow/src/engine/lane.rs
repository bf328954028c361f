//! A lane: one stream's own window and transforms, and what must be read again for them after a restart.

use super::Tally;
use super::chain::{Link, all, chain, links, onward};
use super::recordings::{self, Piece, Recordings};
use crate::config::Pipeline;
use crate::data::{Data, Mark, Origin, Pane, Readings, Refusal, Resume};
use crate::keyed::Keyed;
use crate::part::{Cut, Frame, Window};
use passband_signal::{Result, SignalSpec};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// One stream's state.
pub struct Lane {
    window: Option<Box<dyn Window>>,
    transforms: Vec<Link>,
    spec: Option<SignalSpec>,
    /// One past the last sample taken.
    edge: Option<Mark>,
    /// The next result begins here, beyond the edge: known from the position until there is a window.
    skip_to: Option<u64>,
    /// The blocks that unfinished results stand on: offset, and the end of the block.
    held: VecDeque<(i64, Mark)>,
    /// Offset of the newest datum.
    pub last: i64,
    /// How many results it has given.
    pub given: u64,
    /// Where pieces of recordings come in any order.
    recordings: Option<Recordings>,
    /// Pieces before this offset are part of results that were given before a restart.
    needed: i64,
    /// The first sample that was needed then.
    place: Option<Mark>,
    /// Where readings are folded.
    keyed: Option<Keyed>,
    /// The shard.
    shard: i32,
}

/// Where a datum stood in its shard, and before which offset everything was counted before the restart.
#[derive(Clone, Copy)]
pub struct At {
    pub offset: i64,
    pub known: i64,
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
    /// Before it, everything before offset `reached` had come.
    pub fn new(pipeline: &Pipeline, shard: i32, resume: Option<Resume>, reached: i64) -> Self {
        let closed = resume.as_ref().map_or(&[][..], |r| &r.closed);
        let needed = resume.as_ref().and_then(|r| r.offset).unwrap_or(0);
        let recordings = pipeline.groups().map(|groups| Recordings::new(groups, closed, reached, needed));
        let place = resume.as_ref().map(|r| r.next);
        let watermark = resume.as_ref().and_then(|r| r.watermark);
        let saved = pipeline.saves();
        let keyed = pipeline.keyed().map(|(clock, sums)| Keyed::new(clock, sums, watermark, needed, saved));
        let resume = resume.as_ref().filter(|_| recordings.is_none() && keyed.is_none());
        let edge = resume.map(|r| Mark { index: r.edge.unwrap_or(r.next.index), ..r.next });
        Self {
            skip_to: resume.filter(|r| r.edge.is_some()).map(|r| r.next.index),
            window: None,
            transforms: vec![],
            spec: None,
            edge,
            held: VecDeque::new(),
            last: 0,
            given: 0,
            recordings,
            needed,
            place,
            keyed,
            shard,
        }
    }

    /// Takes a datum and gives the results that it completes.
    pub fn push(
        &mut self,
        pipeline: &Pipeline,
        At { offset, known }: At,
        data: Data,
        counters: Tally<'_>,
        refuse: &mut dyn FnMut(Refusal),
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        self.last = offset;
        if let Data::Readings(readings) = &data
            && self.keyed.is_some()
        {
            return self.readings(pipeline, readings, known, counters, refuse, give);
        }
        let silent = offset < known;
        if self.recordings.is_some() {
            return self.piece(pipeline, At { offset, known }, data, counters, refuse, give);
        }
        let (start, end) = extent(&data);
        let kind = self.place(start, end, &data);
        // readings that are not folded come many at once
        let came = match &data {
            Data::Readings(readings) => {
                readings.iter().filter(|one| one.arrival.offset >= known).count() as u64
            }
            _ => u64::from(!silent),
        };
        match kind {
            Follows::Repeat => counters.duplicate.add(came),
            Follows::Late => counters.late.add(came),
            _ => counters.folded.add(came),
        }
        let data = match (kind, data) {
            (Follows::Repeat | Follows::Late, _) => return Ok(()),
            (Follows::Overlap(known), Data::Samples(block)) => {
                let from = block.index + known as u64;
                Data::Samples(block.part(from..block.end()))
            }
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
                self.end(give)?;
                self.restart();
                data
            }
            (_, data) => data,
        };
        self.prepare(pipeline, &data)?;
        let ordered = matches!(data, Data::Samples(_) | Data::Spectrum(_));
        if ordered {
            self.edge = Some(end);
        }
        if ordered && (self.window.is_some() || !self.transforms.is_empty()) {
            self.held.push_back((offset, end));
        }
        let Self { window, transforms, .. } = self;
        match (window, data) {
            (Some(window), Data::Samples(block)) => window.push(&block, &mut |frame: &Frame<'_>| {
                counters.frames.add(1);
                chain(transforms, Cut::Frame(frame), give)
            })?,
            (None, row) if !transforms.is_empty() => chain(transforms, Cut::Row(row), give)?,
            (_, data) => return give(data),
        }
        self.release();
        Ok(())
    }

    /// The recording that comes in order is over: what reaches over its end is given.
    pub fn end(&mut self, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        match self.edge {
            Some(edge) if self.recordings.is_none() && self.keyed.is_none() => {
                self.close(edge.recording, give)
            }
            _ => Ok(()),
        }
    }

    /// Takes a piece of a recording, where pieces come in any order.
    fn piece(
        &mut self,
        pipeline: &Pipeline,
        At { offset, known }: At,
        data: Data,
        counters: Tally<'_>,
        refuse: &mut dyn FnMut(Refusal),
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        let silent = offset < known;
        if offset < self.needed {
            return Ok(()); // another stream of this shard needs it to be read again
        }
        if let (Data::Samples(block), Some(spec)) = (&data, self.spec)
            && block.spec != spec
        {
            // what is measured differently cannot be part of the same recording
            self.overdue(true, false, give)?;
        }
        self.prepare(pipeline, &data)?;
        let Some(recordings) = &mut self.recordings else { return Ok(()) };
        // shares were sent with the positions: what is read again is in them
        let known = silent && recordings.shares();
        let recording = recording_of(&data);
        if let (Data::Samples(block), Some(length)) = (&data, pipeline.scan())
            && !silent
            && block.of > 0
            && block.end() == block.of
        {
            counters.left_over.add(block.of % length);
        }
        let piece = recordings.take(&data, offset);
        match piece {
            Piece::Beyond if !silent => {
                counters.refused.add(1);
                let scans = recordings::MOST_SCANS;
                let (Mark { recording, .. }, Mark { index, .. }) = extent(&data);
                refuse(Refusal {
                    origin: Origin::default(),
                    place: format!("recording {recording}, up to sample {index}"),
                    reason: format!("a recording of more than {scans} scans cannot be kept account of"),
                    bytes: vec![],
                });
            }
            Piece::Late if !silent => counters.late.add(1),
            Piece::Past if !silent => counters.duplicate.add(1),
            Piece::Empty if !silent => counters.came.folded.add(1),
            Piece::Again(scans) if !known => {
                if !silent {
                    counters.duplicate.add(1);
                }
                self.transforms.iter_mut().for_each(|link| link.transform.again(recording, scans));
            }
            Piece::New if !known => {
                if !silent {
                    counters.came.folded.add(1);
                }
                let Self { window, transforms, .. } = self;
                match (window, data) {
                    (Some(window), Data::Samples(block)) => {
                        window.push(&block, &mut |frame: &Frame<'_>| {
                            counters.came.frames.add(1);
                            chain(transforms, Cut::Frame(frame), give)
                        })?
                    }
                    (_, row) => chain(transforms, Cut::Row(row), give)?,
                }
            }
            // its scans are in a share, but the next may begin in it
            Piece::New => {
                if let (Some(window), Data::Samples(block)) = (&mut self.window, &data) {
                    window.push(block, &mut |_| Ok(()))?;
                }
            }
            _ => {}
        }
        while let Some(recording) = self.recordings.as_mut().and_then(Recordings::due) {
            self.close(recording, give)?;
        }
        Ok(())
    }

    /// Folds readings.
    fn readings(
        &mut self,
        pipeline: &Pipeline,
        readings: &Readings,
        known: i64,
        counters: Tally<'_>,
        refuse: &mut dyn FnMut(Refusal),
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        self.make(pipeline)?;
        let Self { keyed: Some(keyed), transforms, needed, .. } = self else { return Ok(()) };
        keyed.take(readings, known, *needed, counters, refuse, &mut |aggregate| {
            onward(transforms, Data::row(aggregate), give)
        })
    }

    fn close(&mut self, recording: i64, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        all(&mut self.transforms, give, &mut |transform, give| transform.close(recording, give))
    }

    /// Gives the shares that must be safe with the positions; `at_once` also what is not due yet.
    pub fn settle(&mut self, at_once: bool, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        if let Some(keyed) = &mut self.keyed {
            let (shard, of, mut given) = (self.shard, keyed.of(), Ok(()));
            keyed.save(at_once, &mut |part| {
                if given.is_ok() {
                    given = give(Data::Pane(Box::new(Pane { shard, of, part })));
                }
            });
            return given;
        }
        if !self.recordings.as_ref().is_some_and(Recordings::shares) {
            return Ok(());
        }
        all(&mut self.transforms, give, &mut |transform, give| transform.settle(give))
    }

    /// Closes recordings of which nothing has come for too long; at the end of the source, all of them.
    pub fn overdue(
        &mut self,
        end: bool,
        replaying: bool,
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        if let Some(keyed) = &mut self.keyed {
            let transforms = &mut self.transforms;
            // what is still to be read again would be missing in what is closed now
            if replaying && !end {
                return Ok(());
            }
            return keyed.idle(end, &mut |aggregate| onward(transforms, Data::row(aggregate), give));
        }
        if end {
            self.end(give)?;
        }
        while let Some(recordings) = &mut self.recordings {
            let closed = if end { recordings.oldest_closed() } else { recordings.overdue(Instant::now()) };
            let Some(recording) = closed else { break };
            self.close(recording, give)?;
        }
        Ok(())
    }

    /// What stood still did not let pieces come.
    pub fn forward(&mut self, stood: Duration) {
        if let Some(recordings) = &mut self.recordings {
            recordings.forward(stood);
        }
    }

    /// Forgets what is unfinished; what transforms carry stays.
    pub fn give_up(&mut self) {
        if let Some(window) = &mut self.window {
            window.restart();
        }
        if let Some(recordings) = &mut self.recordings {
            recordings.give_up();
        }
        self.held.clear();
    }

    /// Whether something is still to be saved.
    pub fn unsaved(&self) -> bool {
        self.keyed.as_ref().is_some_and(Keyed::unsaved)
    }

    /// Whether a recording may become overdue.
    pub fn waits(&self) -> bool {
        self.recordings.as_ref().is_some_and(Recordings::waits)
            || self.keyed.as_ref().is_some_and(Keyed::waits)
    }

    /// What was carried over a restart, for transforms that carry.
    pub fn carry_on(&mut self, pipeline: &Pipeline, state: &[Data]) -> Result<()> {
        self.make(pipeline)?;
        if let Some(keyed) = &mut self.keyed {
            return keyed.restore(state);
        }
        self.transforms.iter_mut().try_for_each(|link| match link.carries {
            true => link.transform.carry_on(state).map_err(|fault| fault.at(link.place.whole())),
            false => Ok(()),
        })
    }

    /// How `data` follows what came before.
    fn place(&self, start: Mark, end: Mark, data: &Data) -> Follows {
        let Some(edge) = self.edge else { return Follows::Next };
        if !matches!(data, Data::Samples(_) | Data::Spectrum(_)) {
            return Follows::Next; // rows that stand for many frames have no index to follow
        }
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
            Data::Spectrum(s) if start.index > edge.index.saturating_add(s.hop.saturating_sub(1)) => {
                Follows::Gap(0)
            }
            _ => Follows::Next,
        }
    }

    /// Makes window and transforms for the stream as it is from now on.
    fn prepare(&mut self, pipeline: &Pipeline, data: &Data) -> Result<()> {
        if let (Data::Samples(block), Some(window)) = (data, &pipeline.window)
            && self.spec != Some(block.spec)
        {
            let known = self.spec.replace(block.spec).is_some();
            let mut window = window.plan.start(block.spec).map_err(|f| f.within(&window.place.whole()))?;
            if let Some(index) = self.skip_to.take() {
                window.skip_to(index);
            }
            self.window = Some(window);
            // transforms over recordings go on with the next
            if known && self.recordings.is_none() {
                self.transforms.clear();
            }
        }
        self.make(pipeline)
    }

    /// Makes the transforms.
    fn make(&mut self, pipeline: &Pipeline) -> Result<()> {
        if self.transforms.is_empty() {
            self.transforms = links(pipeline, pipeline.apart().map_or(0, |apart| apart.transforms)..)?;
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.skip_to = None;
        if let Some(window) = &mut self.window {
            window.restart();
        }
        self.transforms.iter_mut().for_each(|link| link.transform.restart());
        self.held.clear();
    }

    /// Where this lane resumes: at the first sample of its next result.
    pub fn resume(&self) -> Option<Resume> {
        if let Some(keyed) = &self.keyed {
            let (next, offset) = (Mark { recording: 0, index: 0 }, Some(keyed.needed()));
            return Some(Resume { next, edge: None, offset, closed: vec![], watermark: keyed.watermark() });
        }
        if let Some(recordings) = &self.recordings {
            let next = recordings.mark().or(self.place)?;
            let (offset, closed) = (Some(recordings.needed()), recordings.closed());
            return Some(Resume { next, edge: None, offset, closed, watermark: None });
        }
        let pending = self.transforms.iter().filter_map(|link| link.transform.pending());
        let edge = self.edge?;
        let window = match &self.window {
            Some(window) => window.next(),
            None => self.skip_to.map(|index| Mark { index, ..edge }),
        };
        let next = pending.chain([window.unwrap_or(edge)]).min()?;
        Some(Resume {
            next,
            edge: (next > edge).then_some(edge.index),
            offset: None,
            closed: vec![],
            watermark: None,
        })
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
        if let Some(keyed) = &self.keyed {
            return keyed.oldest();
        }
        if let Some(recordings) = &self.recordings {
            return recordings.first();
        }
        self.held.front().map(|(offset, _)| *offset)
    }
}

fn recording_of(data: &Data) -> i64 {
    extent(data).0.recording
}

fn extent(data: &Data) -> (Mark, Mark) {
    let mark = |recording, index| Mark { recording, index };
    match data {
        Data::Samples(b) => (mark(b.recording, b.index), mark(b.recording, b.end())),
        // rows that stand for many frames have no index
        Data::Row(row) => {
            let recording = row.share().map_or(0, |share| share.recording);
            (mark(recording, 0), mark(recording, 0))
        }
        Data::Readings(_) | Data::Pane(_) | Data::Example(_) => (mark(0, 0), mark(0, 1)),
        // a spectrum is one row: the next may start right after this one's start
        Data::Spectrum(s) => (mark(s.recording, s.start), mark(s.recording, s.start.saturating_add(1))),
    }
}
