//! The time of samples, estimated from their arrival.

use crate::{Hertz, now};
use std::f64::consts::{SQRT_2, TAU};
use std::time::Instant;

/// Bandwidth of the settled loop in Hz.
const BANDWIDTH: f64 = 0.1;
/// Maximum jitter in seconds.
const LATE: f64 = 0.02;
/// Delay in seconds that indicates missing samples if it lasts for [`PATIENCE`].
const MISSING: f64 = 0.05;
/// Seconds of signal for which the delay must last.
const PATIENCE: f64 = 0.5;

/// Tracks the clock of a device. Times are in seconds since creation.
pub struct Clock {
    start: Instant,
    /// The system time at `start`, in µs.
    epoch: i64,
    rate: f64,
    /// The end of the newest sample; `None` before the first arrival.
    end: Option<f64>,
    /// Seconds per sample, according to the device's clock.
    period: f64,
    /// Seconds of signal so far; the loop settles faster at the beginning.
    seen: f64,
    /// The minimum delay since the last punctual arrival, and the seconds of signal since.
    late: (f64, f64),
}

impl Clock {
    pub fn new(rate: Hertz) -> Self {
        let (start, epoch, rate) = (Instant::now(), now(), rate.0);
        Self { start, epoch, rate, end: None, period: 1.0 / rate, seen: 0.0, late: (f64::MAX, 0.0) }
    }

    /// Records that `frames` samples have arrived now; returns the number of missing frames before them.
    pub fn arrived(&mut self, frames: usize) -> u64 {
        self.arrived_at(frames, self.start.elapsed().as_secs_f64())
    }

    fn arrived_at(&mut self, frames: usize, arrival: f64) -> u64 {
        let length = frames as f64 * self.period;
        let Some(end) = self.end else {
            self.end = Some(arrival);
            return 0;
        };
        let expected = end + length;
        let error = arrival - expected;
        self.seen += length;
        if error > LATE {
            // jitter of a busy machine is compensated soon; until then, time advances by the count alone
            self.end = Some(expected);
            self.late = (self.late.0.min(error), self.late.1 + length);
            let (least, lasted) = self.late;
            if lasted < PATIENCE {
                return 0;
            }
            self.late = (f64::MAX, 0.0);
            self.end = Some(expected + least);
            return if least > MISSING { (least * self.rate).round() as u64 } else { 0 };
        }
        self.late = (f64::MAX, 0.0);
        if error < -LATE {
            // samples cannot arrive before they were captured: earlier samples were late
            self.end = Some(arrival);
            return 0;
        }
        let bandwidth = BANDWIDTH.max(1.0 / (1.0 + self.seen));
        let omega = (TAU * bandwidth * length).min(0.5);
        self.end = Some(expected + SQRT_2 * omega * error);
        let nominal = 1.0 / self.rate;
        // clocks deviate by less than 1 %: a larger deviation is jitter
        self.period =
            (self.period + omega * omega * error / frames as f64).clamp(nominal * 0.99, nominal * 1.01);
        0
    }

    /// The time of the sample `frames` before the end (µs since 1970).
    pub fn time(&self, frames: usize) -> i64 {
        let seconds = self.end.unwrap_or(0.0) - frames as f64 * self.period;
        self.epoch + (seconds * 1e6).round() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with a clock error of `drift`, whose chunks of 256 samples arrive with the delay `jitter`.
    fn run(chunks: usize, drift: f64, jitter: impl Fn(usize) -> f64) -> (Clock, f64, u64) {
        let mut clock = Clock::new(Hertz(48_000.0));
        let (mut taken, mut lost) = (0.0, 0);
        for i in 0..chunks {
            taken += 256.0 / 48_000.0 * (1.0 + drift);
            lost += clock.arrived_at(256, taken + jitter(i));
        }
        (clock, taken, lost)
    }

    #[test]
    fn follows_drift_and_smooths_jitter() {
        let (clock, taken, lost) = run(20_000, 200e-6, |i| (i * 7919 % 100) as f64 * 4e-5);
        // the mean jitter, 2 ms, remains: it is indistinguishable from latency
        let error = clock.end.unwrap() - taken - 0.002;
        assert!(error.abs() < 5e-4, "{error}");
        assert!((clock.period * 48_000.0 - 1.0 - 200e-6).abs() < 20e-6);
        assert_eq!(lost, 0);
    }

    #[test]
    fn tells_a_pause_of_the_reader_from_missing_samples() {
        // the reader slept for 300 ms, after which the queued samples arrive at once
        let (clock, taken, lost) = run(2000, 0.0, |i| {
            (0.3 - (i.saturating_sub(1000)) as f64 * 0.0053).max(0.0) * f64::from(u8::from(i >= 1000))
        });
        assert_eq!(lost, 0);
        assert!((clock.end.unwrap() - taken).abs() < 1e-3);
        // 300 ms of samples are lost
        let (clock, taken, lost) = run(2000, 0.0, |i| if i >= 1000 { 0.3 } else { 0.0 });
        assert!(lost.abs_diff(14_400) < 10, "{lost}");
        assert!((clock.end.unwrap() - taken - 0.3).abs() < 1e-3);
    }
}
