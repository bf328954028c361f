//! Decibels of whole slices: a polynomial instead of a library call, so that the compiler can vectorise the loops.

use crate::fft::{Kernel, Lanes, Plain, Processor};

/// `10·log10(2)`: the decibels of a factor of two in power.
const DOUBLING: f32 = 3.010_3;

/// The leading bits of `DOUBLING`, few enough that the product with any exponent of f32 is exact, and the remainder.
const DOUBLING_HIGH: f32 = 3.010_254;
const DOUBLING_LOW: f32 = 4.605_039e-5;

/// `log2(1 + t) / t` on [√½ − 1, √2 − 1]: interpolated at the Chebyshev nodes, with an error of at most 1.5e-7.
const LOG2: [f32; 8] = [
    1.442_694_9,
    -0.721_352_76,
    0.480_924_04,
    -0.360_241_98,
    0.287_075_6,
    -0.248_821_81,
    0.234_209_85,
    -0.146_203_53,
];

/// `2^f` on [−½, ½]: interpolated at the Chebyshev nodes, with a relative error of at most 1e-7.
const EXP2: [f32; 7] = [
    1.0,
    std::f32::consts::LN_2,
    0.240_226_5,
    0.055_503_27,
    0.009_618_025,
    0.001_340_043_3,
    0.000_154_697_32,
];

/// Converts powers to decibels, in place.
///
/// `10·log10(p)`
///
/// # Shape      any
/// # Units      in power relative to a reference; out dB
/// # Edges      values below `floor` become `floor`, including 0 and NaN
/// # Agrees     `10·log10` in f64 to 1e-5 dB between -240 and 240 dB (half a step of f32 is 0.8e-5 there)
/// # Example
/// ```
/// let mut values = [1.0, 0.5, 1e-12, 0.0];
/// passband_dsp::decibel::power_to_decibels(&mut values, -240.0);
/// for (value, expected) in values.iter().zip([0.0, -3.0103, -120.0, -240.0]) {
///     assert!((value - expected).abs() < 2e-5);
/// }
/// ```
pub fn power_to_decibels(values: &mut [f32], floor: f32) {
    Processor::best().run(Decibels { values, floor });
}

/// Converts decibels to powers, in place.
///
/// `10^(d / 10)`
///
/// # Shape      any
/// # Units      in dB; out power relative to the reference
/// # Edges      values outside -370 to 380 dB are clamped to this range; NaN becomes the lower end
/// # Agrees     `10^(d / 10)` in f64 to 3e-5 of the value
/// # Example
/// ```
/// let mut values = [0.0, -3.0103, 20.0];
/// passband_dsp::decibel::decibels_to_power(&mut values);
/// for (value, expected) in values.iter().zip([1.0, 0.5, 100.0]) {
///     assert!((value / expected - 1.0).abs() < 1e-5);
/// }
/// ```
pub fn decibels_to_power(values: &mut [f32]) {
    // `clamp` would propagate NaN.
    #[allow(clippy::manual_clamp)]
    for value in values {
        *value = exp2(value.max(-370.0).min(380.0) / DOUBLING);
    }
}

struct Decibels<'a> {
    values: &'a mut [f32],
    floor: f32,
}

impl Kernel for Decibels<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let (rows, rest) = self.values.as_chunks_mut::<W>();
        for row in rows {
            decibels(V::load(row)).max(V::splat(self.floor)).store(row);
        }
        for one in rest.as_chunks_mut::<1>().0 {
            decibels(Plain::load(one)).max(Plain::splat(self.floor)).store(one);
        }
    }
}

/// Decibels of powers; values below the smallest normal number, and NaN, are replaced by it.
#[inline(always)]
pub(crate) fn decibels<const W: usize, V: Lanes<W>>(power: V) -> V {
    let (exponent, t) = power.max(V::splat(f32::MIN_POSITIVE)).split();
    let mut log = V::splat(LOG2[LOG2.len() - 1]);
    for c in LOG2.iter().rev().skip(1) {
        log = log.mul_add(t, V::splat(*c));
    }
    let rest = exponent.mul_add(V::splat(DOUBLING_LOW), t.mul(log).mul(V::splat(DOUBLING)));
    exponent.mul_add(V::splat(DOUBLING_HIGH), rest)
}

/// `2^x` for x between -126 and 127.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    /// 1.5·2²³: adding it to a small number leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x + ROUND;
    let f = x - (shifted - ROUND);
    let [c0, c1, c2, c3, c4, c5, c6] = EXP2;
    let p = (((((c6 * f + c5) * f + c4) * f + c3) * f + c2) * f + c1) * f + c0;
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_agree_with_the_library() {
        for step in -24_000..=24_000 {
            let power = 10f64.powf(f64::from(step) / 1000.0 + 0.000_37) as f32;
            let mut value = [power];
            power_to_decibels(&mut value, f32::MIN);
            let expected = 10.0 * f64::from(power).log10();
            assert!((f64::from(value[0]) - expected).abs() < 1e-5, "{power}: {} {expected}", value[0]);
        }
    }

    #[test]
    fn powers_agree_with_the_library() {
        for step in -36_000..=37_900 {
            let decibels = step as f32 / 100.0;
            let mut value = [decibels];
            decibels_to_power(&mut value);
            let expected = 10f64.powf(f64::from(decibels) / 10.0);
            assert!(
                (f64::from(value[0]) / expected - 1.0).abs() < 3e-5,
                "{decibels}: {} {expected}",
                value[0]
            );
        }
    }

    #[test]
    fn the_edges_stay_finite() {
        let mut values = [0.0, -1.0, f32::NAN, f32::MAX, f32::MIN_POSITIVE / 4.0];
        power_to_decibels(&mut values, -240.0);
        assert_eq!([values[0], values[1], values[2], values[4]], [-240.0; 4]);
        assert!((values[3] - 385.318).abs() < 0.001);
        let mut values = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        decibels_to_power(&mut values);
        assert!(values.iter().all(|value| value.is_finite() && *value > 0.0), "{values:?}");
    }
}
