//! The low-pass filter of a resampler, as the gain of each bin of a block.

use crate::taper::kaiser::low_pass;
use rustfft::FftPlannerScalar;
use rustfft::num_complex::Complex;

/// Parameters of the Kaiser taper of soxr's HQ: β, and half the length of the impulse response in samples of the lower
/// rate. Fitted to its frequency response in the transition band from 8,000 to 22,050 Hz (within 0.02 dB down to -60
/// dB, soxr 1.1.0).
const BETA: f64 = 13.687_06;
const HALF: f64 = 102.058_1;
/// The -6 dB frequency, in Nyquist frequencies of the lower rate: the pass band ends at 0.913, the stop band begins at
/// 1.
const CUTOFF: f64 = 0.956_841;

/// Half the length of the impulse response, in samples of the rate `from`. `narrow` is the ratio of the lower rate to
/// `from`.
pub fn reach(narrow: f64) -> f64 {
    HALF / narrow
}

/// The gains of the bins of a block of this many samples: a sinc with a Kaiser taper, centred on sample 0, so that
/// there is no delay.
pub fn gains(length: usize, narrow: f64) -> Vec<f32> {
    let (reach, cutoff) = (reach(narrow), narrow * CUTOFF);
    let tap = |n: usize| low_pass(n, cutoff, reach, BETA);
    let mut spectrum: Vec<Complex<f64>> =
        (0..length).map(|n| Complex::new(tap(n.min(length - n)), 0.0)).collect();
    FftPlannerScalar::new().plan_fft_forward(length).process(&mut spectrum);
    let at_zero = spectrum[0].re;
    spectrum.iter().map(|bin| (bin.re / at_zero) as f32).collect()
}
