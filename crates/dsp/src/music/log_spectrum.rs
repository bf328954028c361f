//! The spectrum on a logarithmic axis with three bins per semitone.

/// MIDI number of the lowest semitone, A0 (27.5 Hz).
pub(super) const LOWEST_NOTE: usize = 21;
/// Number of semitones on the axis, up to C8 (4186 Hz).
pub(super) const SEMITONES: usize = 88;
/// Number of bins on the axis; the middle one of each three lies on its semitone.
pub(super) const BINS: usize = 3 * SEMITONES;

/// Sums the magnitudes of a spectrum into bins of a third of a semitone, by raised cosines that are at least as wide as
/// a bin of the Fourier transform.
///
/// # Reference  Mauch & Dixon, Approximate Note Transcription for the Improved Identification of Difficult Chords,
/// ISMIR 2010, section 2.1
#[derive(Debug)]
pub(super) struct LogSpectrum {
    bands: Vec<(usize, Vec<f64>)>,
}

impl LogSpectrum {
    pub(super) fn new(length: usize, rate_hz: f64) -> LogSpectrum {
        let third = libm::exp2(1.0 / 36.0) - 1.0;
        let band = |bin: usize| {
            // in bins of the transform
            let centre = frequency(bin as f64) * length as f64 / rate_hz;
            let reach = (centre * third).max(1.0);
            let first = (centre - reach).max(0.0).ceil() as usize;
            let last = ((centre + reach).floor() as usize).min(length / 2);
            let weight = |k: usize| {
                0.5 + 0.5 * libm::cos(std::f64::consts::PI * ((k as f64 - centre) / reach).clamp(-1.0, 1.0))
            };
            let weights = if first > last { vec![] } else { (first..=last).map(weight).collect() };
            (if first > last { 0 } else { first }, weights)
        };
        LogSpectrum { bands: (0..BINS).map(band).collect() }
    }

    pub(super) fn sum(&self, magnitudes: &[f64], out: &mut [f64]) {
        for ((first, weights), out) in self.bands.iter().zip(out) {
            *out =
                magnitudes[*first..].iter().zip(weights).map(|(magnitude, weight)| magnitude * weight).sum();
        }
    }
}

/// Frequency in Hz of a position on the axis, with A4 at 440 Hz.
pub(super) fn frequency(bin: f64) -> f64 {
    440.0 * libm::exp2((LOWEST_NOTE as f64 + (bin - 1.0) / 3.0 - 69.0) / 12.0)
}
