//! The three steps of the transform, for any width.
//!
//! Slices are split into equal parts before the loops, so that the compiler can remove bounds checks.

use super::butterfly::{dft, turn};
use super::lanes::Lanes;
use super::plan::Stage;

/// One number per lane: real parts, imaginary parts.
pub(super) type Number<const W: usize> = [[f32; W]; 2];

/// The first butterflies: reads both channels, applies the taper, and fills the work space.
#[inline(always)]
pub(super) fn opening<const R: usize, const W: usize, V: Lanes<W>>(
    channels: [&[[f32; W]]; 3],
    [re_gain, im_gain]: [V; 2],
    stage: &Stage,
    gap: usize,
    work: &mut [Number<W>],
) {
    let step = stage.length / R;
    let zero = V::splat(0.0);
    let [re, im, weights] = channels.map(|channel| cut::<R, _>(channel, step));
    let to = cut_mut::<R, _>(work, step + gap).map(|part| &mut part[..step]);
    let turns = &stage.turns.as_slice()[..step * (R - 1)];
    for p in 0..step {
        let (mut a, mut b) = ([zero; R], [zero; R]);
        for i in 0..R {
            let weight = V::load(&weights[i][p]);
            a[i] = V::load(&re[i][p]).mul(weight).mul(re_gain);
            b[i] = V::load(&im[i][p]).mul(weight).mul(im_gain);
        }
        dft::<R, W, V>(&mut a, &mut b);
        a[0].store(&mut to[0][p][0]);
        b[0].store(&mut to[0][p][1]);
        let turns = &turns[p * (R - 1)..][..R - 1];
        for j in 1..R {
            let [c, s] = turns[j - 1];
            let (x, y) = turn(a[j], b[j], V::splat(c), V::splat(s));
            x.store(&mut to[j][p][0]);
            y.store(&mut to[j][p][1]);
        }
    }
}

/// Butterflies in place, for every part in a stretch of the work space.
#[inline(always)]
pub(super) fn in_place<const R: usize, const W: usize, V: Lanes<W>>(
    stretch: &mut [Number<W>],
    stage: &Stage,
) {
    let step = stage.length / R;
    let zero = V::splat(0.0);
    if step == 1 {
        // The last stage: one butterfly per part, with twiddle factors of 1.
        for part in stretch.as_chunks_mut::<R>().0 {
            let (mut a, mut b) = ([zero; R], [zero; R]);
            for i in 0..R {
                (a[i], b[i]) = (V::load(&part[i][0]), V::load(&part[i][1]));
            }
            dft::<R, W, V>(&mut a, &mut b);
            for j in 0..R {
                a[j].store(&mut part[j][0]);
                b[j].store(&mut part[j][1]);
            }
        }
        return;
    }
    let turns = &stage.turns.as_slice()[..step * (R - 1)];
    for part in stretch.chunks_exact_mut(stage.length) {
        let rows = cut_mut::<R, _>(part, step);
        for p in 0..step {
            let (mut a, mut b) = ([zero; R], [zero; R]);
            for i in 0..R {
                (a[i], b[i]) = (V::load(&rows[i][p][0]), V::load(&rows[i][p][1]));
            }
            dft::<R, W, V>(&mut a, &mut b);
            a[0].store(&mut rows[0][p][0]);
            b[0].store(&mut rows[0][p][1]);
            let turns = &turns[p * (R - 1)..][..R - 1];
            for j in 1..R {
                let [c, s] = turns[j - 1];
                let (x, y) = turn(a[j], b[j], V::splat(c), V::splat(s));
                x.store(&mut rows[j][p][0]);
                y.store(&mut rows[j][p][1]);
            }
        }
    }
}

/// Transforms across the lanes, into natural order.
#[inline(always)]
pub(super) fn cross<const W: usize, V: Lanes<W>>(
    work: &[Number<W>],
    places: &[u32],
    turns: &[Number<W>],
    out_re: &mut [[f32; W]],
    out_im: &mut [[f32; W]],
) {
    let places = places.as_chunks::<W>().0;
    let turns = turns.as_chunks::<W>().0;
    let step = places.len();
    let zero = V::splat(0.0);
    let out_re = cut_mut::<W, _>(out_re, step);
    let out_im = cut_mut::<W, _>(out_im, step);
    for (t, (places, turns)) in places.iter().zip(turns).enumerate().take(step) {
        let (mut a, mut b) = ([zero; W], [zero; W]);
        for l in 0..W {
            let [re, im] = &work[places[l] as usize];
            let [c, s] = &turns[l];
            (a[l], b[l]) = turn(V::load(re), V::load(im), V::load(c), V::load(s));
        }
        let (mut a, mut b) = (V::transpose(a), V::transpose(b));
        dft::<W, W, V>(&mut a, &mut b);
        for k in 0..W {
            a[k].store(&mut out_re[k][t]);
            b[k].store(&mut out_im[k][t]);
        }
    }
}

/// As [`cross`], but writes only the power of each number, beginning with the first half of `out`, and returns the sum
/// of all powers.
#[inline(always)]
pub(super) fn cross_to_power<const W: usize, V: Lanes<W>>(
    work: &[Number<W>],
    places: &[u32],
    turns: &[Number<W>],
    [first, second]: [&mut [[f32; W]]; 2],
) -> f32 {
    let places = places.as_chunks::<W>().0;
    let turns = turns.as_chunks::<W>().0;
    let step = places.len();
    let zero = V::splat(0.0);
    let (mut first, mut second) = (first, second);
    let out: [&mut [[f32; W]]; W] = std::array::from_fn(|_| {
        let half = if first.is_empty() { &mut second } else { &mut first };
        half.split_off_mut(..step).expect("the halves hold whole parts")
    });
    let mut sums = [zero; 2];
    for (t, (places, turns)) in places.iter().zip(turns).enumerate().take(step) {
        let (mut a, mut b) = ([zero; W], [zero; W]);
        for l in 0..W {
            let [re, im] = &work[places[l] as usize];
            let [c, s] = &turns[l];
            (a[l], b[l]) = turn(V::load(re), V::load(im), V::load(c), V::load(s));
        }
        let (mut a, mut b) = (V::transpose(a), V::transpose(b));
        dft::<W, W, V>(&mut a, &mut b);
        for k in 0..W {
            let power = a[k].mul_add(a[k], b[k].mul(b[k]));
            power.store(&mut out[k][t]);
            sums[k % 2] = sums[k % 2].add(power);
        }
    }
    let mut lanes = [0.0; W];
    sums[0].add(sums[1]).store(&mut lanes);
    lanes.iter().sum()
}

/// The first `R` parts of length `step`.
#[inline(always)]
fn cut<const R: usize, T>(slice: &[T], step: usize) -> [&[T]; R] {
    let mut parts = [&slice[..0]; R];
    for (i, part) in parts.iter_mut().enumerate() {
        *part = &slice[i * step..][..step];
    }
    parts
}

#[inline(always)]
fn cut_mut<const R: usize, T>(slice: &mut [T], step: usize) -> [&mut [T]; R] {
    let mut rest = slice;
    std::array::from_fn(|_| rest.split_off_mut(..step).expect("the slice holds its parts"))
}
