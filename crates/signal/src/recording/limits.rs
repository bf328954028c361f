//! How much one recording may cost, whatever its bytes say.

use super::fault;
use crate::Result;
use std::time::{Duration, Instant};

/// What a recording may cost. A file of a few bytes can announce hours, hold minutes of silence in each byte, or
/// keep its decoder busy without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Samples of all channels together.
    pub samples: u64,
    /// From the first byte to the last sample, the waiting for a slow disk or store included.
    pub time: Option<Duration>,
}

impl Limits {
    /// None: for what a person opens, in blocks.
    pub const NONE: Self = Self { samples: u64::MAX, time: None };
}

impl Default for Limits {
    /// For what is decoded whole, in memory: 32 Mi samples (128 MiB), one minute.
    fn default() -> Self {
        Self { samples: 32 << 20, time: Some(Duration::from_secs(60)) }
    }
}

/// When the time of a recording is up.
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
