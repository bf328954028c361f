//! Kaiser: close to the maximum energy in a main lobe of given width.

use std::f64::consts::PI;

use super::{TaperDef, TaperParameter};

/// The taper `kaiser`.
pub const DEF: TaperDef = TaperDef {
    name: "kaiser",
    summary: "side lobes against width by one number: beta 5 is near Hamming, 8.6 near Blackman",
    parameter: Some(TaperParameter {
        name: "beta",
        summary: "0 is rectangular; larger lowers the side lobes and widens the peak",
        default: 8.6,
        least: 0.0,
        most: 500.0,
    }),
    weight: |n, length, beta| {
        let across = 2.0 * n as f64 / length as f64 - 1.0;
        bessel_i0(beta * (1.0 - across * across).max(0.0).sqrt()) / bessel_i0(beta)
    },
};

/// The impulse response of an ideal low-pass filter with a Kaiser taper, `n` samples from its centre: −6 dB at `cutoff`
/// in Nyquist frequencies, 0 from `reach` on.
pub(crate) fn low_pass(n: usize, cutoff: f64, reach: f64, beta: f64) -> f64 {
    let across = n as f64 / reach;
    if across >= 1.0 {
        return 0.0;
    }
    let x = PI * cutoff * n as f64;
    let sinc = if n == 0 { 1.0 } else { libm::sin(x) / x };
    cutoff * sinc * bessel_i0(beta * (1.0 - across * across).sqrt()) / bessel_i0(beta)
}

/// Modified Bessel function of the first kind, order 0: `Σ ((x/2)^k / k!)²`. All terms are positive, so there is no
/// cancellation; within the range of f64 up to x = 700 (Abramowitz & Stegun 9.6.12).
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}
