//! The passes of an auto-sort transform (Stockham; Cochran et al. 1967): butterflies of radix 8, then of radix 4, then
//! of radix 2 if a factor of two remains.
//!
//! A pass processes its numbers in arrays of `L`, so that results do not depend on the vector width of the processor.
//! Each pass is compiled separately: compilers do not vectorize all of them in one function. The f32 lanes of the
//! kernel interface are not used.

use super::arithmetic::{Numbers, add, dft_4, eighth_turn, mul, quarter_turn, sub};
use super::halves::Parts;
use crate::fft::{Kernel, Lanes};

/// Number of radix-8 butterflies that are computed in parallel.
pub(super) const ABREAST: usize = 4;

/// The first pass: radix-8 butterflies of numbers an eighth of the length apart.
pub(super) struct Eights<'a> {
    pub(super) from: &'a Parts,
    pub(super) to: &'a mut Parts,
    pub(super) turns: &'a [[Numbers<ABREAST>; 7]],
}

impl Kernel for Eights<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Eights { from, to, turns } = self;
        let eighth = turns.len();
        let [re, im] = from;
        let (re, im) = (cut::<8, _>(re.as_chunks().0, eighth), cut::<8, _>(im.as_chunks().0, eighth));
        let [to_re, to_im] = to;
        let to_re = cut_mut::<8, _>(to_re.as_chunks_mut().0, eighth);
        let to_im = cut_mut::<8, _>(to_im.as_chunks_mut().0, eighth);
        for p in 0..eighth {
            let x = |i: usize| -> Numbers<ABREAST> { [re[i][p], im[i][p]] };
            let [a, b, c, d] = dft_4([x(0), x(2), x(4), x(6)]);
            let [e, f, g, h] = dft_4([x(1), x(3), x(5), x(7)]);
            let (f, g, h) = (eighth_turn(f), quarter_turn(g), quarter_turn(eighth_turn(h)));
            let t = &turns[p];
            let mut put = |i: usize, x: Numbers<ABREAST>| {
                to_re[i][p] = x[0];
                to_im[i][p] = x[1];
            };
            put(0, add(a, e));
            put(1, mul(add(b, f), t[0]));
            put(2, mul(add(c, g), t[1]));
            put(3, mul(add(d, h), t[2]));
            put(4, mul(sub(a, e), t[3]));
            put(5, mul(sub(b, f), t[4]));
            put(6, mul(sub(c, g), t[5]));
            put(7, mul(sub(d, h), t[6]));
        }
    }
}

/// Transposes the results of the first pass, so that the eight results of a butterfly are adjacent.
pub(super) struct Columns<'a> {
    pub(super) from: &'a [f64],
    pub(super) to: &'a mut [f64],
}

impl Kernel for Columns<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let rows = cut::<8, _>(self.from, self.from.len() / 8);
        for (p, to) in self.to.as_chunks_mut::<8>().0.iter_mut().enumerate().take(rows[0].len()) {
            for i in 0..8 {
                to[i] = rows[i][p];
            }
        }
    }
}

/// A radix-4 pass, over runs of `run` times eight numbers with common twiddle factors.
pub(super) struct Fours<'a> {
    pub(super) from: &'a Parts,
    pub(super) to: &'a mut Parts,
    pub(super) turns: &'a [[[f64; 2]; 3]],
    pub(super) run: usize,
}

impl Kernel for Fours<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Fours { from, to, turns, run } = self;
        let [re, im] = from;
        let quarter = run * turns.len();
        let (re, im) =
            (cut::<4, _>(re.as_chunks::<8>().0, quarter), cut::<4, _>(im.as_chunks::<8>().0, quarter));
        let [to_re, to_im] = to;
        let to_re = to_re.as_chunks_mut::<8>().0.chunks_exact_mut(4 * run);
        let to_im = to_im.as_chunks_mut::<8>().0.chunks_exact_mut(4 * run);
        for (p, ((turns, to_re), to_im)) in turns.iter().zip(to_re).zip(to_im).enumerate() {
            let [[b_re, b_im], [c_re, c_im], [d_re, d_im]] = *turns;
            let (b, c, d) = ([[b_re; 8], [b_im; 8]], [[c_re; 8], [c_im; 8]], [[d_re; 8], [d_im; 8]]);
            let (re, im) = (stretch(re, p * run, run), stretch(im, p * run, run));
            let (to_re, to_im) = (cut_mut::<4, _>(to_re, run), cut_mut::<4, _>(to_im, run));
            for q in 0..run {
                let x =
                    [[re[0][q], im[0][q]], [re[1][q], im[1][q]], [re[2][q], im[2][q]], [re[3][q], im[3][q]]];
                let x = dft_4(x);
                let x = [x[0], mul(x[1], b), mul(x[2], c), mul(x[3], d)];
                for i in 0..4 {
                    to_re[i][q] = x[i][0];
                    to_im[i][q] = x[i][1];
                }
            }
        }
    }
}

/// The last pass, if a factor of two remains.
pub(super) struct Twos<'a> {
    pub(super) from: &'a [f64],
    pub(super) to: &'a mut [f64],
}

impl Kernel for Twos<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let (a, b) = self.from.split_at(self.from.len() / 2);
        let (sums, differences) = self.to.split_at_mut(a.len());
        for (to, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *to = a + b;
        }
        for (to, (a, b)) in differences.iter_mut().zip(a.iter().zip(b)) {
            *to = a - b;
        }
    }
}

/// Splits into parts of equal length, for which the compiler removes bounds checks.
#[inline(always)]
fn cut<const N: usize, T>(slice: &[T], length: usize) -> [&[T]; N] {
    let mut parts = [&slice[..0]; N];
    for (i, part) in parts.iter_mut().enumerate() {
        *part = &slice[i * length..][..length];
    }
    parts
}

/// A range of each part. (Not `map`, which compilers do not inline.)
#[inline(always)]
fn stretch<T>(mut parts: [&[T]; 4], start: usize, length: usize) -> [&[T]; 4] {
    for part in &mut parts {
        *part = &part[start..][..length];
    }
    parts
}

#[inline(always)]
fn cut_mut<const N: usize, T>(slice: &mut [T], length: usize) -> [&mut [T]; N] {
    let mut rest = slice;
    std::array::from_fn(|_| rest.split_off_mut(..length).expect("the slice holds its parts"))
}
