//! Frames of fixed length, end to end.

use super::hopping::Times;
use super::sliding::{Gaps, Hop, Sliding};
use crate::config::Place;
use crate::part::{Clock, Framing, Window, WindowPlan};
use passband_signal::{Duration, Fault, Result, SignalSpec, Span};

crate::settings! {
    /// Frames of fixed length, end to end: each sample, or reading, is in exactly one.
    ///
    /// For samples, it is the same as `sliding` with a hop of one length. For readings, the length is a time: a window
    /// covers [start, end) of event time, counted from 1970-01-01 UTC. It closes when a reading arrives that is at least
    /// `grace` later than its end.
    pub struct Tumbling {
        /// Samples per frame; for readings, a time such as "10 s".
        length: Span = "8192 samples",
        /// For readings: how long after its end a window waits for late readings.
        grace: Option<Duration>,
        /// For readings: windows close when no reading has arrived for this time. Default: the last windows stay open.
        idle_after: Option<Duration>,
        /// For readings: the interval of event time at which intermediate results are emitted; each result then says whether
        /// it is final.
        early: Option<Duration>,
        /// For readings: readings whose time is more than this ahead of their arrival are refused. Default: every time is
        /// accepted.
        max_ahead: Option<Duration>,
    }
}

impl Tumbling {
    fn sliding(&self) -> Sliding {
        Sliding { length: self.length, hop: Hop::Span(self.length), gaps: Gaps::Forbid }
    }
}

impl WindowPlan for Tumbling {
    fn framing(&self) -> Option<&dyn Framing> {
        Some(self)
    }
    fn clock(&self) -> Option<Result<Clock, String>> {
        let Self { grace, idle_after, max_ahead, early, .. } = *self;
        let times = Times { grace, idle_after, max_ahead, early };
        Some(times.clock(self.length, self.length))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        let before = faults.len();
        self.sliding().check(place, faults);
        faults.truncate(before + 1); // the hop is the length: what is wrong with both is told once
    }
}

impl Framing for Tumbling {
    fn start(&self, spec: SignalSpec) -> Result<Box<dyn Window>> {
        self.sliding().start(spec)
    }
}
