//! Unrolled transforms of a few numbers. Each lane is a separate transform.

use std::f32::consts::FRAC_1_SQRT_2;

use super::lanes::Lanes;

/// `X[k] = Σ x[n]·e^(−2πi·n·k / R)` in place, in natural order, for R of 3, 4, 8 or 16.
#[inline(always)]
pub(crate) fn dft<const R: usize, const W: usize, V: Lanes<W>>(re: &mut [V; R], im: &mut [V; R]) {
    let (re, im) = (&mut re[..], &mut im[..]);
    match R {
        3 => dft3(first(re), first(im)),
        4 => dft4(first(re), first(im)),
        8 => dft8(first(re), first(im)),
        16 => dft16(first(re), first(im)),
        _ => unreachable!("no butterfly of this size"),
    }
}

#[inline(always)]
fn first<const R: usize, T>(slice: &mut [T]) -> &mut [T; R] {
    slice.first_chunk_mut().expect("the match is on its length")
}

#[inline(always)]
fn dft3<const W: usize, V: Lanes<W>>(re: &mut [V; 3], im: &mut [V; 3]) {
    let half = V::splat(0.5);
    let sine = V::splat(0.75f32.sqrt());
    let (sr, si) = (re[1].add(re[2]), im[1].add(im[2]));
    let (dr, di) = (re[1].sub(re[2]), im[1].sub(im[2]));
    let (mr, mi) = (sr.mul_sub_from(half, re[0]), si.mul_sub_from(half, im[0]));
    re[0] = re[0].add(sr);
    im[0] = im[0].add(si);
    re[1] = di.mul_add(sine, mr);
    im[1] = dr.mul_sub_from(sine, mi);
    re[2] = di.mul_sub_from(sine, mr);
    im[2] = dr.mul_add(sine, mi);
}

#[inline(always)]
fn dft4<const W: usize, V: Lanes<W>>(re: &mut [V; 4], im: &mut [V; 4]) {
    let (ar, ai) = (re[0].add(re[2]), im[0].add(im[2]));
    let (br, bi) = (re[0].sub(re[2]), im[0].sub(im[2]));
    let (cr, ci) = (re[1].add(re[3]), im[1].add(im[3]));
    let (dr, di) = (re[1].sub(re[3]), im[1].sub(im[3]));
    *re = [ar.add(cr), br.add(di), ar.sub(cr), br.sub(di)];
    *im = [ai.add(ci), bi.sub(dr), ai.sub(ci), bi.add(dr)];
}

/// Sums give the even results, differences the odd ones; the eighth turns are deferred to the last sums, where their
/// factor √½ is applied.
#[inline(always)]
fn dft8<const W: usize, V: Lanes<W>>(re: &mut [V; 8], im: &mut [V; 8]) {
    let mut er = [re[0].add(re[4]), re[1].add(re[5]), re[2].add(re[6]), re[3].add(re[7])];
    let mut ei = [im[0].add(im[4]), im[1].add(im[5]), im[2].add(im[6]), im[3].add(im[7])];
    let dr = [re[0].sub(re[4]), re[1].sub(re[5]), re[2].sub(re[6]), re[3].sub(re[7])];
    let di = [im[0].sub(im[4]), im[1].sub(im[5]), im[2].sub(im[6]), im[3].sub(im[7])];
    dft4(&mut er, &mut ei);
    // (1 − i) and (−1 − i) times the second and fourth difference, without the factor √½.
    let (pr, pi) = (dr[1].add(di[1]), di[1].sub(dr[1]));
    let (qr, qi) = (di[3].sub(dr[3]), dr[3].add(di[3]));
    let (sr, si) = (pr.add(qr), pi.sub(qi));
    let (tr, ti) = (pr.sub(qr), pi.add(qi));
    // The first plus and minus −i times the third.
    let (ar, ai) = (dr[0].add(di[2]), di[0].sub(dr[2]));
    let (br, bi) = (dr[0].sub(di[2]), di[0].add(dr[2]));
    let owed = V::splat(FRAC_1_SQRT_2);
    re[0] = er[0];
    im[0] = ei[0];
    re[1] = sr.mul_add(owed, ar);
    im[1] = si.mul_add(owed, ai);
    re[2] = er[1];
    im[2] = ei[1];
    re[3] = ti.mul_add(owed, br);
    im[3] = tr.mul_sub_from(owed, bi);
    re[4] = er[2];
    im[4] = ei[2];
    re[5] = sr.mul_sub_from(owed, ar);
    im[5] = si.mul_sub_from(owed, ai);
    re[6] = er[3];
    im[6] = ei[3];
    re[7] = ti.mul_sub_from(owed, br);
    im[7] = tr.mul_add(owed, bi);
}

#[inline(always)]
fn dft16<const W: usize, V: Lanes<W>>(re: &mut [V; 16], im: &mut [V; 16]) {
    /// Cosine and sine of one sixteenth of a turn.
    const COS: f32 = 0.923_879_5;
    const SIN: f32 = 0.382_683_43;
    let zero = V::splat(0.0);
    let (mut er, mut ei, mut or, mut oi) = ([zero; 8], [zero; 8], [zero; 8], [zero; 8]);
    for n in 0..8 {
        er[n] = re[n].add(re[n + 8]);
        ei[n] = im[n].add(im[n + 8]);
        or[n] = re[n].sub(re[n + 8]);
        oi[n] = im[n].sub(im[n + 8]);
    }
    let root = V::splat(FRAC_1_SQRT_2);
    (or[1], oi[1]) = turn(or[1], oi[1], V::splat(COS), V::splat(-SIN));
    (or[2], oi[2]) = (or[2].add(oi[2]).mul(root), oi[2].sub(or[2]).mul(root));
    (or[3], oi[3]) = turn(or[3], oi[3], V::splat(SIN), V::splat(-COS));
    (or[4], oi[4]) = (oi[4], zero.sub(or[4]));
    (or[5], oi[5]) = turn(or[5], oi[5], V::splat(-SIN), V::splat(-COS));
    (or[6], oi[6]) = (oi[6].sub(or[6]).mul(root), zero.sub(or[6].add(oi[6])).mul(root));
    (or[7], oi[7]) = turn(or[7], oi[7], V::splat(-COS), V::splat(-SIN));
    dft8(&mut er, &mut ei);
    dft8(&mut or, &mut oi);
    for n in 0..8 {
        re[2 * n] = er[n];
        im[2 * n] = ei[n];
        re[2 * n + 1] = or[n];
        im[2 * n + 1] = oi[n];
    }
}

/// `(re + i·im)·(c + i·s)`
#[inline(always)]
pub(crate) fn turn<const W: usize, V: Lanes<W>>(re: V, im: V, c: V, s: V) -> (V, V) {
    (im.mul_sub_from(s, re.mul(c)), im.mul_add(c, re.mul(s)))
}
