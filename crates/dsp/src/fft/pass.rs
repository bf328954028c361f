//! The three moves of the transform, at any width.
//!
//! In the work space number e of every lane is rows 2·e (real) and 2·e + 1 (imaginary).

use super::butterfly::{dft, turn};
use super::lanes::Lanes;
use super::plan::Stage;

/// The first butterflies: reads both channels, lays the taper on, and fills the work space.
#[inline(always)]
pub(super) fn opening<const R: usize, const W: usize, V: Lanes<W>>(
    [re, im, weights]: [&[[f32; W]]; 3],
    [re_gain, im_gain]: [V; 2],
    stage: &Stage,
    gap: usize,
    work: &mut [[f32; W]],
) {
    let step = stage.length / R;
    let zero = V::splat(0.0);
    for (p, turns) in stage.turns.chunks_exact(R - 1).enumerate() {
        let (mut a, mut b) = ([zero; R], [zero; R]);
        for i in 0..R {
            let weight = V::load(&weights[p + i * step]);
            a[i] = V::load(&re[p + i * step]).mul(weight).mul(re_gain);
            b[i] = V::load(&im[p + i * step]).mul(weight).mul(im_gain);
        }
        dft::<R, W, V>(&mut a, &mut b);
        let mut row = 2 * p;
        for j in 0..R {
            if j > 0 {
                let [c, s] = turns[j - 1];
                (a[j], b[j]) = turn(a[j], b[j], V::splat(c), V::splat(s));
            }
            a[j].store(&mut work[row]);
            b[j].store(&mut work[row + 1]);
            row += 2 * (step + gap);
        }
    }
}

/// Butterflies in place, over every part that a stretch of the work space holds.
#[inline(always)]
pub(super) fn in_place<const R: usize, const W: usize, V: Lanes<W>>(stretch: &mut [[f32; W]], stage: &Stage) {
    let step = stage.length / R;
    let zero = V::splat(0.0);
    for part in stretch.chunks_exact_mut(2 * stage.length) {
        for (p, turns) in stage.turns.chunks_exact(R - 1).enumerate() {
            let (mut a, mut b) = ([zero; R], [zero; R]);
            for i in 0..R {
                a[i] = V::load(&part[2 * (p + i * step)]);
                b[i] = V::load(&part[2 * (p + i * step) + 1]);
            }
            dft::<R, W, V>(&mut a, &mut b);
            for j in 0..R {
                // The last stage has one butterfly a part, and its angles are 0.
                if j > 0 && step > 1 {
                    let [c, s] = turns[j - 1];
                    (a[j], b[j]) = turn(a[j], b[j], V::splat(c), V::splat(s));
                }
                a[j].store(&mut part[2 * (p + j * step)]);
                b[j].store(&mut part[2 * (p + j * step) + 1]);
            }
        }
    }
}

/// Transforms across the lanes, into natural order.
#[inline(always)]
pub(super) fn cross<const W: usize, V: Lanes<W>>(
    work: &[[f32; W]],
    places: &[u32],
    turns: &[[f32; W]],
    out_re: &mut [[f32; W]],
    out_im: &mut [[f32; W]],
) {
    let step = places.len() / W;
    let zero = V::splat(0.0);
    for (t, (places, turns)) in places.as_chunks::<W>().0.iter().zip(turns.chunks_exact(2 * W)).enumerate() {
        let (mut a, mut b) = ([zero; W], [zero; W]);
        for l in 0..W {
            let place = places[l] as usize;
            let (c, s) = (V::load(&turns[2 * l]), V::load(&turns[2 * l + 1]));
            (a[l], b[l]) = turn(V::load(&work[place]), V::load(&work[place + 1]), c, s);
        }
        let (mut a, mut b) = (V::transpose(a), V::transpose(b));
        dft::<W, W, V>(&mut a, &mut b);
        for k in 0..W {
            a[k].store(&mut out_re[t + k * step]);
            b[k].store(&mut out_im[t + k * step]);
        }
    }
}
