//! The pace of sources that could read faster than real time.

use crate::part::Control;
use std::time::{Duration, Instant};

crate::choice! {
    /// The pace of a source.
    pub enum Pace {
        /// The pace of the signal itself.
        RealTime = "real time",
        /// As fast as the pipeline can process it.
        Fast = "as fast as it goes",
    }
}

/// Samples, of all channels, that a source at full speed passes on per turn: waking the next thread costs as much as the
/// spectrum of a small block.
const TURN: usize = 8192;

/// Keeps a source to its pace.
pub struct Pacer {
    pace: Pace,
    began: Option<Instant>,
    control: Control,
}

impl Pacer {
    /// A pacer whose time starts with the first wait.
    pub fn new(pace: Pace, control: &Control) -> Self {
        Self { pace, began: None, control: control.clone() }
    }

    /// Whether a turn with this number of samples, of all channels, should end: in real time after each block, to keep the
    /// latency low.
    pub fn enough(&self, samples: usize) -> bool {
        self.pace == Pace::RealTime || samples >= TURN
    }

    /// Waits until `seconds` of signal have passed since the first call; returns early on a stop.
    pub fn wait(&mut self, seconds: f64) {
        let began = *self.began.get_or_insert_with(Instant::now);
        if self.pace == Pace::Fast {
            return;
        }
        let due = began + Duration::from_secs_f64(seconds);
        while !self.control.stopping() {
            match due.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => std::thread::sleep(left.min(Duration::from_millis(100))),
                _ => return,
            }
        }
    }
}
