//! The pace of readings by their own times.

use std::time::{Duration, Instant};

/// The longest pause, in µs: neither one wrong clock nor a night without readings delays the others longer.
const LONGEST: i64 = 60_000_000;

/// Computes when a reading is due.
#[derive(Default)]
pub struct Times {
    /// A moment, and the time of the reading that was due then.
    begun: Option<(Instant, i64)>,
    /// The time of the previous reading.
    last: i64,
}

impl Times {
    /// When a reading is due, relative to the first.
    pub fn due(&mut self, time: i64, now: Instant) -> Instant {
        let apart = time.saturating_sub(self.last).saturating_abs();
        self.last = time;
        let (moment, first) = *self.begun.filter(|_| apart <= LONGEST).get_or_insert((now, time));
        self.begun = Some((moment, first));
        // readings out of order are due already
        moment + Duration::from_micros(u64::try_from(time - first).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_due_by_their_times_with_limited_pauses() {
        let (mut times, now) = (Times::default(), Instant::now());
        let mut due = |seconds: i64| times.due(seconds * 1_000_000, now).duration_since(now).as_secs();
        let due_times = [1000, 1002, 1001, 1050, 9_000_000_000, 1051, 1052, 5000, 5001].map(&mut due);
        assert_eq!(due_times, [0, 2, 1, 50, 0, 0, 1, 0, 1]);
        assert_eq!(times.due(i64::MIN, now), now);
        assert_eq!(times.due(i64::MAX, now), now);
    }
}
