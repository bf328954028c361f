//! The delivering thread: sends results to every sink, then the positions they settle.

use super::outward::counted;
use super::{Checkpoint, Delivery, QUEUE};
use crate::data::{Kind, Output, Positions};
use crate::part::{Commit, Committed, Control, Counted, End, Ledgers, Settle, Sink, Written};
use passband_signal::{Fault, Result};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Interval at which a sink is served while there is nothing to deliver.
const SERVE: Duration = Duration::from_millis(20);

pub struct Deliverer<'a> {
    /// The sinks; the one whose transaction carries the positions is last.
    pub sinks: Vec<Opened>,
    pub control: &'a Control,
    pub settle: Option<Arc<dyn Settle>>,
    /// The positions that sinks already hold.
    pub ledgers: Arc<Ledgers>,
    /// The counts up to the last committed positions.
    pub safe: &'a Mutex<Counted>,
    /// Positions that these sinks have not committed yet, for a source that waits for commits.
    pub uncommitted: Option<(Positions, Vec<usize>)>,
}

/// An open sink with its place in the pipeline.
pub struct Opened {
    /// Its index among the sinks of the pipeline.
    pub number: usize,
    pub place: String,
    /// The kinds of data it receives; all kinds if empty.
    pub only: Vec<Kind>,
    pub sink: Box<dyn Sink>,
}

impl Deliverer<'_> {
    /// Delivers until the worker closes the queue.
    pub fn run(&mut self, deliveries: Receiver<Delivery>) -> Result<()> {
        loop {
            match deliveries.recv_timeout(SERVE) {
                Ok(first) => {
                    let waiting = std::iter::once(first).chain(deliveries.try_iter().take(QUEUE)).collect();
                    together(waiting).into_iter().try_for_each(|delivery| self.deliver(delivery))?;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.each(|_, _, sink| sink.idle())?;
                    self.ask()?;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Closes the sinks; returns whether the output is complete, and what was written. If one sink fails, the
    /// others are closed as after a fault.
    pub fn finish(&mut self, end: End) -> Result<(bool, Vec<Written>)> {
        let (mut end, mut first) = (end, None);
        for Opened { place, sink, .. } in &mut self.sinks {
            if let Err(fault) = sink.finish(end) {
                end = End::Failed;
                first.get_or_insert(fault.within(place));
            }
        }
        let written = self.sinks.iter().flat_map(|opened| opened.sink.written()).collect();
        first.map_or(Ok((self.sinks.iter().all(|opened| opened.sink.whole()), written)), Err)
    }

    fn each(&mut self, mut act: impl FnMut(usize, &[Kind], &mut dyn Sink) -> Result<()>) -> Result<()> {
        self.sinks.iter_mut().try_for_each(|Opened { number, place, only, sink }| {
            act(*number, only, &mut **sink).map_err(|fault: Fault| fault.within(place))
        })
    }

    fn deliver(&mut self, delivery: Delivery) -> Result<()> {
        let Delivery { outputs, refused, checkpoint } = delivery;
        let ledgers = self.ledgers.clone();
        self.each(|number, only, sink| {
            let wanted =
                |output: &&Output| output.data.kind().is_among(only) && !ledgers.holds(number, output.origin);
            let mut wanted = outputs.iter().filter(wanted);
            wanted.try_for_each(|output| sink.write(output))?;
            let mut new = refused.iter().filter(|refusal| !ledgers.holds(number, refusal.origin));
            new.try_for_each(|refusal| sink.refuse(refusal).map(drop))
        })?;
        // what these results belong to is committed with the next checkpoint
        if !outputs.is_empty() {
            self.uncommitted = None;
        }
        if let Some(settle) = &self.settle {
            refused.iter().try_for_each(|refusal| settle.refused(refusal))?;
        }
        let delivered = outputs.iter().map(|output| counted(&output.data)).sum();
        self.control.delivered.fetch_add(delivered, Ordering::Relaxed);
        match checkpoint {
            Some(checkpoint) => self.commit(checkpoint),
            None => Ok(()),
        }
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let Checkpoint { mut positions, counted, when, done } = checkpoint;
        if let Some(settle) = &self.settle {
            settle.note(&mut positions);
        }
        let (mut settled, mut later, mut waiting) = (false, false, vec![]);
        let ledgers = self.ledgers.clone();
        self.each(|number, _, sink| {
            let committed = sink.commit(&ledgers.of(Some(number), &positions), when)?;
            settled |= committed == Committed::WithPositions;
            later |= matches!(committed, Committed::Later | Committed::Empty);
            waiting.extend((committed == Committed::Later).then_some(number));
            Ok(())
        })?;
        self.control.counters.commits.add(1);
        // a restart begins at the oldest position
        if !later {
            *self.safe.lock().unwrap_or_else(PoisonError::into_inner) = counted;
        }
        // the transaction of a sink may have committed the source's positions; otherwise they are settled now
        if let Some(settle) = &self.settle
            && !settled
        {
            settle.settle(&self.ledgers.of(None, &positions))?;
        }
        self.tell(positions, waiting)?;
        if let Some(done) = done {
            let _ = done.send(());
        }
        Ok(())
    }
}

impl Deliverer<'_> {
    /// Reports committed positions to the source, or stores them until the sinks in `waiting` committed them.
    fn tell(&mut self, positions: Positions, waiting: Vec<usize>) -> Result<()> {
        let Some(settle) = self.settle.as_ref().filter(|settle| settle.wants_safe()) else { return Ok(()) };
        if waiting.is_empty() {
            self.uncommitted = None;
            return settle.safe(&positions);
        }
        self.uncommitted = Some((positions, waiting));
        Ok(())
    }

    /// Commits sinks that postponed a commit: the next checkpoint may be far away.
    fn ask(&mut self) -> Result<()> {
        let Some((positions, mut waiting)) = self.uncommitted.take() else { return Ok(()) };
        let ledgers = self.ledgers.clone();
        self.each(|number, _, sink| {
            if waiting.contains(&number) {
                let committed = sink.commit(&ledgers.of(Some(number), &positions), Commit::Due)?;
                waiting.retain(|other| *other != number || committed == Committed::Later);
            }
            Ok(())
        })?;
        self.tell(positions, waiting)
    }
}

/// Merges deliveries that accumulated during a commit, so that one commit settles them: the latest checkpoint
/// supersedes the earlier ones. A checkpoint with a waiting caller is kept, because the later ones no longer
/// include its shards.
fn together(mut waiting: Vec<Delivery>) -> Vec<Delivery> {
    let mut later = false;
    for delivery in waiting.iter_mut().rev() {
        if later && delivery.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.done.is_none()) {
            delivery.checkpoint = None;
        }
        later |= delivery.checkpoint.is_some();
    }
    waiting
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn the_last_checkpoint_settles_what_piled_up() {
        let (done, _heard) = sync_channel(1);
        let delivery = |checkpoint: Option<Option<_>>| Delivery {
            checkpoint: checkpoint.map(|done| Checkpoint {
                positions: Default::default(),
                counted: Default::default(),
                when: Commit::Due,
                done,
            }),
            ..Delivery::default()
        };
        let plain = || delivery(Some(None));
        let piled =
            vec![plain(), delivery(Some(Some(done))), plain(), delivery(None), plain(), delivery(None)];
        let kept: Vec<bool> = together(piled).iter().map(|d| d.checkpoint.is_some()).collect();
        assert_eq!(kept, [false, true, false, false, true, false]);
    }
}
