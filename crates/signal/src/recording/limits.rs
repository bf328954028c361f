//! Limits of memory and time for one recording.

use super::fault;
use crate::Result;
use std::time::{Duration, Instant};

/// The limits of a recording. A file of a few bytes may claim hours, contain minutes of silence per byte, or cause its
/// decoder to run for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Samples over all channels.
    pub samples: u64,
    /// Time from the first byte to the last sample, including waits for the disk or store.
    pub time: Option<Duration>,
}

impl Limits {
    /// No limits, for recordings that are read in blocks.
    pub const NONE: Self = Self { samples: u64::MAX, time: None };
}

impl Default for Limits {
    /// Limits for recordings decoded into memory: 32 Mi samples (128 MiB), one minute.
    fn default() -> Self {
        Self { samples: 32 << 20, time: Some(Duration::from_secs(60)) }
    }
}

/// The deadline of a recording.
#[derive(Clone, Copy)]
pub struct Deadline {
    end: Option<Instant>,
    time: Duration,
}

impl Deadline {
    pub fn of(limits: &Limits) -> Self {
        let time = limits.time.unwrap_or(Duration::MAX);
        Self { end: limits.time.and_then(|time| Instant::now().checked_add(time)), time }
    }

    pub fn check(&self, name: &str) -> Result<()> {
        match self.end {
            Some(end) if Instant::now() >= end => Err(fault::late(name, self.time)),
            _ => Ok(()),
        }
    }
}
