//! Packing and unpacking of a real transform that is computed as a complex transform of half the length.

use super::halves::Parts;
use crate::fft::{Kernel, Lanes};

/// Weights and packs a frame: even samples become real parts, odd samples imaginary parts.
pub(super) struct Fold<'a> {
    pub(super) frame: &'a [f32],
    pub(super) weights: &'a [f64],
    pub(super) to: &'a mut Parts,
}

impl Kernel for Fold<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let [re, im] = self.to;
        let pairs = self.frame.as_chunks::<2>().0.iter().zip(self.weights.as_chunks::<2>().0);
        for (((x, w), re), im) in pairs.zip(re).zip(im) {
            *re = f64::from(x[0]) * w[0];
            *im = f64::from(x[1]) * w[1];
        }
    }
}

/// Computes the power from the transform of the packed frame, a bin and its mirror image at a time.
pub(super) struct Unfold<'a> {
    pub(super) from: &'a Parts,
    /// Cosine and sine of −2π·k / length.
    pub(super) turns: &'a Parts,
    pub(super) out: &'a mut [f64],
}

impl Kernel for Unfold<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Unfold { from: [re, im], turns: [cosines, sines], out } = self;
        let half = re.len();
        let (low, high) = out[..=half].split_at_mut(half / 2);
        low[0] = (re[0] + im[0]) * (re[0] + im[0]);
        high[0] = re[half / 2] * re[half / 2] + im[half / 2] * im[half / 2];
        high[half / 2] = (re[0] - im[0]) * (re[0] - im[0]);
        let bins = half / 2 - 1;
        let below = [re, im, cosines, sines].map(|x| x[1..=bins].as_chunks::<8>());
        let above = [re, im].map(|x| x[half / 2 + 1..].as_rchunks::<8>());
        let (low, low_rest) = low[1..].as_chunks_mut::<8>();
        let (high_rest, high) = high[1..half / 2].as_rchunks_mut::<8>();
        let last = low.len().wrapping_sub(1);
        for (i, low) in low.iter_mut().enumerate() {
            let mirror = last - i;
            let below = [below[0].0[i], below[1].0[i], below[2].0[i], below[3].0[i]];
            (*low, high[mirror]) = pair(below, [above[0].1[mirror], above[1].1[mirror]]);
        }
        let last = low_rest.len().wrapping_sub(1);
        for (i, low) in low_rest.iter_mut().enumerate() {
            let mirror = last - i;
            let below = [below[0].1[i], below[1].1[i], below[2].1[i], below[3].1[i]].map(|x| [x]);
            ([*low], [high_rest[mirror]]) = pair(below, [[above[0].0[mirror]], [above[1].0[mirror]]]);
        }
    }
}

/// Twice the even part plus or minus twice the odd part. A quarter of the squared magnitude is the power.
#[inline(always)]
fn pair<const L: usize>(
    [re, im, cosine, sine]: [[f64; L]; 4],
    [mut mirror_re, mut mirror_im]: [[f64; L]; 2],
) -> ([f64; L], [f64; L]) {
    mirror_re.reverse();
    mirror_im.reverse();
    let (mut low, mut high) = ([0.0; L], [0.0; L]);
    let square = |x: f64, y: f64| 0.25 * (x * x + y * y);
    for k in 0..L {
        let (even_re, even_im) = (re[k] + mirror_re[k], im[k] - mirror_im[k]);
        let (odd_re, odd_im) = (im[k] + mirror_im[k], mirror_re[k] - re[k]);
        let turned_re = odd_re * cosine[k] - odd_im * sine[k];
        let turned_im = odd_re * sine[k] + odd_im * cosine[k];
        low[k] = square(even_re + turned_re, even_im + turned_im);
        high[k] = square(even_re - turned_re, even_im - turned_im);
    }
    high.reverse();
    (low, high)
}
