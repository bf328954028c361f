//! Simulated process crashes without a broker, shared by the tests of the recovery rule.

use super::super::worker::Worker;
use super::super::{Control, Delivery, Tally};
use crate::data::{Data, Input, Origin, Output, Position, Positions, Stream};
use crate::engine::Pipeline;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// The log that was sent: shard, stream and datum.
pub type Log = Vec<(i32, Stream, Data)>;

/// Random numbers from a seed (SplitMix64).
pub struct Random(pub u64);
impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ (z >> 27)) >> 11) % n
    }
}

/// A process that reads a log and crashes before input number `crash`; returns the committed results.
pub fn read(
    pipeline: &Pipeline,
    log: &Log,
    kept: &mut Positions,
    crash: u64,
    random: &mut Random,
) -> Vec<Output> {
    let (out, _kept) = sync_channel(1);
    let control = Control::default();
    let counters = &*control.counters;
    let tally = Tally { came: counters, out: counters, all: counters };
    let mut worker = Worker::new(pipeline, &control, tally, Duration::ZERO, out);
    let (mut committed, mut open) = (vec![], Delivery::default());
    for shard in 0..3 {
        open = worker.input(Input::Assigned(shard, kept.get(&shard).cloned()), open).unwrap();
    }
    let (mut offsets, mut inputs) = ([0; 3], 0);
    for (shard, stream, data) in log {
        let offset = offsets[*shard as usize];
        offsets[*shard as usize] += 1;
        if kept.get(shard).is_some_and(|p| offset < p.offset) {
            continue;
        }
        if inputs == crash {
            return committed;
        }
        inputs += 1;
        let origin = Origin { shard: *shard, offset };
        open = worker.input(Input::Datum(stream.clone(), origin, data.clone()), open).unwrap();
        if random.below(6) == 0 {
            commit(&mut worker, &mut open, kept);
            committed.append(&mut open.outputs);
        }
    }
    commit(&mut worker, &mut open, kept);
    committed.append(&mut open.outputs);
    committed
}

/// Stores positions like a broker: the offset, and the rest as text.
fn commit(worker: &mut Worker<'_>, open: &mut Delivery, kept: &mut Positions) {
    worker.settle(false, open).unwrap();
    for (shard, position) in worker.positions() {
        let text = serde_json::to_string(&position).unwrap();
        assert!(text.len() < 1500, "{text}");
        let mut back: Position = serde_json::from_str(&text).unwrap();
        back.offset = position.offset;
        kept.insert(shard, back);
    }
}
