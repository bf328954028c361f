//! How a stream is cut and folded, and what a restart must read again.
//!
//! One trait, [`Cuts`], with an implementation for each way:
//!
//! | way | cuts | a restart reads again |
//! |---|---|---|
//! | [`Ordered`] | samples in order, by the window | from the first sample of the next result |
//! | [`Pieces`] | recordings whose pieces come in any order and through any shard | from the first piece of the oldest open recording |
//! | [`Keyed`] | readings by key and event time | from the oldest reading of an open window that is not saved |
//!
//! A whole recording is cut by [`Ordered`] too: the window `recording` holds the position back to its first sample.

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

use crate::data::{Data, Refusal, Resume};
use crate::part::Tally;
use passband_signal::Result;
use std::cell::Cell;
use std::time::Duration;

/// Takes results.
pub type Give<'a> = &'a mut dyn FnMut(Data) -> Result<()>;

/// The place of a datum in its shard.
#[derive(Clone, Copy)]
pub struct At {
    /// Its offset.
    pub offset: i64,
    /// Everything before this offset was counted before the restart.
    pub known: i64,
}

impl At {
    /// Whether the datum was counted before the restart.
    pub fn is_replayed(self) -> bool {
        self.offset < self.known
    }
}

/// Where a datum's results, refusals and counts go.
pub struct Onto<'a> {
    /// The counters.
    pub tally: Tally<'a>,
    /// Offset of the datum that completes the next results; of many readings each sets its own.
    pub offset: &'a Cell<i64>,
    /// Takes what is refused.
    pub refuse: &'a mut dyn FnMut(Refusal),
    /// Takes results.
    pub give: Give<'a>,
}

/// How one stream is cut and folded.
pub trait Cuts: Send {
    /// Takes a datum and gives the results that it completes.
    fn take(&mut self, at: At, data: Data, onto: &mut Onto<'_>) -> Result<()>;

    /// Ends the stream: gives the results that reach over its end.
    fn end(&mut self, _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// Closes the cuts whose deadline has passed, and gives their results. `replaying`: not everything that was read
    /// before the restart has come again.
    fn expire(&mut self, _replaying: bool, _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// Closes all cuts at the end of the source.
    fn close(&mut self, give: Give<'_>) -> Result<()>;

    /// Positions are about to be settled: gives the state that must be safe with them, or with `all` also what is not
    /// due yet.
    fn settle(&mut self, _all: bool, _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// Takes back the state that a sink kept over a restart.
    fn restore(&mut self, state: &[Data]) -> Result<()>;

    /// Drops unfinished cuts; state that transforms carry over restarts stays.
    fn drop_unfinished(&mut self);

    /// Whether some state is not saved yet.
    fn is_unsaved(&self) -> bool {
        false
    }

    /// Whether a cut may expire.
    fn may_expire(&self) -> bool {
        false
    }

    /// Excludes a pause of the process from deadlines: nothing could arrive in it.
    fn exclude(&mut self, _pause: Duration) {}

    /// Where the stream's next result begins.
    fn resume(&self) -> Option<Resume>;

    /// Offset of the oldest datum that a result to come needs.
    fn oldest(&self) -> Option<i64>;
}
