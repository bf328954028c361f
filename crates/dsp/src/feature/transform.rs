//! The power spectrum of one real frame, in f64.
//!
//! Spectra for display use f32, which is not accurate enough for decibels: a bin 80 dB below the maximum is off by
//! 0.001 dB or more. The results are also bit-identical on every machine: the arithmetic is plain Rust, which compilers
//! neither fuse nor reorder, compiled for the widest vectors of the processor.

use std::ops::Range;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

use super::halves::Halves;

/// The plan for one length and one taper.
pub(crate) struct Transform {
    weights: Vec<f64>,
    by: By,
}

enum By {
    /// For lengths that are a power of two.
    Halves(Halves),
    /// For all other lengths.
    Rustfft { fft: Arc<dyn Fft<f64>>, buffer: Vec<Complex<f64>>, scratch: Vec<Complex<f64>> },
}

impl Transform {
    pub(crate) fn new(weights: Vec<f64>) -> Transform {
        let length = weights.len();
        let by = match Halves::new(length) {
            Some(halves) => By::Halves(halves),
            None => {
                // the scalar planner: vector instructions would round differently
                let fft = FftPlannerScalar::new().plan_fft_forward(length);
                let scratch = vec![Complex::default(); fft.get_inplace_scratch_len()];
                By::Rustfft { fft, buffer: vec![Complex::default(); length], scratch }
            }
        };
        Transform { weights, by }
    }

    /// `|X[k]|²` for k from 0 to length/2.
    pub(crate) fn power(&mut self, frame: &[f32], out: &mut [f64]) {
        match &mut self.by {
            By::Halves(halves) => halves.power(frame, &self.weights, out),
            By::Rustfft { fft, buffer, scratch } => {
                for ((z, x), w) in buffer.iter_mut().zip(frame).zip(&self.weights) {
                    *z = Complex::new(f64::from(*x) * w, 0.0);
                }
                fft.process_with_scratch(buffer, scratch);
                for (power, z) in out.iter_mut().zip(buffer) {
                    *power = z.norm_sqr();
                }
            }
        }
    }

    /// `X[k]` for some k between 0 and length/2.
    pub(super) fn spectrum(&mut self, frame: &[f32], bins: Range<usize>, out: &mut [[f64; 2]]) {
        match &mut self.by {
            By::Halves(halves) => halves.spectrum(frame, &self.weights, bins, out),
            By::Rustfft { fft, buffer, scratch } => {
                for ((z, x), w) in buffer.iter_mut().zip(frame).zip(&self.weights) {
                    *z = Complex::new(f64::from(*x) * w, 0.0);
                }
                fft.process_with_scratch(buffer, scratch);
                for (out, z) in out.iter_mut().zip(&buffer[bins]) {
                    *out = [z.re, z.im];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn the_power_is_what_its_definition_says() {
        for length in [2, 3, 4, 64, 100, 128, 255, 256, 512, 1024, 2048, 4096] {
            let frame: Vec<f32> = (0..length).map(|n| (n as f32 * 1.3).sin() + 0.3).collect();
            let weights: Vec<f64> = (0..length).map(|n| 1.0 + (n % 7) as f64 / 7.0).collect();
            let mut out = vec![f64::NAN; length / 2 + 1];
            let mut transform = Transform::new(weights.clone());
            // twice: no state of a frame affects the next
            for _ in 0..2 {
                transform.power(&frame, &mut out);
            }
            for (k, power) in out.iter().enumerate() {
                let term = |(x, y): (f64, f64), n: usize| {
                    let (sine, cosine) = (TAU * (n * k % length) as f64 / length as f64).sin_cos();
                    let value = f64::from(frame[n]) * weights[n];
                    (x + value * cosine, y - value * sine)
                };
                let (x, y) = (0..length).fold((0.0, 0.0), term);
                let off = (power.sqrt() - x.hypot(y)).abs() / (length as f64).sqrt();
                assert!(off < 1e-13, "{length} samples, bin {k}: off by {off:e}");
            }
            let mut spectrum = vec![[f64::NAN; 2]; length / 2 + 1];
            transform.spectrum(&frame, 0..length / 2 + 1, &mut spectrum);
            for (k, [re, im]) in spectrum.into_iter().enumerate() {
                let term = |[x, y]: [f64; 2], n: usize| {
                    let (sine, cosine) = (TAU * (n * k % length) as f64 / length as f64).sin_cos();
                    let value = f64::from(frame[n]) * weights[n];
                    [x + value * cosine, y - value * sine]
                };
                let [x, y] = (0..length).fold([0.0; 2], term);
                let off = (re - x).hypot(im - y) / (length as f64).sqrt();
                assert!(off < 1e-13, "{length} samples, bin {k}: off by {off:e}");
            }
        }
    }
}
