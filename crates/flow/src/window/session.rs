//! Windows that last as long as readings keep coming.

use super::hopping::micros;
use crate::config::Place;
use crate::part::{Clock, WindowPlan, Windows};
use passband_signal::{Duration, Fault};

crate::settings! {
    /// Sessions: the readings of a sensor that follow each other by less than a gap, by their own times.
    ///
    /// A session starts with its first reading and ends a gap after its last. A reading between two makes them one.
    pub struct Session {
        /// What ends a session.
        gap: Duration = "30 s",
        /// How long after its end a session waits for readings that are late.
        grace: Option<Duration>,
        /// When nothing has come for so long, sessions are closed. Without it the last ones wait.
        idle_after: Option<Duration>,
        /// Results also as they change, as often as this by the readings' time; each result then says whether it is final.
        early: Option<Duration>,
        /// A reading that is so much younger than its arrival is refused. Without it every time is believed.
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
