//! The low-pass filter of a resampler, as the gain of each bin of a block.

use crate::taper::kaiser::bessel_i0;
use rustfft::FftPlannerScalar;
use rustfft::num_complex::Complex;
use std::f64::consts::PI;

/// Where the pass band ends and the stop band begins, in Nyquist frequencies of the lower rate: those of soxr's HQ.
const BAND: [f64; 2] = [0.913, 1.0];
/// Rejection in the stop band (dB). Rounding to f32 is at about -140 dB.
const REJECTION: f64 = 140.0;

/// Half the length of the impulse response, in samples of the rate `from`. `narrow` is the ratio of the lower rate to
/// `from`.
pub fn reach(narrow: f64) -> f64 {
    // Kaiser's formula for the length that a rejection and a transition band take
    let transition = PI * (BAND[1] - BAND[0]) * narrow;
    (REJECTION - 7.95) / (2.285 * transition) / 2.0
}

/// The gains of the bins of a block of this many samples: a sinc under a Kaiser taper, centred on sample 0, so that it
/// delays nothing.
pub fn gains(length: usize, narrow: f64) -> Vec<f32> {
    let (reach, beta) = (reach(narrow), 0.1102 * (REJECTION - 8.7));
    let cutoff = narrow * (BAND[0] + BAND[1]) / 2.0;
    let tap = |n: usize| {
        let across = n as f64 / reach;
        if across >= 1.0 {
            return 0.0;
        }
        let x = PI * cutoff * n as f64;
        let sinc = if n == 0 { 1.0 } else { libm::sin(x) / x };
        cutoff * sinc * bessel_i0(beta * (1.0 - across * across).sqrt()) / bessel_i0(beta)
    };
    let mut spectrum: Vec<Complex<f64>> =
        (0..length).map(|n| Complex::new(tap(n.min(length - n)), 0.0)).collect();
    FftPlannerScalar::new().plan_fft_forward(length).process(&mut spectrum);
    let at_zero = spectrum[0].re;
    spectrum.iter().map(|bin| (bin.re / at_zero) as f32).collect()
}
