//! Tuning: the frequency of A4.

use super::spectral_peaks::Peak;
use std::f64::consts::TAU;

/// Estimates the tuning of a recording: the circular mean of the deviations of its spectral peaks from equal
/// temperament.
///
/// # Memory     three numbers
/// # Reference  Dressler & Streich, Tuning Frequency Estimation Using Circular Statistics, ISMIR 2007
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TuningSum {
    cosine: f64,
    sine: f64,
    weight: f64,
}

/// The tuning of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Frequency of A4 in Hz, between 427.5 and 452.9.
    pub a4_hz: f64,
    /// Deviation from 440 Hz in cents, between -50 and 50.
    pub cents: f64,
    /// Agreement of the peaks: 0 (uniformly distributed) to 1 (all on one tuning).
    pub confidence: f64,
}

impl TuningSum {
    /// Adds the peaks of a frame, weighted by their magnitude relative to the strongest.
    pub(super) fn add(&mut self, peaks: &[Peak]) {
        let greatest = peaks.iter().fold(0.0, |most: f64, peak| most.max(peak.magnitude));
        for peak in peaks {
            let weight = peak.magnitude / greatest;
            let (sine, cosine) = libm::sincos(TAU * 12.0 * libm::log2(peak.hz / 440.0));
            self.cosine += weight * cosine;
            self.sine += weight * sine;
            self.weight += weight;
        }
    }

    /// `None` if no peak was added.
    pub(super) fn tuning(&self) -> Option<Tuning> {
        if self.weight <= 0.0 {
            return None;
        }
        let semitones = libm::atan2(self.sine, self.cosine) / TAU;
        Some(Tuning {
            a4_hz: 440.0 * libm::exp2(semitones / 12.0),
            cents: 100.0 * semitones,
            confidence: libm::hypot(self.sine, self.cosine) / self.weight,
        })
    }
}
