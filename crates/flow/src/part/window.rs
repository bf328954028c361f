//! What a window is.

use super::Clock;
use crate::config::Place;
use crate::data::Mark;
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec};

/// One cut of a stream of samples, all channels; borrowed from the window.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Names the recording.
    pub recording: i64,
    /// Index of the first sample.
    pub start: u64,
    /// When the last sample was taken (µs since 1970).
    pub time: i64,
    /// Sample rate.
    pub rate: Hertz,
    /// Where it is I/Q: the frequency at 0 Hz.
    pub centre: Option<Hertz>,
    /// Samples to the next frame.
    pub hop: u64,
    /// Samples in the whole recording, where that is known; 0 where not.
    pub of: u64,
    /// The samples, by channel.
    pub channels: &'a [&'a [f32]],
}

/// Cuts a stream of samples. The engine has seen to it that blocks follow each other without a gap.
pub trait Window: Send {
    /// Adds a block and gives every frame that is now full.
    fn push(&mut self, block: &Block, cut: &mut dyn FnMut(&Frame<'_>) -> Result<()>) -> Result<()>;
    /// Forgets everything: the next block begins a new stretch.
    fn restart(&mut self);
    /// The first sample of the next frame, or none before the first block.
    fn next(&self) -> Option<Mark>;
    /// Before the first block: the first frame begins here, and samples before it belong to none.
    fn skip_to(&mut self, index: u64);
}

/// How a window cuts samples.
pub trait Framing {
    /// Samples in a frame, where that does not depend on the signal.
    fn length(&self) -> Option<u64> {
        None
    }
    /// Samples in a frame and from one to the next, at this rate, where every sample goes into a frame.
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
    /// How it cuts readings, if it does; the error says why it cannot with these settings.
    fn clock(&self) -> Option<Result<Clock, String>> {
        None
    }
    /// Why its windows would differ after a restart, where they would: then it cannot be in an exactly-once chain.
    fn forgets(&self) -> Option<String> {
        None
    }
    /// Checks what the settings' types cannot.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
}
