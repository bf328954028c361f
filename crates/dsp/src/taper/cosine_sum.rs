//! The form of most tapers: a short sum of cosines over one period.

use std::f64::consts::TAU;

/// `Σ (−1)^k · a[k] · cos(2π·k·n / length)`
pub(super) fn cosine_sum(n: usize, length: usize, a: &[f64]) -> f64 {
    let phase = TAU * n as f64 / length as f64;
    let term = |(k, a): (usize, &f64)| {
        if k % 2 == 0 { a * libm::cos(k as f64 * phase) } else { -a * libm::cos(k as f64 * phase) }
    };
    a.iter().enumerate().map(term).sum()
}
