//! The worker thread: routes streams into lanes, folds lanes into results, and sends results and positions to
//! the delivering thread.

use super::apart::Taken;
use super::lane::Lane;
use super::outward::{Onward, Outward, Place};
use super::{Checkpoint, Delivery, Pipeline};
use crate::cut::{At, Onto, Stage};
use crate::data::{Data, Input, Origin, Position, Positions, Refusal, Resume, Stream};
use crate::part::{Commit, Control, Load, Passes, Tally};
use passband_signal::Result;
use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Number of offsets of its shard without a datum after which a stream is considered over and no longer holds
/// back the position. The criterion is the log, not the clock, so a replay makes the same decision, and a
/// sender with a wrong clock does not end other streams.
const OVER: i64 = 200_000;

/// Interval at which overdue recordings are looked for.
const CLOCK: Duration = Duration::from_millis(250);

/// A part of the source with its own order.
#[derive(Default)]
struct Shard<'a> {
    lanes: HashMap<Stream, Lane<'a>>,
    /// Recordings that could not be measured; the rest of their data is skipped.
    unfit: HashSet<Stream>,
    /// One past the last offset taken.
    reached: i64,
    /// Data below this offset was counted before the restart.
    silent: i64,
    resume: BTreeMap<String, Resume>,
    /// State carried over the restart, by stream.
    state: HashMap<Stream, Vec<Data>>,
}

pub struct Worker<'a> {
    pub pipeline: &'a Pipeline,
    pub control: &'a Control,
    pub every: Duration,
    out: Box<dyn Onward + 'a>,
    tally: Tally<'a>,
    /// How many times recordings can be read.
    passes: Passes,
    /// Whether the recording that has ended must be read again.
    again: bool,
    /// Loads the state that is carried over a restart.
    carried: Option<&'a dyn Load>,
    /// Cuts and folds each stream.
    stage: Stage<'a>,
    shards: BTreeMap<i32, Shard<'a>>,
}

impl<'a> Worker<'a> {
    pub fn new(
        pipeline: &'a Pipeline,
        control: &'a Control,
        tally: Tally<'a>,
        every: Duration,
        out: impl Onward + 'a,
    ) -> Self {
        let (stage, out) = (pipeline.stage(), Box::new(out));
        Self {
            pipeline,
            control,
            tally,
            every,
            out,
            passes: Passes::One,
            again: false,
            carried: None,
            stage,
            shards: BTreeMap::new(),
        }
    }

    /// A worker for recordings that can be read as often as transforms require.
    pub fn repeating(self) -> Self {
        Self { passes: Passes::Any, ..self }
    }

    /// Whether the recording that has ended must be read again.
    pub fn wants_again(&mut self) -> bool {
        std::mem::take(&mut self.again)
    }

    /// Sets the loader of the state that is carried over a restart.
    pub fn carrying(self, carried: Option<&'a dyn Load>) -> Self {
        Self { carried, ..self }
    }

