//! Frames of fixed length, end to end.

use super::hopping::Times;
use super::sliding::{Gaps, Hop, Sliding};
use crate::config::Place;
use crate::part::{Clock, Framing, Window, WindowPlan};
use passband_signal::{Duration, Fault, Result, SignalSpec, Span};

crate::settings! {
    /// Frames of fixed length, end to end: each sample, or reading, is in one.
    ///
    /// Of samples it is the same as `sliding` with a hop of one length. Of readings the length is a time: windows are
    /// [start, end) by the readings' own times, counted from 1970-01-01 UTC. A window closes when a reading has come
    /// that is `grace` younger than its end.
    pub struct Tumbling {
        /// Samples in a frame; for readings, a time such as "10 s".
        length: Span = "8192 samples",
        /// For readings: how long after its end a window waits for those that are late.
        grace: Option<Duration>,
        /// For readings: when nothing has come for so long, windows are closed. Without it the last ones wait.
        idle_after: Option<Duration>,
        /// For readings: results also as they change, as often as this by the readings' time; each then says whether it is
        /// final.
        early: Option<Duration>,
        /// For readings: one that is so much younger than its arrival is refused. Without it every time is believed.
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
