//! The threads of a run: a source, a worker, and threads that measure rows or whole recordings.

use super::apart::{self, Batches, Taken, queues};
use super::known::Known;
use super::lineup::Lineup;
use super::pipeline::{Apart, Pipeline};
use super::worker::Worker;
use super::{Delivery, QUEUE};
use crate::data::Input;
use crate::part::{Control, Journal, Load, Source, Tally, Turn};
use passband_signal::{Fault, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::{Builder, Scope};
use std::time::Duration;

/// State shared by the threads of a run.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub pipeline: &'a Pipeline,
    pub control: &'a Control,
    pub tally: Tally<'a>,
    /// Interval between two commits of positions.
    pub every: Duration,
    /// Set when the source ended by itself.
    pub ended: &'a AtomicBool,
    /// Receives faults.
    pub fail: &'a (dyn Fn(Fault) + Sync),
}

/// How data reaches the worker.
pub enum Way<'a> {
    /// One thread reads.
    Stream(Box<dyn Source>),
    /// Several threads each read and measure a recording.
    Recordings(Box<Lineup<'a>>),
}

/// A thread that measures rows by themselves: the number of its transforms, and its receiving and sending
/// queues.
type Share = (usize, Receiver<Vec<Input>>, SyncSender<Vec<Input>>);

impl<'a> Work<'a> {
    /// How a source is read.
    pub fn way(&self, source: Box<dyn Source>, journal: Option<Arc<dyn Journal>>) -> Way<'a> {
        match self.pipeline.recordings_apart() {
            Some(threads) => {
                let known = journal.zip(self.pipeline.measured_by.clone());
                let known = known.map(|(journal, measured_by)| Known::new(journal, measured_by));
                Way::Recordings(Box::new(Lineup::new(source, self.control, threads, known)))
            }
            None => Way::Stream(source),
        }
    }

    /// Starts all threads; their output is sent to `out`. `given`: the positions at which the source's shards
    /// were resumed.
    pub fn start<'s>(
        self,
        scope: &'s Scope<'s, '_>,
        way: &'s mut Way<'_>,
        given: (Vec<Input>, Option<&'s dyn Load>),
        out: SyncSender<Delivery>,
    ) where
        'a: 's,
    {
        match way {
            Way::Stream(source) => self.stream(scope, &mut **source, given, out),
            Way::Recordings(lineup) => self.recordings(scope, lineup, out),
        }
    }

    fn spawn<'s>(self, scope: &'s Scope<'s, '_>, name: &str, work: impl FnOnce() + Send + 's) -> bool {
        let spawned = Builder::new().name(name.into()).spawn_scoped(scope, work);
        spawned.map_err(|error| (self.fail)(Fault::new("a thread could not be started").why(error))).is_ok()
    }

    fn stream<'s>(
        self,
        scope: &'s Scope<'s, '_>,
        source: &'s mut dyn Source,
        (given, carried): (Vec<Input>, Option<&'s dyn Load>),
        out: SyncSender<Delivery>,
    ) where
        'a: 's,
    {
        let Self { pipeline, control, tally, every, ended, fail } = self;
        let (mut batches_in, batches, shares) = self.queues();
        let place = pipeline.source.place.whole();
        self.spawn(scope, "passband-source", move || {
            match whole("source", || read(source, control, &mut batches_in)) {
                Ok(turn) => ended.store(turn == Turn::End && !control.stopping(), Ordering::SeqCst),
                Err(fault) => fail(fault.within(&place)),
            }
        });
        // a closed queue signals an end, so the fault must be reported first
        let open = out.clone();
        let worker = Worker::new(pipeline, control, tally, every, out).carrying(carried);
        self.spawn(scope, "passband-work", move || {
            whole("worker", || worker.run(given, batches)).unwrap_or_else(fail);
            drop(open);
        });
        for (transforms, batches, onward) in shares {
            self.spawn(scope, "passband-rows", move || {
                let measured =
                    whole("transforms", || apart::measure(pipeline, transforms, &batches, &onward));
                measured.unwrap_or_else(fail);
                drop((batches, onward));
            });
        }
    }

    fn recordings<'s>(self, scope: &'s Scope<'s, '_>, lineup: &'s Lineup<'_>, out: SyncSender<Delivery>)
    where
        'a: 's,
    {
        let Self { pipeline, control, tally, every, ended, fail } = self;
        self.spawn(scope, "passband-work", move || {
            match whole("worker", || Ok(lineup.deliver(tally, every, &out))) {
                Ok(all) => ended.store(all && !control.stopping(), Ordering::SeqCst),
                Err(fault) => fail(fault),
            }
            drop(out);
        });
        for _ in 0..lineup.threads() {
            let place = pipeline.source.place.whole();
            let begun = self.spawn(scope, "passband-recordings", move || {
                let measured = whole("worker", || lineup.measure(pipeline, tally));
                measured.unwrap_or_else(|fault| fail(fault.within(&place)));
                lineup.leave();
            });
            if !begun {
                lineup.leave();
            }
        }
    }

    /// The queues from the source to the worker, including those of the threads that measure rows in between.
    fn queues(&self) -> (Batches, Taken, Vec<Share>) {
        let Some(Apart { transforms, threads }) = self.pipeline.apart() else {
            let (batches_in, batches) = queues(1, QUEUE);
            return (batches_in, batches, vec![]);
        };
        let (batches_in, raw) = queues(threads, apart::WAITING);
        let (onward, measured) = queues(threads, apart::WAITING);
        let ends = raw.queues.into_iter().zip(onward.queues);
        (batches_in, measured, ends.map(|(from, to)| (transforms, from, to)).collect())
    }
}

/// Runs a part. A panic in it is converted to a fault, so that it is not taken for a regular end.
pub fn whole<T>(part: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    caught(work).unwrap_or_else(|text| {
        let fault = Fault::new(format!("the {part} failed because of a defect in Passband")).why(text);
        Err(fault.fix("please report it, with the pipeline and its input"))
    })
}

/// Runs a closure; the error is the text of its panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
    })
}

/// The source thread: reads and sends batches. The caller closes the queue after it has recorded how the
/// source ended.
fn read(source: &mut dyn Source, control: &Control, batches: &mut Batches) -> Result<Turn> {
    let mut turn = Turn::More;
    while turn == Turn::More && !control.stopping() {
        let mut batch = Vec::new();
        let next = source.next(&mut batch);
        if let Some((done, all)) = source.progress() {
            control.tell_progress(done, all);
        }
        if !batch.is_empty() && batches.send(batch).is_err() {
            return Ok(Turn::More); // the worker has ended and reported its fault
        }
        // data read before a fault is valid
        turn = next?;
    }
    Ok(turn)
}
