//! Windows of so many readings.

use super::hopping::micros;
use crate::config::Place;
use crate::part::{Clock, WindowPlan, Windows};
use passband_signal::{Duration, Fault};

crate::settings! {
    /// Windows of so many readings of a sensor, in the order they come.
    ///
    /// A window starts with its earliest reading and ends right after its latest. At the end of a bounded input what is
    /// there is given. A restart begins every sensor's window anew, so it cannot be part of an exactly-once chain.
    pub struct Count {
        /// Readings in a window.
        length: u32 = "10",
        /// A reading that is so much younger than its arrival is refused. Without it every time is believed.
        max_ahead: Option<Duration>,
    }
}

impl WindowPlan for Count {
    fn clock(&self) -> Option<Result<Clock, String>> {
        let windows = Windows::Counts(u64::from(self.length.max(1)));
        Some(Ok(Clock { windows, idle_after: None, max_ahead: self.max_ahead.map(micros), early: None }))
    }
    fn forgets(&self) -> Option<String> {
        Some("a restart would begin each sensor's window anew".into())
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.length == 0 {
            faults.push(place.fault("length", "is 0 readings").fix("give it at least 1"));
        }
    }
}
