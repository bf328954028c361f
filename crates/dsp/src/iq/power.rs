//! Converts the transform of a frame to the power in its bins, for lengths that the own transform does not support.

use rustfft::num_complex::Complex;

use super::Order;

/// Writes `re² + im²` in the selected order; returns the sum over all bins, which is not finite if any bin is not.
pub(super) fn power(transform: &[Complex<f32>], order: Order, out: &mut [f32]) -> f32 {
    let shift = if order == Order::Centred { out.len() / 2 } else { 0 };
    let (below, above) = out.split_at_mut(shift);
    for (z, out) in transform.iter().zip(above.iter_mut().chain(below)) {
        *out = z.re * z.re + z.im * z.im;
    }
    out.iter().sum()
}
