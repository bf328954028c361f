//! The contract of a transform.

use super::{Frame, Sums};
use crate::config::Place;
use crate::data::{Data, FileInfo, Kind, Mark, Set};
use passband_signal::{Fault, Hertz, Result};
use std::sync::Arc;
use std::time::Duration;

/// The input of a transform: a frame cut by the window, or a row of the previous transform.
pub enum Cut<'a> {
    /// A frame.
    Frame(&'a Frame<'a>),
    /// A row, owned by the transform.
    Row(Data),
}

/// How often a recording can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// Once: it is gone when it was read.
    One,
    /// As often as a transform asks for it ([`Transform::needs_pass`]).
    Any,
}

/// Measures each cut. Pure: no I/O, no clock.
pub trait Transform: Send {
    /// The stream is a recording that is read from this file.
    fn begin(&mut self, _file: &Arc<FileInfo>, _reads: Passes) {}
    /// The recording has come to its end, and can be read once more: whether it must be, from its first sample, before it
    /// is closed. Asked again at the end of each pass.
    fn needs_pass(&mut self) -> bool {
        false
    }
    /// Processes a cut and emits the results that are complete.
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()>;
    /// Discards unfinished results, after a gap in the stream.
    fn restart(&mut self) {}
    /// The first sample of an unfinished result, if there is one.
    fn pending(&self) -> Option<Mark> {
        None
    }
    /// Emits the shares that must be committed with the positions, before positions are committed.
    fn settle(&mut self, _give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        Ok(())
    }
    /// Emits what there is of a recording that is closed.
    fn close(&mut self, _recording: i64, _give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        Ok(())
    }
    /// Counts scans of this recording that were repeated and dropped.
    fn count_duplicates(&mut self, _recording: i64, _scans: u64) {}
    /// Restores the state of this stream from its newest committed results.
    fn carry_on(&mut self, _state: &[Data]) -> Result<()> {
        Ok(())
    }
}

/// Creates the transforms of a chain.
pub trait Start {
    /// A transform for one stream.
    fn start(&self) -> Result<Box<dyn Transform>>;
}

/// Folds the readings of each key and window.
pub trait Fold {
    /// The measures for readings with values of these names.
    ///
    /// # Errors   the missing values
    fn sums(&self, names: &[String]) -> Result<Sums, String>;
}

/// The input of a transform, and how it is run.
#[derive(Clone, Copy)]
pub enum Takes<'a> {
    /// Frames of a window.
    Frames(&'a dyn Start),
    /// Readings, cut by a window.
    Readings(&'a dyn Fold),
    /// Rows of these kinds.
    Rows(&'static [Kind], &'a dyn Start),
}

/// How a transform groups cuts by recording. The pieces of a recording may then arrive in any order, and through any
/// number of shards.
#[derive(Clone, Debug)]
pub struct Groups {
    /// A recording is closed when this number of newer ones has begun.
    pub open: usize,
    /// A recording is closed after this time without data. `None`: wait for ever.
    pub deadline: Option<Duration>,
    /// Samples in a cut.
    pub length: u64,
    /// Whether its groups are shares, emitted whenever positions are committed and merged by another stage.
    pub shares: bool,
}

/// A transform split into two stages with a topic between them: each process folds the shares of its shards, one
/// process merges them.
pub struct Gather {
    /// How shares are transported.
    pub shares: Shares,
    /// The stage that folds.
    pub fold: Box<dyn TransformPlan>,
    /// The stage that merges.
    pub merge: Box<dyn TransformPlan>,
}

/// How shares are sent to the process that merges them.
#[derive(Clone, Debug)]
pub struct Shares {
    /// The topic.
    pub topic: String,
    /// The kind of the messages.
    pub kind: Kind,
    /// The interval at which they are sent.
    pub every: Duration,
    /// The topic for refused data, if there is one.
    pub refused: Option<String>,
}

/// What a transform declares in advance, to a source that plans its data.
pub trait Ahead: Send + Sync {
    /// Identity of the transform: everything that its results depend on, to distinguish stored results.
    fn identity(&self) -> serde_json::Value;
    /// Adds the shape of its results to that of the set's examples.
    fn shape(&self, set: &mut Set);
    /// Why it cannot measure an example of this rate and number of frames, if so.
    fn refuses(&self, rate: Hertz, frames: u64) -> Option<String>;
}

/// A transform as configured.
pub trait TransformPlan: Send + Sync {
    /// The input.
    fn takes(&self) -> Takes<'_>;
    /// The kind of its results.
    fn gives(&self) -> Kind;
    /// The kind of its results for input of these kinds, if it depends on them.
    fn gives_of(&self, _come: &[Kind]) -> Kind {
        self.gives()
    }
    /// Why its settings do not suit input of these kinds, if so: the setting, the reason, and the fix.
    fn unfit(&self, _come: &[Kind]) -> Option<(&'static str, &'static str, &'static str)> {
        None
    }
    /// Whether it passes on its input besides its own results.
    fn passes_on(&self) -> bool {
        false
    }
    /// How it groups cuts by recording, if it does; `length` is the number of samples per cut of the window.
    fn groups(&self, _length: u64) -> Option<Groups> {
        None
    }
    /// Values per channel and frame of this length, if it gives one row per frame.
    fn values(&self, _length: u64) -> Option<u64> {
        None
    }
    /// Its two stages, if its groups are gathered from several processes.
    fn gather(&self) -> Option<Gather> {
        None
    }
    /// Whether its own results are its state, to be restored after a restart.
    fn carries(&self) -> bool {
        false
    }
    /// For a transform that gives one row per row, independent of other rows: the maximum number of threads, each with a
    /// transform of its own. The order of rows is preserved.
    fn apart(&self) -> Option<usize> {
        None
    }
    /// Whether its results say what is known of the file of a recording: its tags, a hash of its bytes.
    fn describes_files(&self) -> bool {
        false
    }
    /// What it declares to a source that plans its data.
    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        None
    }
    /// Why its results would differ after a restart of a source of this kind, if so: it is then refused in an exactly-once
    /// chain.
    fn forgets(&self, _source: Kind) -> Option<String> {
        None
    }
    /// Checks constraints that types cannot express, without I/O.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
}
