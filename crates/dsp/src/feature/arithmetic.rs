//! Complex numbers in f64, `L` at a time. Fused multiply-add is never used: results would differ on processors without
//! it.

use std::f64::consts::FRAC_1_SQRT_2;

/// `L` complex numbers: real parts and imaginary parts.
pub(super) type Numbers<const L: usize> = [[f64; L]; 2];

#[inline(always)]
fn zip<const L: usize>(a: [f64; L], b: [f64; L], f: impl Fn(f64, f64) -> f64) -> [f64; L] {
    let mut out = a;
    for i in 0..L {
        out[i] = f(a[i], b[i]);
    }
    out
}

#[inline(always)]
pub(super) fn add<const L: usize>(a: Numbers<L>, b: Numbers<L>) -> Numbers<L> {
    [zip(a[0], b[0], |a, b| a + b), zip(a[1], b[1], |a, b| a + b)]
}

#[inline(always)]
pub(super) fn sub<const L: usize>(a: Numbers<L>, b: Numbers<L>) -> Numbers<L> {
    [zip(a[0], b[0], |a, b| a - b), zip(a[1], b[1], |a, b| a - b)]
}

#[inline(always)]
pub(super) fn mul<const L: usize>(a: Numbers<L>, b: Numbers<L>) -> Numbers<L> {
    let re = zip(zip(a[0], b[0], |a, b| a * b), zip(a[1], b[1], |a, b| a * b), |a, b| a - b);
    let im = zip(zip(a[0], b[1], |a, b| a * b), zip(a[1], b[0], |a, b| a * b), |a, b| a + b);
    [re, im]
}

/// Times −i.
#[inline(always)]
pub(super) fn quarter_turn<const L: usize>(a: Numbers<L>) -> Numbers<L> {
    [a[1], zip(a[0], a[0], |a, _| -a)]
}

#[inline(always)]
pub(super) fn dft_4<const L: usize>([a, b, c, d]: [Numbers<L>; 4]) -> [Numbers<L>; 4] {
    let (even, even_less) = (add(a, c), sub(a, c));
    let (odd, odd_less) = (add(b, d), quarter_turn(sub(b, d)));
    [add(even, odd), add(even_less, odd_less), sub(even, odd), sub(even_less, odd_less)]
}

/// Times (1 − i)/√2.
#[inline(always)]
pub(super) fn eighth_turn<const L: usize>([re, im]: Numbers<L>) -> Numbers<L> {
    [zip(re, im, |re, im| FRAC_1_SQRT_2 * (re + im)), zip(re, im, |re, im| FRAC_1_SQRT_2 * (im - re))]
}
