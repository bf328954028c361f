//! Checks that samples are finite.

/// Whether no sample is NaN or infinite; limited by memory bandwidth.
///
/// ```
/// use passband_signal::iq::all_finite;
/// assert!(all_finite(&[0.0, f32::MAX, -1.0]) && !all_finite(&[0.0, f32::NAN]) && !all_finite(&[f32::INFINITY]));
/// ```
pub fn all_finite(samples: &[f32]) -> bool {
    // an exponent of all ones is not finite; a maximum of integers is vectorised, a sum of floats is not
    let exponent = |x: &f32| x.to_bits() & 0x7f80_0000;
    samples.iter().map(exponent).fold(0, u32::max) < 0x7f80_0000
}
