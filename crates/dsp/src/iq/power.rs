//! From the transform of a frame to the power in its bins.

use super::Order;
use crate::fft::{Kernel, Lanes, Processor};

/// Writes `re² + im²` in the order asked for; gives the sum over all bins. That is not finite if any bin is not.
pub(super) fn power(processor: Processor, re: &[f32], im: &[f32], order: Order, out: &mut [f32]) -> f32 {
    let mut sum = 0.0;
    match order {
        Order::FromZero => processor.run(Power { re, im, out, sum: &mut sum }),
        Order::Centred => {
            let negative = re.len().div_ceil(2);
            let (below, above) = out.split_at_mut(re.len() - negative);
            processor.run(Power { re: &re[negative..], im: &im[negative..], out: below, sum: &mut sum });
            processor.run(Power { re: &re[..negative], im: &im[..negative], out: above, sum: &mut sum });
        }
    }
    sum
}

struct Power<'a> {
    re: &'a [f32],
    im: &'a [f32],
    out: &'a mut [f32],
    sum: &'a mut f32,
}

impl Kernel for Power<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let (re, re_rest) = self.re.as_chunks::<W>();
        let (im, im_rest) = self.im.as_chunks::<W>();
        let (out, out_rest) = self.out.as_chunks_mut::<W>();
        // Two sums at once, as each has to wait for its last.
        let mut sums = [V::splat(0.0); 2];
        for (n, ((re, im), out)) in re.iter().zip(im).zip(out).enumerate() {
            let (re, im) = (V::load(re), V::load(im));
            let power = re.mul_add(re, im.mul(im));
            power.store(out);
            sums[n % 2] = sums[n % 2].add(power);
        }
        for ((re, im), out) in re_rest.iter().zip(im_rest).zip(out_rest) {
            *out = re * re + im * im;
            *self.sum += *out;
        }
        let mut lanes = [0.0; W];
        sums[0].add(sums[1]).store(&mut lanes);
        *self.sum += lanes.iter().sum::<f32>();
    }
}
