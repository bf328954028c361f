//! Measures independent recordings on several threads; results are delivered in the order of the recordings.
//!
//! Each thread takes the next recording from the source and measures it with its own worker, which cuts and
//! folds it like any stream. The amount of held results bounds how far threads may run ahead of the recording
//! whose results are being delivered, so that one long recording among short ones keeps no thread idle and
//! memory is limited.

use super::known::{Claim, Kept, Known};
use super::outward::{Onward, counted};
use super::threads::caught;
use super::worker::Worker;
use super::{Checkpoint, Delivery, Pipeline};
use crate::data::{Data, FileInfo, Input, Origin, Output, Position, Positions, Stream};
use crate::part::{Commit, Control, Source, Tally, Turn};
use passband_signal::Result;
use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum size of the results that wait for those of earlier recordings, in numbers: about 16 MB.
const HELD: usize = 1 << 21;

/// The size of a result apart from its numbers, in numbers.
const EACH: usize = 64;

/// Maximum number of recordings that are begun before the one whose results are being delivered has ended.
const AHEAD: usize = 1024;

/// Interval at which a waiting thread checks whether the run is stopping.
const LOOK: Duration = Duration::from_millis(100);

/// The recordings that the threads are processing.
pub struct Lineup<'a> {
    control: &'a Control,
    threads: usize,
    /// Results of earlier measurements, if a journal keeps them.
    known: Option<Known>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    source: Box<dyn Source>,
    /// Recordings that were begun and whose results are not completely delivered, oldest first.
    begun: VecDeque<Begun>,
    /// The number of the oldest.
    front: u64,
    /// Size of the waiting results, in numbers.
    held: usize,
    /// Number of recordings that ended.
    done: u64,
    /// Number of threads that may still begin a recording.
    threads: usize,
    /// Whether the source has no more recordings.
    exhausted: bool,
    /// Whether the oldest recording was delivered in part.
    partial: bool,
    /// The position after the last delivered recording, for a source with positions.
    position: Option<Position>,
}

#[derive(Default)]
struct Begun {
    results: VecDeque<Delivery>,
    ended: bool,
    /// The position after the recording, for a source with positions.
    end: Option<Position>,
}

/// A recording that a thread has taken.
struct Recording {
    number: u64,
    stream: Stream,
    source: Box<dyn Source>,
}

/// The results of one recording, to be delivered in its turn.
pub struct Place<'a> {
    lineup: &'a Lineup<'a>,
    number: u64,
    /// Also stores the results in the journal.
    kept: Option<&'a Kept<'a>>,
}

/// What can be delivered now.
enum Next {
    Results(Delivery),
    Nothing,
    End,
}

fn numbers(delivery: &Delivery) -> usize {
    let outputs: usize = delivery.outputs.iter().map(|output| EACH + output.data.numbers()).sum();
    outputs + EACH * delivery.refused.len()
}

