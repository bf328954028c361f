//! Rows that are measured apart from each other, by several threads between the source and the worker.
//!
//! Batches go to the threads in turn and are taken from them in turn, so their order stays what it was, and what a
//! queue holds is all that can pile up.

use super::Pipeline;
use crate::cut::{Link, links, onward};
use crate::data::{Data, Input};
use passband_signal::{Fault, Result};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

/// Batches that wait before each thread, and behind it.
pub const WAITING: usize = 1;

/// One end of some queues of batches, of which each has its turn.
pub struct Turns<Q> {
    pub queues: Vec<Q>,
    turn: usize,
}

/// Where batches go.
pub type Batches = Turns<SyncSender<Vec<Input>>>;

/// Where they come from.
pub type Taken = Turns<Receiver<Vec<Input>>>;

/// So many queues, each with room for so many batches.
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

/// A queue that is closed was closed at its turn: nothing can come from the others after it.
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

/// One thread's work: the first transforms of the pipeline on the rows of its batches. A batch in which there is a fault
/// is not handed on, for those of the other threads would follow it: the queue ends at its turn.
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
            break; // the worker is gone and has told why
        }
    }
    Ok(())
}

/// One row for one row, so that every datum stays at its place in the source.
fn one(chain: &mut [Link], data: Data) -> Result<Data> {
    let (mut row, mut count) = (None, 0);
    onward(chain, data, &mut |data| {
        (row, count) = (Some(data), count + 1);
        Ok(())
    })?;
    let one = row.filter(|_| count == 1);
    one.ok_or_else(|| Fault::new(format!("a transform of independent rows gave {count} results for one row")))
}
