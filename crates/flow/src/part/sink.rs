//! The contract of a sink.

use super::{Commit, Commits, Committed, Context, End, Journal, Writes, Written};
use crate::config::Place;
use crate::data::{Data, Kind, Output, Positions, Refusal, Stream};
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Restores the state of a transform that a sink has stored.
pub trait Load: Send + Sync {
    /// The newest committed results of each stream; if results belong to shards, those of this shard.
    fn load(&self, shard: i32) -> Result<HashMap<Stream, Vec<Data>>>;
}

/// Delivers results.
pub trait Sink: Send {
    /// Writes one result.
    fn write(&mut self, output: &Output) -> Result<()>;
    /// Stores a refused datum; returns whether the sink has a place for it.
    fn refuse(&mut self, _refusal: &Refusal) -> Result<bool> {
        Ok(false)
    }
    /// Starts the sink, when all sinks are open; returns a note if an earlier run had to be recovered.
    fn begin(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
    /// Keeps the results of recordings until all that it writes is whole, where it writes all anew at each start.
    fn journal(&self) -> Option<Arc<dyn Journal>> {
        None
    }
    /// The positions that it commits with its results.
    fn ledger(&self) -> Commits {
        Commits::Results
    }
    /// Commits everything written, with these positions if it stores any.
    fn commit(&mut self, positions: &Positions, when: Commit) -> Result<Committed>;
    /// Called when there is nothing to write, so that a transport can be polled.
    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
    /// Ends the sink. Partial output must not look complete unless `end` is [`End::Complete`].
    fn finish(&mut self, end: End) -> Result<()>;
    /// For a process that can be replaced by a newer one of the same instance: an error if it was. Called after a transient
    /// fault.
    fn is_newest(&self) -> Option<Result<()>> {
        None
    }
    /// Its outputs; called after [`finish`](Self::finish).
    fn written(&self) -> Vec<Written> {
        vec![]
    }
    /// Whether everything is complete, called after a complete end. A sink that waits for other processes may have been
    /// stopped early.
    fn whole(&self) -> bool {
        true
    }
}

/// A sink as configured.
pub trait SinkPlan: Send + Sync {
    /// Why it does not accept data of that kind, if so.
    fn refuses(&self, _kind: Kind) -> Option<String> {
        None
    }
    /// Reports settings of its format without effect on data of these kinds.
    fn check_format(&self, _kinds: &[Kind], _place: &Place, _faults: &mut Vec<Fault>) {}
    /// Its outputs, to detect overwritten inputs.
    fn writes(&self) -> Vec<Writes> {
        vec![]
    }
    /// Approximate bytes per value stored, and the fix that reduces them.
    fn bytes_each(&self) -> Option<(f64, &'static str)> {
        None
    }
    /// The topic for refused data, if there is one.
    fn refused_topic(&self) -> Option<String> {
        None
    }
    /// Whether all data must be of one kind.
    fn one_kind(&self) -> bool {
        false
    }
    /// Restores results of that kind that it has stored, for a transform whose state they are.
    fn loads(&self, _kind: Kind) -> Option<Box<dyn Load>> {
        None
    }
    /// Whether results and positions are committed in one transaction.
    fn exactly_once(&self) -> bool {
        false
    }
    /// Whether it keeps the results of recordings in a journal.
    fn has_journal(&self) -> bool {
        false
    }
    /// Whether each start discards the results of earlier runs, so that the source must start from the beginning too.
    fn begins_anew(&self) -> bool {
        false
    }
    /// Whether results are committed only at the end of the source.
    fn commits_at_the_end(&self) -> bool {
        false
    }
    /// How long results may wait for a commit.
    fn commit_every(&self) -> Duration {
        Duration::from_secs(1)
    }
    /// Checks constraints that types cannot express, without I/O.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// How long a start waits for an external service that does not answer.
    fn start_timeout(&self) -> Duration {
        Duration::ZERO
    }
    /// Opens it for data of these kinds.
    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>>;
}
