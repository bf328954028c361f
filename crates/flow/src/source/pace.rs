//! How fast a source that could hurry gives its data.

use crate::part::Control;
use std::time::{Duration, Instant};

crate::choice! {
    /// How fast data comes.
    pub enum Pace {
        /// As the signal itself did.
        RealTime = "real time",
        /// As fast as the rest of the pipeline takes it.
        Fast = "as fast as it goes",
    }
}

/// Samples, of all channels, that a source in a hurry hands on in one turn: to wake the next thread costs as much as a
/// small block's spectrum does.
const TURN: usize = 8192;

/// Keeps a source to its pace.
pub struct Pacer {
    pace: Pace,
    began: Option<Instant>,
    control: Control,
}

impl Pacer {
    /// A pacer whose time begins with the first wait.
    pub fn new(pace: Pace, control: &Control) -> Self {
        Self { pace, began: None, control: control.clone() }
    }

    /// Whether a turn that gave so many samples, of all channels, is to end: at the signal's own pace after each block,
    /// which somebody waits for.
    pub fn enough(&self, samples: usize) -> bool {
        self.pace == Pace::RealTime || samples >= TURN
    }

    /// Waits until `seconds` of signal have passed since the first call; a stop ends the wait.
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
