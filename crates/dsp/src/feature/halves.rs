//! The transform of a real frame whose length is a power of two, as a complex transform of half the length: even
//! samples are the real parts, odd samples the imaginary parts. In f64, without fused multiply-add.

use std::f64::consts::TAU;
use std::ops::Range;

use super::arithmetic::Numbers;
use super::butterfly::{ABREAST, Columns, Eights, Fours, Twos};
use super::unfold::{Fold, Unfold};
use crate::fft::Processor;

/// Real parts and imaginary parts.
pub(super) type Parts = [Vec<f64>; 2];

/// The plan for one length.
pub(super) struct Halves {
    processor: Processor,
    half: usize,
    /// The twiddle factors of the radix-8 butterflies, in groups.
    eights: Vec<[Numbers<ABREAST>; 7]>,
    /// The twiddle factors of the radix-4 butterflies, pass by pass.
    fours: Vec<Vec<[[f64; 2]; 3]>>,
    /// Cosine and sine of −2π·k / length for k to a quarter of the length.
    unfold: Parts,
    work: [Parts; 2],
}

impl Halves {
    pub(super) fn new(length: usize) -> Option<Halves> {
        // vectors of four f64, which compilers use better than vectors of eight
        let processor = Processor::all().find(|processor| processor.width() == 8);
        Halves::on(processor.unwrap_or(Processor::best()), length)
    }

    fn on(processor: Processor, length: usize) -> Option<Halves> {
        if !length.is_power_of_two() || length < 128 {
            return None;
        }
        let half = length / 2;
        let turns = |p: usize| -> [Numbers<ABREAST>; 7] {
            let lane = |j: usize, lane: usize| turn((p * ABREAST + lane) * j, half);
            std::array::from_fn(|j| [0, 1].map(|part| std::array::from_fn(|at| lane(j + 1, at)[part])))
        };
        let eights = (0..half / (8 * ABREAST)).map(turns).collect();
        let mut fours = vec![];
        let mut n = half / 8;
        while n >= 4 {
            fours.push((0..n / 4).map(|p| [1, 2, 3].map(|j| turn(p * j, n))).collect());
            n /= 4;
        }
        let angles: Vec<[f64; 2]> = (0..=half / 2).map(|k| turn(k, length)).collect();
        let unfold = [0, 1].map(|part| angles.iter().map(|angle| angle[part]).collect());
        let work = std::array::from_fn(|_| [vec![0.0; half], vec![0.0; half]]);
        Some(Halves { processor, half, eights, fours, unfold, work })
    }

    /// `|X[k]|²` of the weighted frame, for k from 0 to length/2.
    pub(super) fn power(&mut self, frame: &[f32], weights: &[f64], out: &mut [f64]) {
        let processor = self.processor;
        let (from, turns) = self.half(frame, weights);
        processor.run(Unfold { from, turns, out });
    }

    /// `X[k]` of the weighted frame, for some k between 0 and length/2.
    pub(super) fn spectrum(
        &mut self,
        frame: &[f32],
        weights: &[f64],
        bins: Range<usize>,
        out: &mut [[f64; 2]],
    ) {
        let half = self.half;
        let ([re, im], [cosines, sines]) = self.half(frame, weights);
        for (out, k) in out.iter_mut().zip(bins) {
            let (own, mirror) = (k % half, (half - k) % half);
            let (even_re, even_im) = (re[own] + re[mirror], im[own] - im[mirror]);
            let (odd_re, odd_im) = (im[own] + im[mirror], re[mirror] - re[own]);
            // the angles of the upper half mirror those of the lower half
            let (cosine, sine) = match k <= half / 2 {
                true => (cosines[k], sines[k]),
                false => (-cosines[half - k], sines[half - k]),
            };
            *out = [
                0.5 * (even_re + (odd_re * cosine - odd_im * sine)),
                0.5 * (even_im + (odd_re * sine + odd_im * cosine)),
            ];
        }
    }

    /// The transform of the packed frame, and the angles to unfold it.
    fn half(&mut self, frame: &[f32], weights: &[f64]) -> (&Parts, &Parts) {
        let Halves { processor, half, eights, fours, unfold, work: [one, two] } = self;
        processor.run(Fold { frame, weights, to: one });
        processor.run(Eights { from: one, to: two, turns: eights });
        for (from, to) in two.iter().zip(one.iter_mut()) {
            processor.run(Columns { from, to });
        }
        let (mut from, mut to) = (one, two);
        let mut run = 1;
        for turns in fours {
            processor.run(Fours { from, to, turns, run });
            std::mem::swap(&mut from, &mut to);
            run *= 4;
        }
        if 8 * run < *half {
            for (from, to) in from.iter().zip(to.iter_mut()) {
                processor.run(Twos { from, to });
            }
            std::mem::swap(&mut from, &mut to);
        }
        (from, unfold)
    }
}

/// Cosine and sine of −2π·k / n, the same on every machine.
fn turn(k: usize, n: usize) -> [f64; 2] {
    let (sine, cosine) = libm::sincos(-TAU * (k % n) as f64 / n as f64);
    [cosine, sine]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_gives_the_same_bits() {
        for length in [128, 256, 512, 2048, 8192] {
            let frame: Vec<f32> = (0..length).map(|n| (n as f32 * 1.3).sin()).collect();
            let weights: Vec<f64> = (0..length).map(|n| 1.0 + (n % 7) as f64 / 7.0).collect();
            let read = |processor| {
                let mut out = vec![f64::NAN; length / 2 + 1];
                Halves::on(processor, length).unwrap().power(&frame, &weights, &mut out);
                out.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            };
            let best = read(Processor::best());
            for processor in Processor::all() {
                assert_eq!(read(processor), best, "{processor:?}, {length} samples");
            }
        }
    }
}