impl<'a> Lineup<'a> {
    /// The recordings of a source, measured by this number of threads.
    pub fn new(source: Box<dyn Source>, control: &'a Control, threads: usize, known: Option<Known>) -> Self {
        let state = State {
            source,
            begun: VecDeque::new(),
            front: 0,
            held: 0,
            done: 0,
            threads,
            exhausted: false,
            partial: false,
            position: None,
        };
        Self { control, threads, known, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The number of measuring threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>, most: Duration) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, most).map_or_else(|e| e.into_inner().0, |(state, _)| state)
    }

    /// The work of one thread: measures one recording after another.
    ///
    /// # Errors  a fault that is not of a single recording
    pub fn measure(&self, pipeline: &Pipeline, tally: Tally<'_>) -> Result<()> {
        while let Some(Recording { number, stream, mut source }) = self.begin()? {
            // a panic in a part on one recording must not lose the others
            match caught(|| self.one(pipeline, tally, (number, &stream), &mut *source)) {
                Ok(measured) => measured?,
                Err(panic) => {
                    let why = "measuring it failed because of a defect in Passband; please report it, with the recording";
                    let place = Place { lineup: self, number, kept: None };
                    let mut worker = Worker::new(pipeline, self.control, tally, LOOK, place);
                    worker.refuse_recording(&stream, format!("{why}: {panic}"));
                }
            }
            self.end(number);
        }
        Ok(())
    }

    /// Measures one recording, or returns its known results.
    fn one(
        &self,
        pipeline: &Pipeline,
        tally: Tally<'_>,
        (number, stream): (u64, &Stream),
        source: &mut dyn Source,
    ) -> Result<()> {
        let mut batch = vec![];
        let turn = source.next(&mut batch)?;
        let mut kept = None;
        if let (Some(known), Some(Input::Began(_, shard, file))) = (&self.known, batch.first()) {
            let key = known.key(file);
            loop {
                match known.claim(key, number) {
                    Claim::Measure(claimed) => break kept = Some(claimed),
                    Claim::There => {
                        let origin = Origin { shard: *shard, offset: 0 };
                        return self.again(known, tally, (key, number), (stream, origin, file));
                    }
                    Claim::Wait if self.control.stopping() => return Ok(()),
                    Claim::Wait => drop(self.wait(self.state(), LOOK)),
                }
            }
        }
        let place = Place { lineup: self, number, kept: kept.as_ref() };
        let mut worker = Worker::new(pipeline, self.control, tally, LOOK, place).repeating();
        worker.batch(&mut batch)?;
        let mut whole = turn == Turn::End || self.rest(&mut worker, source, &mut batch)?;
        while worker.wants_again() {
            if let Err(fault) = source.again() {
                worker.refuse_recording(stream, fault.reason());
                break;
            }
            whole = self.rest(&mut worker, source, &mut batch)?;
        }
        drop(worker);
        kept.map_or(Ok(()), |kept| kept.end(whole))
    }

    /// Measures the rest of a recording; returns whether it reached its end.
    fn rest(&self, worker: &mut Worker<'_>, source: &mut dyn Source, batch: &mut Vec<Input>) -> Result<bool> {
        while !self.control.stopping() {
            let turn = source.next(batch)?;
            let seconds = batch.iter().map(|input| match input {
                Input::Datum(_, _, Data::Samples(block)) => block.frames() as f64 / block.spec.rate.0,
                _ => 0.0,
            });
            self.control.tell_signal(seconds.sum());
            worker.batch(batch)?;
            if turn == Turn::End {
                return Ok(!self.control.stopping());
            }
        }
        Ok(false)
    }

    /// Returns the results of a recording whose content was measured before.
    fn again(
        &self,
        known: &Known,
        tally: Tally<'_>,
        (key, number): (u128, u64),
        (stream, origin, file): (&Stream, Origin, &FileInfo),
    ) -> Result<()> {
        let place = Place { lineup: self, number, kept: None };
        let mut delivery = Delivery::default();
        known.read(key, (number as i64 + 1, file), &mut |data| {
            tally.out.out.add(counted(&data));
            delivery.outputs.push(Output { stream: stream.clone(), data, origin });
            if delivery.is_full() {
                place.send(std::mem::take(&mut delivery));
            }
            Ok(())
        })?;
        tally.reused.add(1);
        place.send(delivery);
        Ok(())
    }

    /// Removes a thread that no longer measures, or that failed to start.
    pub fn leave(&self) {
        self.state().threads -= 1;
        self.changed.notify_all();
    }

    /// The next recording with its number, once there is capacity for it.
    fn begin(&self) -> Result<Option<Recording>> {
        let mut state = self.state();
        let (stream, source) = loop {
            while state.begun.len() >= AHEAD && !self.control.stopping() {
                state = self.wait(state, LOOK);
            }
            if self.control.stopping() || state.exhausted {
                return Ok(None);
            }
            let next = state.source.next_recording()?;
            if let Some((_, all)) = state.source.progress() {
                self.control.tell_progress(state.done, all);
            }
            match next {
                Some(next) => break next,
                // the source limits how often it looks for new recordings
                None if state.source.follows() => state = self.wait(state, LOOK),
                None => {
                    state.exhausted = true;
                    return Ok(None);
                }
            }
        };
        let number = state.front + state.begun.len() as u64;
        let end = source.end();
        state.begun.push_back(Begun { end, ..Begun::default() });
        Ok(Some(Recording { number, stream, source }))
    }

    fn end(&self, number: u64) {
        let mut state = self.state();
        // a recording that was interrupted by a stop is incomplete: no results after it may be delivered
        if !self.control.stopping() {
            let at = (number - state.front) as usize;
            state.begun[at].ended = true;
            state.done += 1;
            if let Some((_, all)) = self.control.progress() {
                self.control.tell_progress(state.done, all);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    fn next(&self, most: Duration) -> Next {
        let mut state = self.state();
        loop {
            let over = state.threads == 0;
            match state.begun.front_mut() {
                Some(front) => match front.results.pop_front() {
                    Some(results) => {
                        state.held -= numbers(&results);
                        state.partial = true;
                        self.changed.notify_all();
                        return Next::Results(results);
                    }
                    None if front.ended => {
                        let ended = state.begun.pop_front();
                        if let Some(end) = ended.and_then(|ended| ended.end) {
                            state.position = Some(end);
                        }
                        state.front += 1;
                        state.partial = false;
                        self.changed.notify_all();
                        continue;
                    }
                    None if over => return Next::End,
                    None => {}
                },
                None if over => return Next::End,
                None => {}
            }
            break;
        }
        drop(self.wait(state, most));
        Next::Nothing
    }

    /// Delivers the results in the order of the recordings; returns whether all of them were delivered.
    pub fn deliver(&self, tally: Tally<'_>, every: Duration, out: &SyncSender<Delivery>) -> bool {
        let (mut dirty, mut last) = (false, Instant::now());
        // a position within a recording cannot be resumed: the recording would be emitted again as a whole
        let checkpoint = |when| {
            let state = self.state();
            let keeps = state.position.is_some() || state.begun.front().is_some_and(|one| one.end.is_some());
            if keeps && state.partial {
                return None;
            }
            let positions: Positions = state.position.iter().map(|end| (0, end.clone())).collect();
            let checkpoint = Checkpoint { positions, counted: tally.now(), when, done: None };
            Some(Delivery { checkpoint: Some(checkpoint), ..Delivery::default() })
        };
        loop {
            let sent = match self.next(LOOK) {
                Next::Results(results) => {
                    dirty = true;
                    out.send(results)
                }
                Next::Nothing => Ok(()),
                Next::End => break,
            };
            let due = (dirty && last.elapsed() >= every).then(|| checkpoint(Commit::Due)).flatten();
            if due.is_some() {
                (dirty, last) = (false, Instant::now());
            }
            if sent.and_then(|()| due.map_or(Ok(()), |due| out.send(due))).is_err() {
                return false; // the deliverer has ended and reported its fault
            }
        }
        let state = self.state();
        let all = state.exhausted && state.begun.is_empty();
        drop(state);
        checkpoint(Commit::Now).is_none_or(|last| out.send(last).is_ok()) && all
    }
}

impl Onward for Place<'_> {
    /// Blocks while too many results are held, unless the deliverer waits for this recording.
    fn send(&self, results: Delivery) -> bool {
        let lineup = self.lineup;
        self.kept.iter().for_each(|kept| kept.keep(&results, lineup.control));
        let size = numbers(&results);
        let mut state = lineup.state();
        loop {
            let at = (self.number - state.front) as usize;
            let awaited = at == 0 && state.begun[0].results.is_empty();
            if awaited || state.held + size <= HELD || lineup.control.stopping() {
                state.held += size;
                state.begun[at].results.push_back(results);
                break;
            }
            state = lineup.wait(state, LOOK);
        }
        drop(state);
        lineup.changed.notify_all();
        !lineup.control.stopping()
    }
}
