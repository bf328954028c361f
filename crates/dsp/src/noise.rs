//! The statistics of noise: the rate of false alarms, and how noise decreases when frames are averaged.

use std::f64::consts::TAU;

/// The probability that Gaussian noise alone raises one bin of a mean power spectrum by `excess` σ or more.
///
/// The mean power of `n` frames is gamma-distributed with shape `n` (chi-squared with 2n degrees of freedom), whose
/// tail is heavier than that of a normal distribution: by a factor of two at 5 σ and 2731 frames. Multiplied by the
/// number of bins, it is the expected number of false alarms. Valid for frames without overlap and taper.
///
/// # Shape      one number
/// # Units      in σ, out a probability
/// # Edges
/// an excess of `−√frames` or less has probability 1; 0 frames count as 1; more than 10⁹ frames count as 10⁹,
/// where the tail is within 1 % of its limit up to 8 σ
/// # Agrees     scipy 1.17 `special.gammaincc(n, n + excess·√n)`, rel 1e-6
/// # Reference  Abramowitz & Stegun, Handbook of Mathematical Functions, 6.1.41, 6.5.29, 6.5.31
/// # Example
/// ```
/// use passband_dsp::noise::false_alarm_probability;
/// // One frame: exponential, so that 4 σ above the mean are e^−5.
/// assert!((false_alarm_probability(4.0, 1) - (-5f64).exp()).abs() < 1e-15);
/// ```
pub fn false_alarm_probability(excess: f64, frames: u64) -> f64 {
    let a = frames.clamp(1, 1_000_000_000) as f64;
    let mu = excess / a.sqrt();
    if excess.is_nan() {
        return f64::NAN;
    }
    if mu <= -1.0 {
        return 1.0;
    }
    if excess == f64::INFINITY {
        return 0.0;
    }
    let x = a * (1.0 + mu);
    // x^a·e^−x / Γ(a), arranged to avoid cancellation.
    let density = (a * (mu.ln_1p() - mu) - stirling_rest(a)).exp() * (a / TAU).sqrt();
    if x < a + 1.0 { 1.0 - density * below(a, x) } else { density * above(a, x) }
}

/// `lnΓ(a) − (a·ln a − a − ½·ln(a/2π))` for an integer.
fn stirling_rest(a: f64) -> f64 {
    if a < 16.0 {
        let log_gamma: f64 = (1..a as u32).map(|k| f64::from(k).ln()).sum();
        return log_gamma - (a * a.ln() - a - 0.5 * (a / TAU).ln());
    }
    let b = 1.0 / (a * a);
    (1.0 / 12.0 - b * (1.0 / 360.0 - b * (1.0 / 1260.0 - b / 1680.0))) / a
}

/// `Σ xⁿ / (a·(a+1)···(a+n))`
fn below(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum
}

/// The continued fraction `1/(x+1−a− 1(1−a)/(x+3−a− 2(2−a)/(x+5−a− ...)))`, from its head (Lentz).
fn above(a: f64, x: f64) -> f64 {
    const LEAST: f64 = 1e-300;
    let away = |v: f64| if v.abs() < LEAST { LEAST } else { v };
    let mut b = x + 1.0 - a;
    let mut d = 1.0 / away(b);
    let (mut c, mut value) = (1.0 / LEAST, d);
    let mut n = 0.0;
    loop {
        n += 1.0;
        let over = n * (a - n);
        b += 2.0;
        d = 1.0 / away(over * d + b);
        c = away(b + over / c);
        let step = c * d;
        value *= step;
        // For an integer, the fraction ends at n = a.
        if (step - 1.0).abs() < 1e-15 || n >= a {
            return value;
        }
    }
}

/// The rate at which noise decreases when frames are averaged: the slope of `log σ` against `log N`, by least squares.
/// White noise decreases with `1/√N`, a slope of −0.5; a slope closer to 0 indicates a contribution that does not
/// average out.
///
/// # Shape      pairs of `N` and `σ`; out one number
/// # Units      N in frames or files, σ in any unit; out a ratio of logarithms
/// # Edges
/// pairs with non-finite logarithms are skipped; with fewer than two different values of N, there is no slope
/// # Agrees     numpy 2.4 `polyfit(log(N), log(sigma), 1)[0]`, 1e-12
/// # Reference  Allan, Proc. IEEE 54 (1966) 221, for the use of such slopes
/// # Example
/// ```
/// use passband_dsp::noise::slope;
/// let pairs = [(1.0, 4.0), (4.0, 2.0), (16.0, 1.0)];
/// assert!((slope(pairs).unwrap() + 0.5).abs() < 1e-12);
/// assert_eq!(slope([(1.0, 4.0)]), None);
/// ```
pub fn slope(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let logs: Vec<_> = pairs.into_iter().map(|(n, sigma)| (n.ln(), sigma.ln())).collect();
    let logs: Vec<_> = logs.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let count = logs.len() as f64;
    let (mx, my) = logs.iter().fold((0.0, 0.0), |(x, y), log| (x + log.0 / count, y + log.1 / count));
    let xx: f64 = logs.iter().map(|(x, _)| (x - mx).powi(2)).sum();
    let xy: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    (xx > 1e-20).then(|| xy / xx)
}
