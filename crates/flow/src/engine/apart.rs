//! Transforms that measure each row by itself, on several threads between the source and the worker.
//!
//! Batches are distributed to the threads and collected from them in round-robin order, so their order is
//! preserved, and the capacity of the queues bounds the number of pending batches.

use super::Pipeline;
use crate::cut::{Link, links, onward};
use crate::data::{Data, Input};
use passband_signal::{Fault, Result};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

/// Capacity of the queues before and after each thread, in batches.
pub const WAITING: usize = 1;

/// One end of several queues of batches, used in round-robin order.
pub struct Turns<Q> {
    pub queues: Vec<Q>,
    turn: usize,
}

/// The sending end.
pub type Batches = Turns<SyncSender<Vec<Input>>>;

/// The receiving end.
pub type Taken = Turns<Receiver<Vec<Input>>>;

/// Creates `count` queues with a capacity of `room` batches each.
pub fn queues(count: usize, room: usize) -> (Batches, Taken) {
    let (give, take) = (0..count).map(|_| sync_channel(room)).unzip();
    (Turns { queues: give, turn: 0 }, Turns { queues: take, turn: 0 })
}

impl<Q> Turns<Q> {
    fn now(&self) -> &Q {
        &self.queues[self.turn]
    }
    fn next<T, E>(&mut self, done: Result<T, E>) -> Result<T, E> {
        if done.is_ok() {
            self.turn = (self.turn + 1) % self.queues.len();
        }
        done
    }
}

impl Batches {
    pub fn send(&mut self, batch: Vec<Input>) -> Result<(), SendError<Vec<Input>>> {
        let sent = self.now().send(batch);
        self.next(sent)
    }
}

/// A closed queue ends the sequence at its turn: later batches of the other queues are not received.
impl Taken {
    pub fn try_recv(&mut self) -> Result<Vec<Input>, TryRecvError> {
        let got = self.now().try_recv();
        self.next(got)
    }
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<Vec<Input>, RecvTimeoutError> {
        let got = self.now().recv_timeout(wait);
        self.next(got)
    }
}

/// The work of one thread: applies the first transforms of the pipeline to the rows of its batches. A batch
/// with a fault is not sent, because batches of the other threads would follow it: the queue is closed at its
/// turn.
pub fn measure(
    pipeline: &Pipeline,
    transforms: usize,
    batches: &Receiver<Vec<Input>>,
    onward: &SyncSender<Vec<Input>>,
) -> Result<()> {
    let mut chain = links(&pipeline.transforms[..transforms])?;
    for batch in batches {
        let measured = batch.into_iter().map(|input| match input {
            Input::Datum(stream, origin, data) => {
                one(&mut chain, data).map(|d| Input::Datum(stream, origin, d))
            }
            other => Ok(other),
        });
        if onward.send(measured.collect::<Result<_>>()?).is_err() {
            break; // the worker has ended and reported its fault
        }
    }
    Ok(())
}

/// Produces one row for each row, so that every datum keeps its place in the source.
fn one(chain: &mut [Link], data: Data) -> Result<Data> {
    let (mut row, mut count) = (None, 0);
    onward(chain, data, &mut |data| {
        (row, count) = (Some(data), count + 1);
        Ok(())
    })?;
    let one = row.filter(|_| count == 1);
    one.ok_or_else(|| Fault::new(format!("a transform of independent rows gave {count} results for one row")))
}
