//! The contract of a window.

use super::Clock;
use crate::config::Place;
use crate::data::Mark;
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec};

/// A frame: one cut of a stream of samples, all channels; borrowed from the window.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The recording's number or start.
    pub recording: i64,
    /// Index of the first sample.
    pub start: u64,
    /// Time of the last sample (µs since 1970).
    pub time: i64,
    /// Sample rate.
    pub rate: Hertz,
    /// For I/Q: the frequency at 0 Hz.
    pub centre: Option<Hertz>,
    /// Samples from the start of this frame to that of the next.
    pub hop: u64,
    /// Samples in the whole recording; 0 if unknown.
    pub of: u64,
    /// The samples, by channel.
    pub channels: &'a [&'a [f32]],
}

/// Cuts a stream of samples. The engine ensures that blocks follow each other without a gap.
pub trait Window: Send {
    /// Adds a block and passes on every frame that is now complete.
    fn push(&mut self, block: &Block, cut: &mut dyn FnMut(&Frame<'_>) -> Result<()>) -> Result<()>;
    /// Discards its samples: the next block starts a new segment.
    fn restart(&mut self);
    /// The first sample of the next frame, or none before the first block.
    fn next(&self) -> Option<Mark>;
    /// Sets the start of the first frame, before the first block; samples before it are skipped.
    fn skip_to(&mut self, index: u64);
}

/// How a window cuts samples.
pub trait Framing {
    /// Samples per frame, if the number does not depend on the signal.
    fn length(&self) -> Option<u64> {
        None
    }
    /// Samples per frame and per hop at this rate, if every sample is in a frame.
    fn frame(&self, _rate: Hertz) -> Option<(u64, u64)> {
        None
    }
    /// A window for one stream of samples.
    fn start(&self, spec: SignalSpec) -> Result<Box<dyn Window>>;
}

/// A window as configured.
pub trait WindowPlan: Send + Sync {
    /// How it cuts samples, if it does.
    fn framing(&self) -> Option<&dyn Framing> {
        None
    }
    /// How it cuts readings, if it does.
    ///
    /// # Errors   why it cannot with these settings
    fn clock(&self) -> Option<Result<Clock, String>> {
        None
    }
    /// Why its windows would differ after a restart, if so: it is then refused in an exactly-once chain.
    fn forgets(&self) -> Option<String> {
        None
    }
    /// Checks constraints that types cannot express, without I/O.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
}
