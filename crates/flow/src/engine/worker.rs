//! The working thread: streams into lanes, lanes into results, results and positions to the delivering thread.

use super::lane::Lane;
use super::{Checkpoint, Control, Delivery};
use crate::config::Pipeline;
use crate::data::{Data, Input, Origin, Output, Position, Positions, Resume, Stream};
use passband_signal::Result;
use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

/// A stream that sends nothing while its shard brings so many data is over: it holds no position back any more. Told
/// by the log and not by a clock, so that a replay decides alike, and a sender whose clock is wrong ends nobody's.
const OVER: i64 = 200_000;

/// Part of the source with an order of its own.
#[derive(Default)]
struct Shard {
    lanes: HashMap<Stream, Lane>,
    /// One past the last offset taken.
    reached: i64,
    /// Up to here everything was counted before the restart.
    silent: i64,
    resume: BTreeMap<String, Resume>,
}

pub struct Worker<'a> {
    pub pipeline: &'a Pipeline,
    pub control: &'a Control,
    pub every: Duration,
    pub out: SyncSender<Delivery>,
    shards: BTreeMap<i32, Shard>,
}

impl<'a> Worker<'a> {
    pub fn new(
        pipeline: &'a Pipeline,
        control: &'a Control,
        every: Duration,
        out: SyncSender<Delivery>,
    ) -> Self {
        Self { pipeline, control, every, out, shards: BTreeMap::new() }
    }

    /// Runs until the source hangs up. A delivering thread that is gone has told its fault itself.
    pub fn run(mut self, batches: Receiver<Vec<Input>>) -> Result<()> {
        let (mut dirty, mut last) = (false, Instant::now());
        loop {
            let wait =
                if dirty { self.every.saturating_sub(last.elapsed()) } else { Duration::from_secs(3600) };
            let mut delivery = Delivery::default();
            let over = match batches.recv_timeout(wait) {
                Ok(batch) => {
                    dirty |= !batch.is_empty();
                    for input in batch {
                        delivery = self.input(input, delivery)?;
                        if delivery.is_full() && self.out.send(std::mem::take(&mut delivery)).is_err() {
                            return Ok(());
                        }
                    }
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            // a source that lost its shards to somebody else must not settle them in its last breath
            let lost = over && self.control.aborted() && self.pipeline.source.plan.keeps_positions();
            if (over || dirty && last.elapsed() >= self.every) && !lost {
                delivery.checkpoint = Some(Checkpoint { positions: self.positions(), done: None });
                (dirty, last) = (false, Instant::now());
            }
            let gone = !delivery.is_empty() && self.out.send(delivery).is_err();
            if over || gone {
                return Ok(());
            }
        }
    }

    pub fn input(&mut self, input: Input, mut delivery: Delivery) -> Result<Delivery> {
        let counters = &self.control.counters;
        match input {
            Input::Datum(stream, origin, data) => self.datum(stream, origin, data, &mut delivery)?,
            Input::Refused(refusal) => {
                let shard = self.shards.entry(refusal.origin.shard).or_default();
                let silent = shard.reach(refusal.origin);
                if !silent {
                    counters.r#in.add(1);
                    counters.refused.add(1);
                    self.control.note(|| format!("refused {}: {}", refusal.place, refusal.reason));
                    delivery.refused.push(refusal);
                }
            }
            Input::Assigned(shard, position) => {
                let position = position.unwrap_or_default();
                let shard = self.shards.entry(shard).or_default();
                *shard = Shard { silent: position.reached, resume: position.resume, ..Shard::default() };
            }
            Input::Revoked(shards, done) => {
                // what these shards gave is settled before somebody else goes on with them
                delivery.checkpoint = Some(Checkpoint { positions: self.positions(), done: Some(done) });
                shards.iter().for_each(|shard| {
                    self.shards.remove(shard);
                });
                let _ = self.out.send(std::mem::take(&mut delivery));
            }
        }
        Ok(delivery)
    }

    fn datum(&mut self, stream: Stream, origin: Origin, data: Data, delivery: &mut Delivery) -> Result<()> {
        let counters = &self.control.counters;
        let shard = self.shards.entry(origin.shard).or_default();
        let silent = shard.reach(origin);
        if silent {
            counters.replayed.add(1)
        } else {
            counters.r#in.add(1)
        }
        let resume = &mut shard.resume;
        let lane = shard.lanes.entry(stream.clone()).or_insert_with(|| Lane::new(resume.remove(&*stream)));
        lane.push(self.pipeline, origin.offset, data, silent, counters, &mut |data| {
            counters.out.add(1);
            delivery.outputs.push(Output { stream: stream.clone(), data });
            Ok(())
        })?;
        Ok(())
    }

    /// Where each shard can be resumed now.
    pub fn positions(&mut self) -> Positions {
        let position = |(id, shard): (&i32, &mut Shard)| {
            let reached = shard.reached;
            shard.lanes.retain(|_, lane| lane.last + OVER > reached);
            let oldest = shard.lanes.values().filter_map(Lane::oldest).min();
            let resume =
                shard.lanes.iter().filter_map(|(name, lane)| Some((name.to_string(), lane.resume()?)));
            let mut resume: BTreeMap<_, _> = resume.collect();
            // a stream not yet met again since the restart keeps its mark, but not for ever: marks travel in 4 kB
            if shard.reached < shard.silent + OVER {
                shard.resume.iter().for_each(|(name, mark)| {
                    resume.entry(name.clone()).or_insert(*mark);
                });
            }
            let reached = shard.reached.max(shard.silent);
            (*id, Position { offset: oldest.unwrap_or(shard.reached), reached, resume })
        };
        // a shard of which nothing was read yet has nothing to settle
        self.shards.iter_mut().filter(|(_, shard)| shard.reached > 0).map(position).collect()
    }
}

impl Shard {
    /// Notes that this offset was taken; whether it was counted before the restart.
    fn reach(&mut self, origin: Origin) -> bool {
        self.reached = self.reached.max(origin.offset + 1);
        origin.offset < self.silent
    }
}
