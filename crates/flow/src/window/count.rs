//! Windows of a fixed number of readings.

use super::hopping::micros;
use crate::config::Place;
use crate::part::{Clock, WindowPlan, Windows};
use passband_signal::{Duration, Fault};

crate::settings! {
    /// Windows of a fixed number of readings of a sensor, in order of arrival.
    ///
    /// A window starts with its earliest reading and ends right after its latest. At the end of a bounded input, an
    /// incomplete window is emitted too. A restart starts the window of every sensor again, so it cannot be part of an
    /// exactly-once chain.
    pub struct Count {
        /// Readings per window.
        length: u32 = "10",
        /// Readings whose time is more than this ahead of their arrival are refused. Default: every time is accepted.
        max_ahead: Option<Duration>,
    }
}

impl WindowPlan for Count {
    fn clock(&self) -> Option<Result<Clock, String>> {
        let windows = Windows::Counts(u64::from(self.length.max(1)));
        Some(Ok(Clock { windows, idle_after: None, max_ahead: self.max_ahead.map(micros), early: None }))
    }
    fn forgets(&self) -> Option<String> {
        Some("a restart would start the window of each sensor again".into())
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.length == 0 {
            faults.push(place.fault("length", "is 0 readings").fix("set it to at least 1"));
        }
    }
}
