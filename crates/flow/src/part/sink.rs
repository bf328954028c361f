//! What a sink is.

use super::{Commit, Commits, Committed, Context, End, Writes, Written};
use crate::config::Place;
use crate::data::{Data, Kind, Output, Positions, Refusal, Stream};
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::time::Duration;

/// What a transform carries over a restart, kept by a sink.
pub trait Load: Send + Sync {
    /// The newest results of each stream, as they were committed; where they are of a shard, those of this one.
    fn load(&self, shard: i32) -> Result<HashMap<Stream, Vec<Data>>>;
}

/// Delivers results.
pub trait Sink: Send {
    /// Takes one result.
    fn write(&mut self, output: &Output) -> Result<()>;
    /// Takes something refused, if this sink has a place for it.
    fn refuse(&mut self, _refusal: &Refusal) -> Result<bool> {
        Ok(false)
    }
    /// All sinks are open: begins, and gives a note of what had to be mended of an earlier run.
    fn begin(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
    /// The positions that it commits with its results.
    fn ledger(&self) -> Commits {
        Commits::Results
    }
    /// Makes all that was written safe, with these positions if it keeps any.
    fn commit(&mut self, positions: &Positions, when: Commit) -> Result<Committed>;
    /// Called when nothing else is to do, so that a transport can be served.
    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
    /// No more is coming. What is unfinished must not look whole unless the end is a complete one.
    fn finish(&mut self, end: End) -> Result<()>;
    /// Where a process can be replaced by a newer one that runs as the same instance: an error if it was. Asked after a
    /// fault that may pass.
    fn is_newest(&self) -> Option<Result<()>> {
        None
    }
    /// What it has written; asked after its end.
    fn written(&self) -> Vec<Written> {
        vec![]
    }
    /// Asked after a complete end: whether all is there. A sink that waits for others may have been stopped before.
    fn whole(&self) -> bool {
        true
    }
}

/// A sink as configured.
pub trait SinkPlan: Send + Sync {
    /// Why it cannot take data of that kind, if so.
    fn refuses(&self, _kind: Kind) -> Option<String> {
        None
    }
    /// Tells the settings of its format that have no effect on data of these kinds.
    fn check_format(&self, _kinds: &[Kind], _place: &Place, _faults: &mut Vec<Fault>) {}
    /// What it writes, so that nothing is written over that is read.
    fn writes(&self) -> Vec<Writes> {
        vec![]
    }
    /// About how many bytes a value takes that it keeps for good, and how that is changed.
    fn bytes_each(&self) -> Option<(f64, &'static str)> {
        None
    }
    /// Where it writes what was refused, if it is a topic.
    fn refused_topic(&self) -> Option<String> {
        None
    }
    /// Whether all that it takes must be of one kind.
    fn one_kind(&self) -> bool {
        false
    }
    /// What gives back the results of that kind that it keeps, for a transform whose state they are.
    fn loads(&self, _kind: Kind) -> Option<Box<dyn Load>> {
        None
    }
    /// Whether results and positions are one transaction.
    fn exactly_once(&self) -> bool {
        false
    }
    /// Whether each start throws away what an earlier one delivered: then the source must begin anew too.
    fn begins_anew(&self) -> bool {
        false
    }
    /// How long results may wait to be made safe.
    fn commit_every(&self) -> Duration {
        Duration::from_secs(1)
    }
    /// Checks what the settings' types cannot.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// How long a start waits for something outside that does not answer.
    fn start_timeout(&self) -> Duration {
        Duration::ZERO
    }
    /// Opens it, for data of these kinds.
    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>>;
}
