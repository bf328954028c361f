//! The weights from the bins of a spectrum to pitch classes: librosa's `filters.chroma`.

use crate::fft::{Kernel, Lanes, Processor};

use super::sums::product;

/// The frequency of the lowest A, from which octaves are counted.
const A0_HZ: f64 = 27.5;

/// The centre and the deviation, in octaves, of the weighting by pitch.
const OCTAVE: f64 = 5.0;
const OCTAVES: f64 = 2.0;

/// Octaves above A0.
pub(super) fn octaves(hz: f64) -> f64 {
    libm::log2(hz / A0_HZ)
}

/// The weights of all bins, class by class, C first.
pub(super) struct ChromaBank {
    processor: Processor,
    weights: Vec<f64>,
}

impl ChromaBank {
    /// `tuning` is in classes above A440.
    pub(super) fn new(n_chroma: usize, tuning: f64, n_fft: usize, rate_hz: f64) -> ChromaBank {
        let (classes, bins) = (n_chroma as f64, n_fft / 2 + 1);
        let class = |bin: usize| classes * octaves(bin as f64 * rate_hz / n_fft as f64) - tuning;
        // 0 Hz has no pitch: librosa uses one and a half octaves below the next bin
        let class = |bin: usize| if bin == 0 { class(1) - 1.5 * classes } else { class(bin) };
        let half = (classes / 2.0).round_ties_even();
        let first = 3 * (n_chroma / 12);
        let mut weights = vec![0.0; n_chroma * bins];
        for bin in 0..bins {
            let own = class(bin);
            let spread = if bin + 1 < n_fft { (class(bin + 1) - own).max(1.0) } else { 1.0 };
            let bump = |c: usize| {
                let apart = (own - c as f64 + half + 10.0 * classes).rem_euclid(classes) - half;
                let x = 2.0 * apart / spread;
                libm::exp(-0.5 * x * x)
            };
            let length = (0..n_chroma).map(|c| bump(c) * bump(c)).sum::<f64>().sqrt();
            let away = (own / classes - OCTAVE) / OCTAVES;
            let gain = libm::exp(-0.5 * away * away) / length;
            for c in 0..n_chroma {
                // librosa stores them as f32
                weights[c * bins + bin] = f64::from((gain * bump((c + first) % n_chroma)) as f32);
            }
        }
        ChromaBank { processor: Processor::best(), weights }
    }

    /// Computes the power of every class.
    pub(super) fn sum(&self, power: &[f64], chroma: &mut [f64]) {
        self.processor.run(Sum { weights: &self.weights, power, chroma });
    }
}

struct Sum<'a> {
    weights: &'a [f64],
    power: &'a [f64],
    chroma: &'a mut [f64],
}

impl Kernel for Sum<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        product(self.weights, self.power, |c, sum| self.chroma[c] = sum);
    }
}
