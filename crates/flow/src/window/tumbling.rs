//! Frames of fixed length, end to end.

use super::sliding::{Gaps, Sliding};
use crate::config::Place;
use crate::part::{Window, WindowPlan};
use passband_signal::{Fault, Result, SignalSpec, Span};

crate::settings! {
    /// Frames of fixed length, end to end: each sample is in one frame.
    ///
    /// The same as `sliding` with a hop of one length.
    pub struct Tumbling {
        /// Samples in a frame.
        length: Span = "8192 samples",
    }
}

impl Tumbling {
    fn sliding(&self) -> Sliding {
        Sliding { length: self.length, hop: self.length, gaps: Gaps::Forbid }
    }
}

impl WindowPlan for Tumbling {
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        let before = faults.len();
        self.sliding().check(place, faults);
        faults.truncate(before + 1); // the hop is the length: what is wrong with both is told once
    }
    fn start(&self, spec: SignalSpec) -> Result<Box<dyn Window>> {
        self.sliding().start(spec)
    }
}
