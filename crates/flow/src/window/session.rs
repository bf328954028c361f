//! Windows of readings without a long pause.

use super::hopping::micros;
use crate::config::Place;
use crate::part::{Clock, WindowPlan, Windows};
use passband_signal::{Duration, Fault};

crate::settings! {
    /// Sessions: the readings of a sensor that follow each other by less than a gap of event time.
    ///
    /// A session starts with its first reading and ends a gap after its last. A reading between two sessions joins them.
    pub struct Session {
        /// The gap that ends a session.
        gap: Duration = "30 s",
        /// How long after its end a session waits for late readings.
        grace: Option<Duration>,
        /// Sessions close when no reading has arrived for this time. Default: the last sessions stay open.
        idle_after: Option<Duration>,
        /// The interval of event time at which intermediate results are emitted; each result then says whether it is final.
        early: Option<Duration>,
        /// Readings whose time is more than this ahead of their arrival are refused. Default: every time is accepted.
        max_ahead: Option<Duration>,
    }
}

impl WindowPlan for Session {
    fn clock(&self) -> Option<Result<Clock, String>> {
        let (gap, grace) = (micros(self.gap), self.grace.map_or(0, micros));
        if gap < 1 {
            return Some(Err("the gap must be 1 µs or more".into()));
        }
        let (idle_after, max_ahead) = (self.idle_after.map(|after| after.std()), self.max_ahead.map(micros));
        let (windows, early) = (Windows::Sessions { gap, grace }, self.early.map(micros));
        Some(Ok(Clock { windows, idle_after, max_ahead, early: early.map(|every| every.max(1)) }))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Some(Err(why)) = self.clock() {
            faults.push(place.fault("gap", format!("is {}", self.gap)).why(why));
        }
    }
}
