//! The contract of a source.

use super::{Context, Reads, Shares, SinkPlan};
use crate::config::Place;
use crate::data::{Input, Kind, Position, Positions, Refusal, Stream};
use passband_signal::{Fault, Result, SignalSpec};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

/// Whether a source has more data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is, or may be, more data.
    More,
    /// The source has ended.
    End,
}

/// Reads data.
pub trait Source: Send {
    /// Waits briefly (about 10 ms) for data and appends it to `batch`; the batch may stay empty.
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn>;
    /// The next of its recordings, not yet opened, as a source with that stream alone; none at its end. They are numbered
    /// from 1 on; each begins with [`Input::Began`] alone, if what is known of its file is wanted. Asked instead of
    /// [`next`](Self::next) of a source whose recordings are read apart from each other.
    ///
    /// # Errors  what ends the source; what is wrong with a recording is told by the recording
    fn next_recording(&mut self) -> Result<Option<(Stream, Box<dyn Source>)>> {
        Ok(None)
    }
    /// Whether more recordings may follow after [`next_recording`](Self::next_recording) returned `None`.
    fn follows(&self) -> bool {
        false
    }
    /// The position after this recording, for a recording of a source with positions. It settles this recording and all
    /// before it.
    fn end(&self) -> Option<Position> {
        None
    }
    /// Begins again at its first sample, where it is one recording: it is told nothing that was told before.
    ///
    /// # Errors  it cannot be read any more
    fn again(&mut self) -> Result<()> {
        Err(Fault::new("it cannot be read twice"))
    }
    /// Commits its positions, if it stores any.
    fn settle(&self) -> Option<Arc<dyn Settle>> {
        None
    }
    /// Starts at these positions. Called before the first [`next`](Self::next), if a sink stores the positions of a source
    /// that cannot store them itself.
    fn resume(&mut self, _positions: &Positions) -> Result<()> {
        Ok(())
    }
    /// The extent of its data, if known: samples per channel, their format, and the size of the input in bytes.
    fn extent(&self) -> Option<(u64, SignalSpec, u64)> {
        None
    }
    /// Progress of a source with an end, in samples: done, total.
    fn progress(&self) -> Option<(u64, u64)> {
        None
    }
}

/// Commits positions, from the thread that knows that the results before them are committed.
pub trait Settle: Any + Send + Sync {
    /// Commits positions, or acknowledges the data before them to its sender.
    fn settle(&self, positions: &Positions) -> Result<()>;
    /// Adds to positions what the source needs to find them again.
    fn note(&self, _positions: &mut Positions) {}
    /// For a process that can be replaced by a newer one of the same instance: an error if it was.
    fn is_newest(&self) -> Option<Result<()>> {
        None
    }
    /// Whether [`safe`](Self::safe) must be called soon after commits, even while no new data arrives.
    fn wants_safe(&self) -> bool {
        false
    }
    /// Called when every sink committed the results before these positions.
    fn safe(&self, _positions: &Positions) -> Result<()> {
        Ok(())
    }
    /// Called when a datum was refused, after the sinks received the refusal.
    fn refused(&self, _refusal: &Refusal) -> Result<()> {
        Ok(())
    }
}

/// A source as configured.
pub trait SourcePlan: Send + Sync {
    /// The kind of its data.
    fn gives(&self) -> Kind;
    /// The names of the values of its readings.
    fn value_names(&self) -> Vec<String> {
        vec![]
    }
    /// Its inputs, as far as they are known before it is opened, to protect them from being overwritten.
    fn reads(&self) -> Vec<Reads> {
        vec![]
    }
    /// Whether it ends by itself. Stopping a source without an end is not an interruption.
    fn ends(&self) -> bool {
        false
    }
    /// Whether each of its streams is a recording that ends: a recording that cannot be measured is refused, and the next
    /// one follows.
    fn gives_recordings(&self) -> bool {
        false
    }
    /// Where its recordings can be read apart from each other: by how many threads, one recording each.
    fn apart(&self) -> Option<usize> {
        None
    }
    /// Whether it has positions that a transaction can carry.
    fn keeps_positions(&self) -> bool {
        false
    }
    /// Sink and source of the topic through which the processes of a group send shares to the one that merges them.
    ///
    /// # Errors   what the source lacks, as a fault of the transform's setting `shares`
    fn between(&self, _shares: &Shares) -> Result<(Box<dyn SinkPlan>, Box<dyn SourcePlan>)> {
        let fault =
            Fault::new("shares are for processes of one consumer group, and this source has no group");
        Err(fault.fix("read from kafka with a group, or remove shares"))
    }
    /// Whether the source itself records what was read, so that a restart reads only new data.
    fn takes_once(&self) -> bool {
        false
    }
    /// Whether it can start at a position that a sink stores.
    fn resumes(&self) -> bool {
        false
    }
    /// Checks constraints that types cannot express, without I/O.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// How long a start waits for an external service that does not answer.
    fn start_timeout(&self) -> Duration {
        Duration::ZERO
    }
    /// Opens it.
    fn open(&self, context: &Context) -> Result<Box<dyn Source>>;
}
