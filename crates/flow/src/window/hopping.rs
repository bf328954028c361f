//! Windows of readings by event time that start at intervals of a hop.

use crate::config::Place;
use crate::part::{Clock, WindowPlan, Windows};
use passband_signal::{Duration, Fault, Span};

crate::settings! {
    /// Windows of readings by event time that start at intervals of a hop and overlap.
    ///
    /// A window covers [start, end), counted from 1970-01-01 UTC; the length is a multiple of the hop. Each reading is
    /// folded once, whatever the overlap.
    pub struct Hopping {
        /// The length of a window.
        length: Duration = "1 min",
        /// The interval from the start of one window to the start of the next.
        hop: Duration = "10 s",
        /// How long after its end a window waits for late readings.
        grace: Option<Duration>,
        /// Windows close when no reading has arrived for this time. Default: the last windows stay open.
        idle_after: Option<Duration>,
        /// The interval of event time at which intermediate results are emitted; each result then says whether it is final.
        early: Option<Duration>,
        /// Readings whose time is more than this ahead of their arrival are refused. Default: every time is accepted.
        max_ahead: Option<Duration>,
    }
}

/// When windows of readings close.
#[derive(Clone, Copy)]
pub struct Times {
    /// How long after its end a window stays open.
    pub grace: Option<Duration>,
    /// Windows close when no reading has arrived for this time.
    pub idle_after: Option<Duration>,
    /// Readings whose time is more than this ahead of their arrival are refused.
    pub max_ahead: Option<Duration>,
    /// The interval of event time at which intermediate results are emitted.
    pub early: Option<Duration>,
}

/// A time in µs.
pub fn micros(time: Duration) -> i64 {
    (time.0 * 1e6).round() as i64
}

impl Times {
    /// Windows of this length and hop.
    pub fn clock(&self, length: Span, hop: Span) -> Result<Clock, String> {
        let (Span::Time(length), Span::Time(hop)) = (length, hop) else {
            return Err(
                "windows of readings are cut by time: set the length to a time such as \"10 s\"".into()
            );
        };
        let (length, hop) = (micros(length), micros(hop));
        if hop < 1 || length < hop || length % hop != 0 {
            return Err("the length must be a multiple of the hop, and both 1 µs or more".into());
        }
        let max_ahead = self.max_ahead.map(micros);
        let idle_after = self.idle_after.map(|after| after.std());
        let windows = Windows::Hopping { length, hop, grace: self.grace.map_or(0, micros) };
        let early = self.early.map(|every| micros(every).max(1));
        Ok(Clock { windows, idle_after, max_ahead, early })
    }
}

impl WindowPlan for Hopping {
    fn clock(&self) -> Option<Result<Clock, String>> {
        let Self { grace, idle_after, max_ahead, early, .. } = *self;
        let times = Times { grace, idle_after, max_ahead, early };
        Some(times.clock(Span::Time(self.length), Span::Time(self.hop)))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Some(Err(why)) = self.clock() {
            faults.push(place.fault("hop", format!("is {}, and length {}", self.hop, self.length)).why(why));
        }
    }
}
