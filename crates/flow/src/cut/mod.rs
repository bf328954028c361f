//! How a stream is cut and folded, and what a restart must replay.
//!
//! One trait, [`Cuts`], with an implementation for each way:
//!
//! | implementation | cuts | a restart replays |
//! |---|---|---|
//! | [`Ordered`] | samples in order, by the window | from the first sample of the next result |
//! | [`Pieces`] | recordings whose pieces arrive in any order and through any shard | from the first piece of the oldest open recording |
//! | [`Keyed`] | readings by key and event time | from the oldest reading of an open window that is not stored |
//!
//! A whole recording is cut by [`Ordered`] too: the window `recording` holds the position at its first sample.

mod chain;
pub mod keyed;
mod ordered;
mod pieces;
mod recordings;
mod stage;

pub use chain::{Link, links, onward};
pub use keyed::Keyed;
pub use ordered::Ordered;
pub use pieces::Pieces;
pub use stage::{Stage, Way};

use crate::data::{Data, FileInfo, Refusal, Resume};
use crate::part::{Passes, Tally};
use passband_signal::Result;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

/// Receives results.
pub type Give<'a> = &'a mut dyn FnMut(Data) -> Result<()>;

/// The place of a datum in its shard.
#[derive(Clone, Copy)]
pub struct At {
    /// Its offset.
    pub offset: i64,
    /// The offset below which everything was counted before the restart.
    pub known: i64,
}

impl At {
    /// Whether the datum was counted before the restart.
    pub fn is_replayed(self) -> bool {
        self.offset < self.known
    }
}

/// The destinations of a datum's results, refusals and counts.
pub struct Onto<'a> {
    /// The counters.
    pub tally: Tally<'a>,
    /// Offset of the datum that completes the next results; for a batch of readings, each reading sets its own.
    pub offset: &'a Cell<i64>,
    /// Receives refused data.
    pub refuse: &'a mut dyn FnMut(Refusal),
    /// Receives results.
    pub give: Give<'a>,
}

/// How one stream is cut and folded.
pub trait Cuts: Send {
    /// Starts a recording, which is read from this file.
    fn begin(&mut self, _file: &Arc<FileInfo>, _passes: Passes) -> Result<()> {
        Ok(())
    }

    /// At the end of a recording that can be read again: whether it must be, from its first sample, before it
    /// is closed.
    fn needs_pass(&mut self) -> bool {
        false
    }

    /// Processes a datum and emits the results that it completes.
    fn take(&mut self, at: At, data: Data, onto: &mut Onto<'_>) -> Result<()>;

    /// Ends the stream: emits the results that extend beyond its end.
    fn end(&mut self, _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// Closes the cuts whose deadline has passed, and emits their results. `replaying`: data from before the restart is
    /// still being replayed.
    fn expire(&mut self, _replaying: bool, _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// Closes all cuts at the end of the source.
    fn close(&mut self, give: Give<'_>) -> Result<()>;

    /// Emits the state that must be committed with the positions, before positions are committed; with `all`, also
    /// state that is not due yet.
    fn settle(&mut self, _all: bool, _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// Restores the state that a sink has stored.
    fn restore(&mut self, state: &[Data]) -> Result<()>;

    /// Drops unfinished cuts; state that transforms carry over restarts remains.
    fn drop_unfinished(&mut self);

    /// Whether state has not been stored yet.
    fn is_unsaved(&self) -> bool {
        false
    }

    /// Whether a cut may expire.
    fn may_expire(&self) -> bool {
        false
    }

    /// Excludes a pause of the process from deadlines, since nothing could arrive during it.
    fn exclude(&mut self, _pause: Duration) {}

    /// Where the stream's next result starts.
    fn resume(&self) -> Option<Resume>;

    /// Offset of the oldest datum that a future result needs.
    fn oldest(&self) -> Option<i64>;
}
