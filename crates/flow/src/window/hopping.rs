//! Windows by the time of readings that begin one after the other, a hop apart.

use crate::config::Place;
use crate::part::{Clock, WindowPlan, Windows};
use passband_signal::{Duration, Fault, Span};

crate::settings! {
    /// Windows of readings by their own times, each beginning a hop after the one before: a reading is in several.
    ///
    /// Windows are [start, end), counted from 1970-01-01 UTC; the length is a multiple of the hop. Each reading is
    /// folded once, whatever the overlap.
    pub struct Hopping {
        /// How long a window lasts.
        length: Duration = "1 min",
        /// From the start of one window to the start of the next.
        hop: Duration = "10 s",
        /// How long after its end a window waits for readings that are late.
        grace: Option<Duration>,
        /// When nothing has come for so long, windows are closed. Without it the last ones wait.
        idle_after: Option<Duration>,
        /// Results also as they change, as often as this by the readings' time; each result then says whether it is final.
        early: Option<Duration>,
        /// A reading that is so much younger than its arrival is refused. Without it every time is believed.
        max_ahead: Option<Duration>,
    }
}

/// When windows of readings close.
#[derive(Clone, Copy)]
pub struct Times {
    /// How long after its end a window waits.
    pub grace: Option<Duration>,
    /// When nothing has come for so long, windows are closed.
    pub idle_after: Option<Duration>,
    /// A reading that is so much younger than its arrival is refused.
    pub max_ahead: Option<Duration>,
    /// Results as they change, as often as this.
    pub early: Option<Duration>,
}

/// A time in µs.
pub fn micros(time: Duration) -> i64 {
    (time.0 * 1e6).round() as i64
}

impl Times {
    /// Windows of that length and hop.
    pub fn clock(&self, length: Span, hop: Span) -> Result<Clock, String> {
        let (Span::Time(length), Span::Time(hop)) = (length, hop) else {
            return Err("readings are cut by time: give the length as a time such as \"10 s\"".into());
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
