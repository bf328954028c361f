//! Windows of so many readings.

use super::hopping::micros;
use crate::config::Place;
use crate::data::Kind;
use crate::keyed::{Clock, Cuts};
use crate::part::{Window, WindowPlan};
use passband_signal::{Duration, Fault, Result, SignalSpec};

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
    fn cuts(&self) -> &'static [Kind] {
        &[Kind::Readings]
    }
    fn clock(&self) -> Result<Clock, String> {
        let windows = Cuts::Counts(u64::from(self.length.max(1)));
        Ok(Clock { windows, idle_after: None, max_ahead: self.max_ahead.map(micros), early: None })
    }
    fn forgets(&self) -> Option<String> {
        Some("a restart would begin each sensor's window anew".into())
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.length == 0 {
            faults.push(place.fault("length", "is 0 readings").fix("give it at least 1"));
        }
    }
    fn start(&self, _: SignalSpec) -> Result<Box<dyn Window>> {
        Err(Fault::new("count windows are of readings; for samples there is tumbling"))
    }
}
