//! What a source is.

use super::{Context, Reads, Shares, SinkPlan};
use crate::config::Place;
use crate::data::{Input, Kind, Positions};
use passband_signal::{Fault, Result, SignalSpec};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

/// What a source's turn gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is, or may be, more.
    More,
    /// The source is at its end.
    End,
}

/// Brings data.
pub trait Source: Send {
    /// Waits a little (some 10 ms) for data and adds it to `batch`; an empty batch is no error.
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn>;
    /// How its positions are settled, if it keeps any.
    fn settle(&self) -> Option<Arc<dyn Settle>> {
        None
    }
    /// Begins there: called before the first turn, where a sink keeps the positions of a source that has no place for
    /// them itself.
    fn resume(&mut self, _positions: &Positions) -> Result<()> {
        Ok(())
    }
    /// What it will give, where that is known: samples of each channel, how they are taken, and the bytes that they are
    /// read from.
    fn extent(&self) -> Option<(u64, SignalSpec, u64)> {
        None
    }
    /// How far along a source with an end is, in samples: done, and in all.
    fn progress(&self) -> Option<(u64, u64)> {
        None
    }
}

/// Settles positions, from whichever thread knows that the results before them are safe.
pub trait Settle: Any + Send + Sync {
    /// Everything up to these positions is safe: acknowledge it to whoever sent it.
    fn settle(&self, positions: &Positions) -> Result<()>;
    /// Adds to positions that are to be kept what the source needs to find them again.
    fn note(&self, _positions: &mut Positions) {}
    /// Where a process can be replaced by a newer one that runs as the same instance: an error if it was.
    fn is_newest(&self) -> Option<Result<()>> {
        None
    }
}

/// A source as configured.
pub trait SourcePlan: Send + Sync {
    /// What it will give.
    fn gives(&self) -> Kind;
    /// The names of the values in its readings.
    fn value_names(&self) -> Vec<String> {
        vec![]
    }
    /// What it reads, as far as that is known before it is opened: it is not written over.
    fn reads(&self) -> Vec<Reads> {
        vec![]
    }
    /// Whether it comes to an end by itself; to stop one that does not is no interruption.
    fn ends(&self) -> bool {
        false
    }
    /// Whether each of its streams is a recording that ends: one that cannot be measured is refused, and the next comes.
    fn gives_recordings(&self) -> bool {
        false
    }
    /// Whether positions are kept for it, so that a transaction can carry them.
    fn keeps_positions(&self) -> bool {
        false
    }
    /// The two ends of a topic that carries shares from processes that read as one group to the one that merges them.
    ///
    /// # Errors   the setting of the transform at fault is `shares`; the error says what the source lacks
    fn between(&self, _shares: &Shares) -> Result<(Box<dyn SinkPlan>, Box<dyn SourcePlan>)> {
        let fault =
            Fault::new("shares are for processes that read as one group, and this source has no group");
        Err(fault.fix("read from kafka with a group, or take shares out"))
    }
    /// Whether it can begin at a position that a sink keeps for it.
    fn resumes(&self) -> bool {
        false
    }
    /// Checks what the settings' types cannot; touches nothing outside.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// How long a start waits for something outside that does not answer.
    fn start_timeout(&self) -> Duration {
        Duration::ZERO
    }
    /// Opens it.
    fn open(&self, context: &Context) -> Result<Box<dyn Source>>;
}
