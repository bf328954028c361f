//! Results that a worker sends out.

use super::Delivery;
use crate::data::{Data, Origin, Output, Stream};
use crate::part::Tally;
use passband_signal::Result;
use std::cell::Cell;
use std::sync::mpsc::SyncSender;

/// Maximum number of results of one datum per delivery.
const TOGETHER: usize = 4096;

/// Receives the output of a worker.
pub trait Onward: Send {
    /// Returns whether it was accepted: a receiver that accepts no more has reported why.
    fn send(&self, delivery: Delivery) -> bool;
}

impl Onward for SyncSender<Delivery> {
    fn send(&self, delivery: Delivery) -> bool {
        SyncSender::send(self, delivery).is_ok()
    }
}

/// Number of results for the counters: readings that are not folded are counted one by one, panes are state
/// and not counted.
pub fn counted(data: &Data) -> u64 {
    match data {
        Data::Pane(_) => 0,
        Data::Readings(readings) => readings.len() as u64,
        _ => 1,
    }
}

/// The datum that completes results. Readings arrive in batches, in which each has its own offset.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub shard: i32,
    pub offset: &'a Cell<i64>,
}

/// Results to be sent.
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
            // one reading may close a million windows; a receiver that accepts no more has reported why
            let outputs = std::mem::take(self.outputs);
            self.out.send(Delivery { outputs, ..Delivery::default() });
        }
        Ok(())
    }
}
