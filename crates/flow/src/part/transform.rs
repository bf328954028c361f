//! What a transform is.

use super::{Frame, Sums};
use crate::config::Place;
use crate::data::{Data, Kind, Mark, Set};
use passband_signal::{Fault, Hertz, Result};
use std::sync::Arc;
use std::time::Duration;

/// A transform's input: a frame cut by the window, or a row of the transform before it.
pub enum Cut<'a> {
    /// A frame.
    Frame(&'a Frame<'a>),
    /// A row, which is the transform's own from now on.
    Row(Data),
}

/// Measures each cut. Pure: no input or output, no clock.
pub trait Transform: Send {
    /// Takes a cut and gives what is now complete.
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()>;
    /// The stream was broken: what is unfinished stays so.
    fn restart(&mut self) {}
    /// The first sample of an unfinished result, if there is one.
    fn pending(&self) -> Option<Mark> {
        None
    }
    /// Positions are about to be settled: gives the shares that must be safe with them.
    fn settle(&mut self, _give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        Ok(())
    }
    /// Nothing more of this recording comes: gives what there is of it.
    fn close(&mut self, _recording: i64, _give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        Ok(())
    }
    /// Scans of this recording came again and were dropped.
    fn again(&mut self, _recording: i64, _scans: u64) {}
    /// What was carried over a restart: the newest results of its own that were committed, of this stream.
    fn carry_on(&mut self, _state: &[Data]) -> Result<()> {
        Ok(())
    }
}

/// Starts a transform that runs as a link of a chain.
pub trait Start {
    /// A transform for one stream.
    fn start(&self) -> Result<Box<dyn Transform>>;
}

/// Folds readings of each key, in the windows that cut them.
pub trait Fold {
    /// What it folds of readings with values of these names; the error says which it lacks.
    fn sums(&self, names: &[String]) -> Result<Sums, String>;
}

/// What a transform takes, and what runs it.
#[derive(Clone, Copy)]
pub enum Takes<'a> {
    /// Frames of a window.
    Frames(&'a dyn Start),
    /// Readings, cut by a window.
    Readings(&'a dyn Fold),
    /// Rows of these kinds.
    Rows(&'static [Kind], &'a dyn Start),
}

/// How a transform groups cuts by recording: the pieces of a recording may then come in any order, and through any
/// number of shards.
#[derive(Clone, Debug)]
pub struct Groups {
    /// A recording is closed when so many newer ones have begun.
    pub open: usize,
    /// A recording of which nothing more has come for so long is closed. None: it waits.
    pub deadline: Option<Duration>,
    /// Samples in a cut.
    pub length: u64,
    /// Whether its groups are shares, given whenever positions are settled, and merged elsewhere.
    pub shares: bool,
}

/// A transform in two halves with a topic between them: every process folds its shards' shares, one merges them.
pub struct Gather {
    /// How the shares travel.
    pub shares: Shares,
    /// The half that folds.
    pub fold: Box<dyn TransformPlan>,
    /// The half that merges.
    pub merge: Box<dyn TransformPlan>,
}

/// Shares of several processes on their way to the one that merges them.
#[derive(Clone, Debug)]
pub struct Shares {
    /// The topic that carries them.
    pub topic: String,
    /// What they are.
    pub kind: Kind,
    /// How often they are sent.
    pub every: Duration,
    /// Where what is refused is written, if it is a topic.
    pub refused: Option<String>,
}

/// What a transform says before anything comes, to a source that plans what it will give.
pub trait Ahead: Send + Sync {
    /// What it is and all that decides what it gives: results are told apart by it, wherever they are kept.
    fn told(&self) -> serde_json::Value;
    /// What it makes of the examples of a set.
    fn shape(&self, set: &mut Set);
    /// Why it cannot measure an example of so many frames at such a rate, if so.
    fn refuses(&self, rate: Hertz, frames: u64) -> Option<String>;
}

/// A transform as configured.
pub trait TransformPlan: Send + Sync {
    /// What it takes.
    fn takes(&self) -> Takes<'_>;
    /// What it gives.
    fn gives(&self) -> Kind;
    /// What it gives of these kinds, where that depends on them.
    fn gives_of(&self, _come: &[Kind]) -> Kind {
        self.gives()
    }
    /// Why its settings do not do for data of these kinds, if so: the setting, what is wrong, and what to do.
    fn unfit(&self, _come: &[Kind]) -> Option<(&'static str, &'static str, &'static str)> {
        None
    }
    /// Whether it passes on the rows that it measures, beside what it gives.
    fn passes_on(&self) -> bool {
        false
    }
    /// How it groups cuts by recording, if it does; `length`: samples in a cut of the window before it.
    fn groups(&self, _length: u64) -> Option<Groups> {
        None
    }
    /// How many values of each channel it gives for every frame of such a length, where it gives one row for each.
    fn values(&self, _length: u64) -> Option<u64> {
        None
    }
    /// Its two halves, if its groups are gathered from several processes.
    fn gather(&self) -> Option<Gather> {
        None
    }
    /// Whether its own results are its state, to be carried over a restart.
    fn carries(&self) -> bool {
        false
    }
    /// Where it makes one row of each row, from this one alone: how many threads may do so at once, each with a
    /// transform of its own. Their order stays what it was.
    fn apart(&self) -> Option<usize> {
        None
    }
    /// What it says to a source that plans ahead.
    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        None
    }
    /// Why its results would differ after a restart of a source that gives this kind, where they would: then it cannot be in an exactly-once chain.
    fn forgets(&self, _source: Kind) -> Option<String> {
        None
    }
    /// Checks what the settings' types cannot.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
}
