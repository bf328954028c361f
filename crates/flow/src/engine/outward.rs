//! Results on their way out of a worker.

use super::Delivery;
use crate::data::{Data, Origin, Output, Stream};
use crate::part::Tally;
use passband_signal::Result;
use std::cell::Cell;
use std::sync::mpsc::SyncSender;

/// Results of one datum that are handed on together.
const TOGETHER: usize = 4096;

/// Takes what a worker gives.
pub trait Onward: Send {
    /// Whether it was taken: whoever takes no more has told why.
    fn send(&self, delivery: Delivery) -> bool;
}

impl Onward for SyncSender<Delivery> {
    fn send(&self, delivery: Delivery) -> bool {
        SyncSender::send(self, delivery).is_ok()
    }
}

/// How many results it counts as: readings that are not folded are as many as they were, panes are state.
pub fn counted(data: &Data) -> u64 {
    match data {
        Data::Pane(_) => 0,
        Data::Readings(readings) => readings.len() as u64,
        _ => 1,
    }
}

/// The datum that completes results: of readings, which come many at once, each has an offset of its own.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub shard: i32,
    pub offset: &'a Cell<i64>,
}

/// Results on their way out.
pub struct Outward<'a> {
    pub tally: Tally<'a>,
    pub out: &'a dyn Onward,
    pub outputs: &'a mut Vec<Output>,
}

impl Outward<'_> {
    pub fn give(&mut self, stream: &Stream, place: Place<'_>, data: Data) -> Result<()> {
        self.tally.out.out.add(counted(&data));
        if matches!(&data, Data::Row(row) if row.is_incomplete()) {
            self.tally.out.incomplete.add(1);
        }
        let origin = Origin { shard: place.shard, offset: place.offset.get() };
        self.outputs.push(Output { stream: stream.clone(), data, origin });
        if self.outputs.len() >= TOGETHER {
            // a million windows may close with one reading; whoever no longer takes them has told why
            let outputs = std::mem::take(self.outputs);
            self.out.send(Delivery { outputs, ..Delivery::default() });
        }
        Ok(())
    }
}
