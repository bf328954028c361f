//! Half the sample rate: a low pass whose every second weight is 0, without delay.

use std::f64::consts::PI;

use crate::fft::{Kernel, Lanes, Processor};

/// What is stopped is 130 dB down: below the steps of 20 bits, which librosa's resampler promises.
const STOPPED_DB: f64 = 130.0;

/// Outputs that are summed side by side.
const ABREAST: usize = 8;

/// The weights: those of the odd samples before and after, the nearest first.
pub(super) fn weights(passed: f64) -> Vec<f64> {
    // Kaiser & Schafer (1980), as for any low pass; its transition lies about half the new rate, evenly.
    let transition = PI * (1.0 - passed.clamp(0.1, 0.95));
    let length = (STOPPED_DB - 7.95) / (2.285 * transition);
    let count = (length / 4.0).ceil() as usize + 1;
    let beta = 0.1102 * (STOPPED_DB - 8.7);
    let one = |m: usize| {
        let distance = (2 * m + 1) as f64;
        let place = distance / (2 * count) as f64;
        let sign = if m % 2 == 0 { 1.0 } else { -1.0 };
        sign / (PI * distance) * bessel(beta * (1.0 - place * place).sqrt()) / bessel(beta)
    };
    let mut weights: Vec<f64> = (0..count).map(one).collect();
    // So that a constant stays what it is, with half of it from the sample in the middle.
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight *= 0.25 / sum);
    weights
}

/// The modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-18 * sum {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
        k += 1.0;
    }
    sum
}

/// Makes every second sample, in memory of a fixed size.
pub(super) struct HalfBand {
    processor: Processor,
    weights: Vec<f64>,
    /// Samples of even numbers from that of the next output on, and of odd ones as far before it as there are weights.
    even: Vec<f64>,
    odd: Vec<f64>,
    next_is_odd: bool,
    made: Vec<f32>,
}

impl HalfBand {
    /// For pieces of no more than so many samples.
    pub(super) fn new(passed: f64, piece: usize) -> HalfBand {
        let weights = weights(passed);
        let room = piece + 4 * weights.len() + ABREAST;
        let [even, odd] = [(); 2].map(|()| Vec::with_capacity(room));
        let made = Vec::with_capacity(room);
        let mut half =
            HalfBand { processor: Processor::best(), weights, even, odd, next_is_odd: false, made };
        half.start_at(0);
        half
    }

    /// Samples before and after an output that it depends on.
    pub(super) fn reach(&self) -> usize {
        2 * self.weights.len()
    }

    /// At the sample of that number. Gives the number of the first output.
    pub(super) fn start_at(&mut self, index: u64) -> u64 {
        self.next_is_odd = index % 2 == 1;
        self.even.clear();
        self.odd.clear();
        self.odd.resize(self.weights.len() - usize::from(self.next_is_odd), 0.0);
        index.div_ceil(2)
    }

    /// Takes samples and gives those that can be made.
    pub(super) fn push(&mut self, samples: &[f32]) -> &[f32] {
        for sample in samples {
            let into = if self.next_is_odd { &mut self.odd } else { &mut self.even };
            into.push(f64::from(*sample));
            self.next_is_odd = !self.next_is_odd;
        }
        self.make()
    }

    /// The samples that remain: zeros follow.
    pub(super) fn finish(&mut self) -> &[f32] {
        let wanted = self.even.len() + 2 * self.weights.len();
        self.odd.resize(wanted.max(self.odd.len()), 0.0);
        self.make()
    }

    fn make(&mut self) -> &[f32] {
        let Self { processor, weights, even, odd, made, .. } = self;
        let count = even.len().min(odd.len().saturating_sub(2 * weights.len() - 1));
        made.clear();
        made.resize(count, 0.0);
        processor.run(Make { weights, even: &even[..count], odd, made });
        for held in [even, odd] {
            let left = held.len() - count;
            held.copy_within(count.., 0);
            held.truncate(left);
        }
        &self.made
    }
}

struct Make<'a> {
    weights: &'a [f64],
    even: &'a [f64],
    odd: &'a [f64],
    made: &'a mut [f32],
}

impl Kernel for Make<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Make { weights, even, odd, made } = self;
        let (outs, rest) = made.as_chunks_mut::<ABREAST>();
        for (at, out) in outs.iter_mut().enumerate() {
            *out = some(weights, &even[ABREAST * at..], &odd[ABREAST * at..]);
        }
        let done = ABREAST * outs.len();
        for (at, out) in rest.iter_mut().enumerate() {
            [*out] = some(weights, &even[done + at..], &odd[done + at..]);
        }
    }
}

/// The next outputs, times √2 so that power a second stays what it was, as librosa scales them.
#[inline(always)]
fn some<const N: usize>(weights: &[f64], even: &[f64], odd: &[f64]) -> [f32; N] {
    let mut sums = [0.0; N];
    for i in 0..N {
        sums[i] = 0.5 * even[i];
    }
    let count = weights.len();
    for (m, weight) in weights.iter().enumerate() {
        let before: &[f64; N] = odd[count - 1 - m..].first_chunk().unwrap_or(&[0.0; N]);
        let after: &[f64; N] = odd[count + m..].first_chunk().unwrap_or(&[0.0; N]);
        for i in 0..N {
            sums[i] += weight * (before[i] + after[i]);
        }
    }
    let mut out = [0.0; N];
    for i in 0..N {
        out[i] = hold(std::f64::consts::SQRT_2 * sums[i]);
    }
    out
}

/// As f32, the largest one where there is no room; NaN if it is no number.
#[inline(always)]
fn hold(x: f64) -> f32 {
    const MOST: f64 = f32::MAX as f64;
    if x.is_finite() { x.clamp(-MOST, MOST) as f32 } else { f32::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_pieces_give_the_same_and_low_tones_stay() {
        let tone: Vec<f32> = (0..4001).map(|n| (n as f32 * 0.7).sin()).collect();
        let whole = |piece: usize| {
            let mut half = HalfBand::new(0.5, piece);
            let mut out = vec![];
            tone.chunks(piece).for_each(|samples| out.extend_from_slice(half.push(samples)));
            out.extend_from_slice(half.finish());
            out
        };
        let out = whole(4001);
        assert_eq!(out.len(), 2001);
        for piece in [1, 7, 500] {
            assert_eq!(whole(piece), out, "{piece}");
        }
        for (n, x) in out.iter().enumerate().skip(100).take(1800) {
            let wanted = 2f32.sqrt() * tone[2 * n];
            assert!((x - wanted).abs() < 2e-6, "{n}: {x} {wanted}");
        }
    }

    #[test]
    fn it_may_begin_at_any_sample() {
        let noise: Vec<f32> = (0..1000).map(|n| ((n * n) as f32 * 0.37).sin()).collect();
        let mut half = HalfBand::new(0.5, 1000);
        let whole = half.push(&noise).to_vec();
        for start in [1, 2, 301] {
            let first = half.start_at(start as u64) as usize;
            let reach = half.reach();
            let rest = half.push(&noise[start..]);
            assert_eq!(rest[reach..], whole[first + reach..][..rest.len() - reach], "{start}");
        }
    }
}
