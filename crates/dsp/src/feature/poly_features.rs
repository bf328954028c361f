//! A polynomial fitted to the spectrum of each frame.

use super::by_frame::ByFrame;
use super::cut::{self, Cut};
use super::decibels::narrow;
use super::setting::{Allowed, Setting, Value};
use super::{Agreement, Feature};

const SETTINGS: &[Setting] = &[Setting {
    name: "order",
    summary: "order of the polynomial; 1 is a line, whose first coefficient is the slope of the spectrum",
    unit: "",
    default: Value::Number(1.0),
    allowed: Allowed::Count { least: 0, most: 8, or: None },
}];

/// Polynomial features: the coefficients of the polynomial in frequency that fits the magnitude spectrum best.
///
/// The fit is by least squares over all bins. Order 0 is the mean magnitude; order 1 adds the spectral slope.
///
/// # Shape      in samples; out frames × `[order + 1]`, the highest power first
/// # Units      in full scale (±1); out magnitude per Hz^k for the coefficient of power k
/// # Edges
/// silence gives 0; a NaN or an infinity makes its own frames NaN; an order that is not below the number of bins is
/// refused
/// # Agrees     librosa 0.11 `feature.poly_features`, rel 1e-5 of the largest value of that power
/// # Reference  least squares on orthogonal polynomials: Forsythe, J. SIAM 5 (1957) 74
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("poly_features").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap();
/// let mut out = vec![];
/// // magnitudes 3, 2 and 1 at 0, 2 and 4 Hz
/// Plan::new(&settings, 8.0).unwrap().frames(&[2.0, 0.5, 0.0, 0.5], &mut out);
/// assert!((out[0] + 0.5).abs() < 1e-6 && (out[1] - 3.0).abs() < 1e-6);
/// ```
pub static POLY_FEATURES: Feature = Feature {
    name: "poly_features",
    summary: "coefficients of a polynomial in frequency that fits the magnitude spectrum",
    row: "order + 1",
    unit: "1/Hz^k",
    settings: &[SETTINGS, cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.poly_features", relative: 1e-5, absolute: 1e-9 },
    cut: Cut::tapered,
    start: |settings, _, analysis| {
        analysis.ask_magnitude();
        let width = settings.count("order").unwrap_or_default() + 1;
        let bins = analysis.bins();
        if width > bins {
            return Err(format!(
                "a spectrum of {bins} bins has no polynomial of order {}: set order below {bins}, or n_fft higher",
                width - 1
            ));
        }
        let hz: Vec<f64> = (0..bins).map(|bin| analysis.hz(bin)).collect();
        let weights = weights(&hz, width);
        let of = move |analysis: &super::analysis::Analysis, _: &[f32], kept: &mut [f32]| {
            for (kept, weights) in kept.iter_mut().zip(weights.chunks_exact(bins)) {
                *kept = narrow(weights.iter().zip(analysis.magnitude()).map(|(w, m)| w * m).sum());
            }
        };
        Ok(Box::new(ByFrame { width, of }))
    },
};

/// The weights that give each coefficient from the magnitudes: one row per coefficient, the highest power first.
///
/// Powers of the frequency are nearly collinear; polynomials that are orthogonal over the bins are not. Each is stored
/// as its values at the bins and as its coefficients, so that a fit can be expressed in powers of the frequency.
fn weights(hz: &[f64], width: usize) -> Vec<f64> {
    let (bins, top) = (hz.len(), hz.last().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE));
    // scaled to -1 to 1, where the recurrence is most stable
    let x: Vec<f64> = hz.iter().map(|hz| 2.0 * hz / top - 1.0).collect();
    let mut powers = vec![0.0; width * bins];
    let mut known: Vec<(Vec<f64>, Vec<f64>)> = vec![];
    for degree in 0..width {
        let (mut values, mut coefficients) = (vec![1.0; bins], vec![0.0; width]);
        coefficients[0] = 1.0;
        if let Some((last, of)) = known.last() {
            values = last.iter().zip(&x).map(|(v, x)| v * x).collect();
            coefficients = std::iter::once(0.0).chain(of[..width - 1].iter().copied()).collect();
        }
        // orthogonalized twice, which removes the rounding errors of the first pass
        for (other, of) in known.iter().chain(&known) {
            let share: f64 = values.iter().zip(other).map(|(a, b)| a * b).sum();
            values.iter_mut().zip(other).for_each(|(v, o)| *v -= share * o);
            coefficients.iter_mut().zip(of).for_each(|(c, o)| *c -= share * o);
        }
        let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
        values.iter_mut().for_each(|v| *v /= norm);
        coefficients.iter_mut().for_each(|c| *c /= norm);
        for (power, coefficient) in coefficients.iter().enumerate().take(degree + 1) {
            let row = &mut powers[power * bins..][..bins];
            row.iter_mut().zip(&values).for_each(|(row, v)| *row += coefficient * v);
        }
        known.push((values, coefficients));
    }
    in_hertz(&powers, bins, width, top)
}

/// The weights of powers of `x = 2·f/top − 1` as those of powers of `f`, the highest first.
fn in_hertz(powers: &[f64], bins: usize, width: usize, top: f64) -> Vec<f64> {
    let mut weights = vec![0.0; width * bins];
    for power in 0..width {
        // (2·f/top − 1)^power by the binomial theorem
        let mut binomial = 1.0;
        for k in 0..=power {
            let sign = if (power - k) % 2 == 0 { 1.0 } else { -1.0 };
            let factor = sign * binomial * libm::pow(2.0 / top, k as f64);
            let row = &mut weights[(width - 1 - k) * bins..][..bins];
            row.iter_mut().zip(&powers[power * bins..][..bins]).for_each(|(w, p)| *w += factor * p);
            binomial *= (power - k) as f64 / (k + 1) as f64;
        }
    }
    weights
}