    /// Runs until the source closes its queue. If the delivering thread has ended, it has reported its fault
    /// itself.
    pub fn run(mut self, given: Vec<Input>, mut batches: Taken) -> Result<()> {
        for input in given {
            self.input(input, Delivery::default())?;
        }
        let (mut dirty, mut last) = (false, Instant::now());
        loop {
            // deadlines are checked when the queue is empty
            let next = match batches.try_recv() {
                Err(TryRecvError::Empty) => {
                    let mut delivery = Delivery::default();
                    dirty |= self.overdue(false, &mut delivery)?;
                    if !delivery.is_empty() && !self.out.send(delivery) {
                        return Ok(());
                    }
                    let mut wait = match dirty {
                        true => self.every.saturating_sub(last.elapsed()),
                        false => Duration::from_secs(3600),
                    };
                    if self.lanes().any(|lane| lane.cuts.may_expire()) {
                        wait = wait.min(CLOCK);
                    }
                    batches.recv_timeout(wait)
                }
                next => next.map_err(|_| RecvTimeoutError::Disconnected),
            };
            let began = Instant::now();
            let mut delivery = Delivery::default();
            let over = match next {
                Ok(batch) => {
                    dirty |= !batch.is_empty();
                    for input in batch {
                        delivery = self.input(input, delivery)?;
                        if delivery.is_full() && !self.out.send(std::mem::take(&mut delivery)) {
                            return Ok(());
                        }
                    }
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            // for a consumer group, the next start completes unfinished cuts
            if over && !self.control.stopping() && !self.pipeline.source.plan.keeps_positions() {
                dirty |= self.overdue(true, &mut delivery)?;
            }
            // a source that has lost its shards to another process must not settle them when it ends
            let lost = over && self.control.aborted() && self.pipeline.source.plan.keeps_positions();
            if (over || dirty && last.elapsed() >= self.every) && !lost {
                self.settle(over, &mut delivery)?;
                let when = if over { Commit::Now } else { Commit::Due };
                delivery.checkpoint = Some(self.checkpoint(when, None));
                // unsaved state is saved at the next settlement, even if no more data arrives
                (dirty, last) = (self.lanes().any(|lane| lane.cuts.is_unsaved()), Instant::now());
            }
            let gone = !delivery.is_empty() && !self.out.send(delivery);
            if over || gone {
                return Ok(());
            }
            let stood = began.elapsed();
            if stood > CLOCK {
                let lanes = self.shards.values_mut().flat_map(|shard| shard.lanes.values_mut());
                lanes.for_each(|lane| lane.cuts.exclude(stood));
            }
        }
    }

    /// Processes a batch of a source and sends the results.
    pub fn batch(&mut self, batch: &mut Vec<Input>) -> Result<()> {
        let mut delivery = Delivery::default();
        for input in batch.drain(..) {
            delivery = self.input(input, delivery)?;
            if delivery.is_full() && !self.out.send(std::mem::take(&mut delivery)) {
                return Ok(());
            }
        }
        if !delivery.is_empty() {
            self.out.send(delivery);
        }
        Ok(())
    }

    /// Refuses a whole recording and discards its unfinished results.
    pub fn refuse_recording(&mut self, stream: &Stream, reason: String) {
        let mut delivery = Delivery::default();
        self.unfit(stream, reason, &mut delivery);
        self.out.send(delivery);
    }

    pub fn input(&mut self, input: Input, mut delivery: Delivery) -> Result<Delivery> {
        let counters = self.tally;
        match input {
            Input::Datum(stream, origin, data) => self.datum(stream, origin, data, &mut delivery)?,
            Input::Refused(refusal) => {
                let refusal = refusal.redacted();
                let shard = self.shards.entry(refusal.origin.shard).or_default();
                let silent = shard.reach(refusal.origin);
                if !silent {
                    counters.came.r#in.add(1);
                    counters.refused.add(1);
                    self.control.refused(&refusal.place, &refusal.reason);
                    delivery.refused.push(refusal);
                }
            }
            Input::Began(stream, shard, file) => {
                let of = self.shards.entry(shard).or_default();
                of.lane(&self.stage, shard, &stream)?.cuts.begin(&file, self.passes)?;
            }
            Input::Ended(stream, shard) => {
                let Some(of) = self.shards.get_mut(&shard) else { return Ok(delivery) };
                let lane = of.lanes.get_mut(&stream).filter(|_| self.passes == Passes::Any);
                if lane.is_some_and(|lane| lane.cuts.needs_pass()) {
                    // all of its data was counted
                    (of.silent, self.again) = (i64::MAX, true);
                    return Ok(delivery);
                }
                of.unfit.remove(&stream);
                if let Some(mut lane) = of.lanes.remove(&stream) {
                    let outputs = &mut delivery.outputs;
                    let mut outward = Outward { tally: counters, out: &*self.out, outputs };
                    let offset = Cell::new(of.reached);
                    let place = Place { shard, offset: &offset };
                    let mut given = lane.given;
                    let ended = lane.cuts.end(&mut |data| {
                        given += 1;
                        outward.give(&stream, place, data)
                    });
                    match ended {
                        Err(fault) => self.unfit(&stream, fault.to_string(), &mut delivery),
                        Ok(()) if given == 0 => {
                            let reason = "it gave no result: it is shorter than a frame".to_owned();
                            self.unfit(&stream, reason, &mut delivery);
                        }
                        Ok(()) => {}
                    }
                }
            }
            Input::Assigned(id, position) => {
                let mut state = HashMap::new();
                if let Some(carried) = self.carried {
                    // data that is still in process must become part of the state that is loaded
                    let (done, settled) = sync_channel(1);
                    self.settle(false, &mut delivery)?;
                    delivery.checkpoint = Some(self.checkpoint(Commit::Due, Some(done)));
                    if self.out.send(std::mem::take(&mut delivery)) {
                        let _ = settled.recv();
                    }
                    // the previous owner of this shard may have added to it
                    state = carried.load(id)?;
                }
                let Position { offset, reached: silent, resume, .. } = position.unwrap_or_default();
                let mut shard = Shard { silent, resume, state, ..Shard::default() };
                // windows may close before any data arrives
                if self.stage.is_saved() {
                    shard.reached = offset;
                    for stream in shard.state.keys().cloned().collect::<Vec<_>>() {
                        shard.lane(&self.stage, id, &stream)?;
                    }
                }
                self.shards.insert(id, shard);
            }
            Input::Revoked(shards, done) => {
                // the results of these shards are settled before another process continues with them
                self.settle(true, &mut delivery)?;
                delivery.checkpoint = Some(self.checkpoint(Commit::Now, Some(done)));
                shards.iter().for_each(|shard| {
                    self.shards.remove(shard);
                });
                self.out.send(std::mem::take(&mut delivery));
            }
        }
        Ok(delivery)
    }

    fn datum(&mut self, stream: Stream, origin: Origin, data: Data, delivery: &mut Delivery) -> Result<()> {
        let counters = self.tally;
        let shard = self.shards.entry(origin.shard).or_default();
        if shard.unfit.contains(&stream) {
            return Ok(());
        }
        let known = shard.silent;
        let (came, replayed) = match &data {
            Data::Readings(readings) => {
                shard.reach(Origin { offset: readings.offsets().map_or(0, |(_, last)| last), ..origin });
                let replayed = readings.iter().filter(|reading| reading.arrival.offset < known).count();
                (readings.len() - replayed, replayed)
            }
            _ if shard.reach(origin) => (0, 1),
            _ => (1, 0),
        };
        counters.came.r#in.add(came as u64);
        counters.came.replayed.add(replayed as u64);
        let lane = shard.lane(&self.stage, origin.shard, &stream)?;
        let Delivery { outputs, refused, .. } = delivery;
        let mut refuse = |refusal: Refusal| {
            let refusal = refusal.redacted();
            self.control.refused(&refusal.place, &refusal.reason);
            refused.push(Refusal { origin, ..refusal });
        };
        let at = At { offset: origin.offset, known };
        let offset = Cell::new(origin.offset);
        let place = Place { shard: origin.shard, offset: &offset };
        let mut outward = Outward { tally: counters, out: &*self.out, outputs };
        let mut given = 0;
        let mut give = |data| {
            given += 1;
            outward.give(&stream, place, data)
        };
        lane.last = origin.offset;
        let mut onto = Onto { tally: counters, offset: &offset, refuse: &mut refuse, give: &mut give };
        let taken = lane.cuts.take(at, data, &mut onto);
        lane.given += given;
        match taken {
            // a recording that cannot be measured is refused without failing the others
            Err(fault) if self.pipeline.source.plan.gives_recordings() => {
                shard.lanes.remove(&stream);
                shard.unfit.insert(stream.clone());
                self.unfit(&stream, fault.to_string(), delivery);
                Ok(())
            }
            taken => taken,
        }
    }

    /// Refuses a whole recording.
    fn unfit(&self, stream: &Stream, reason: String, delivery: &mut Delivery) {
        self.tally.came.r#in.add(1);
        self.tally.refused.add(1);
        let refusal = Refusal { origin: Origin::default(), place: stream.to_string(), reason, bytes: vec![] };
        let refusal = refusal.redacted();
        self.control.refused(&refusal.place, &refusal.reason);
        delivery.refused.push(refusal);
    }

    fn lanes(&self) -> impl Iterator<Item = &Lane<'a>> {
        self.shards.values().flat_map(|shard| shard.lanes.values())
    }

    /// Closes recordings whose data has stopped arriving for too long; returns whether there were any.
    fn overdue(&mut self, end: bool, delivery: &mut Delivery) -> Result<bool> {
        let mut outward = Outward { tally: self.tally, out: &*self.out, outputs: &mut delivery.outputs };
        let mut any = false;
        for (id, shard) in &mut self.shards {
            let replaying = shard.reached < shard.silent;
            let offset = Cell::new(shard.reached);
            let place = Place { shard: *id, offset: &offset };
            for (stream, lane) in &mut shard.lanes {
                let give = &mut |data| {
                    any = true;
                    outward.give(stream, place, data)
                };
                match end {
                    true => lane.cuts.close(give)?,
                    false => lane.cuts.expire(replaying, give)?,
                }
            }
        }
        Ok(any)
    }

    /// Collects the shares to be committed with the positions; with `at_once`, also those that are not due
    /// yet.
    pub fn settle(&mut self, at_once: bool, delivery: &mut Delivery) -> Result<()> {
        let mut outward = Outward { tally: self.tally, out: &*self.out, outputs: &mut delivery.outputs };
        for (id, shard) in &mut self.shards {
            let offset = Cell::new(shard.reached);
            let place = Place { shard: *id, offset: &offset };
            for (stream, lane) in &mut shard.lanes {
                lane.cuts.settle(at_once, &mut |data| outward.give(stream, place, data))?;
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self, when: Commit, done: Option<SyncSender<()>>) -> Checkpoint {
        Checkpoint { positions: self.positions(), counted: self.tally.now(), when, done }
    }

    /// The current resume position of each shard.
    pub fn positions(&mut self) -> Positions {
        let carries = self.carried.is_some();
        let position = |(id, shard): (&i32, &mut Shard<'_>)| {
            let reached = shard.reached;
            shard.lanes.retain(|_, lane| {
                let over = lane.last.saturating_add(OVER) <= reached;
                // data folded into carried state was read once and is not read again during the life of this
                // process
                if over && carries {
                    lane.cuts.drop_unfinished();
                }
                !over || carries
            });
            let oldest = shard.lanes.values().filter_map(|lane| lane.cuts.oldest()).min();
            let resume =
                shard.lanes.iter().filter_map(|(name, lane)| Some((name.to_string(), lane.cuts.resume()?)));
            let mut resume: BTreeMap<_, _> = resume.collect();
            // a stream not seen since the restart keeps its mark for a limited time, since marks are limited
            // to 4 kB
            if shard.reached < shard.silent.saturating_add(OVER) {
                shard.resume.iter().for_each(|(name, mark)| {
                    resume.entry(name.clone()).or_insert_with(|| mark.clone());
                });
            }
            let reached = shard.reached.max(shard.silent);
            (*id, Position { offset: oldest.unwrap_or(shard.reached), reached, resume, note: None })
        };
        // a shard without data has nothing to settle
        self.shards.iter_mut().filter(|(_, shard)| shard.reached > 0).map(position).collect()
    }
}

impl<'a> Shard<'a> {
    /// The lane of a stream, created if missing.
    fn lane(&mut self, stage: &Stage<'a>, id: i32, stream: &Stream) -> Result<&mut Lane<'a>> {
        let Self { lanes, resume, state, silent, .. } = self;
        match lanes.entry(stream.clone()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let mut cuts = stage.start(id, resume.remove(&**stream).as_ref(), *silent);
                if let Some(state) = state.remove(stream) {
                    cuts.restore(&state)?;
                }
                Ok(new.insert(Lane { cuts, last: 0, given: 0 }))
            }
        }
    }
    /// Records that this offset was read; returns whether it was counted before the restart.
    fn reach(&mut self, origin: Origin) -> bool {
        self.reached = self.reached.max(origin.offset.saturating_add(1));
        origin.offset < self.silent
    }
}
