//! Autocorrelation computed from the power spectrum (Wiener & Khinchin).

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

/// Autocorrelation of real frames, two at a time: one is the real part of a transform, the other the imaginary part.
pub(super) struct Autocorrelation {
    forward: Arc<dyn Fft<f64>>,
    buffer: Vec<Complex<f64>>,
    /// Transforms of the windows; empty until [`Autocorrelation::windows`] is called.
    heads: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl std::fmt::Debug for Autocorrelation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Autocorrelation of {} samples", self.buffer.len() / 2)
    }
}

impl Autocorrelation {
    /// For frames of at most `most` samples.
    pub(super) fn new(most: usize) -> Autocorrelation {
        let length = (2 * most.max(1)).next_power_of_two();
        // the scalar planner: vector instructions would round differently
        let forward = FftPlannerScalar::new().plan_fft_forward(length);
        let scratch = vec![Complex::default(); forward.get_inplace_scratch_len()];
        Autocorrelation { forward, buffer: vec![Complex::default(); length], heads: vec![], scratch }
    }

    /// `r[k] = Σ x[n]·x[n + k]` of two frames, for as many lags as `out` has.
    pub(super) fn pair(&mut self, frames: [&[f64]; 2], out: [&mut [f64]; 2]) {
        let Autocorrelation { forward, buffer, scratch, .. } = self;
        let at = |frame: &[f64], n: usize| frame.get(n).copied().unwrap_or_default();
        for (n, value) in buffer.iter_mut().enumerate() {
            *value = Complex::new(at(frames[0], n), at(frames[1], n));
        }
        forward.process_with_scratch(buffer, scratch);
        let length = buffer.len();
        // the transforms of the two frames are the parts with and without conjugate symmetry
        for k in 0..=length / 2 {
            let (a, b) = (buffer[k], buffer[(length - k) % length].conj());
            let powers = Complex::new((a + b).norm_sqr() / 4.0, (a - b).norm_sqr() / 4.0);
            buffer[k] = powers;
            buffer[(length - k) % length] = powers;
        }
        // power spectra are even: the forward transform equals the inverse
        forward.process_with_scratch(buffer, scratch);
        let [one, two] = out;
        let scale = 1.0 / length as f64;
        one.iter_mut().zip(&*buffer).for_each(|(out, value)| *out = value.re * scale);
        two.iter_mut().zip(&*buffer).for_each(|(out, value)| *out = value.im * scale);
    }

    /// `r[k] = Σ x[n]·x[n + k]` for n below `window`, of two frames. A frame and its lags must fit in the length.
    pub(super) fn windows(&mut self, frames: [&[f64]; 2], window: usize, out: [&mut [f64]; 2]) {
        let Autocorrelation { forward, buffer, heads, scratch } = self;
        let at = |frame: &[f64], n: usize| frame.get(n).copied().unwrap_or_default();
        heads.resize(buffer.len(), Complex::default());
        for (n, (value, head)) in buffer.iter_mut().zip(heads.iter_mut()).enumerate() {
            *value = Complex::new(at(frames[0], n), at(frames[1], n));
            *head = if n < window { *value } else { Complex::default() };
        }
        forward.process_with_scratch(buffer, scratch);
        forward.process_with_scratch(heads, scratch);
        let length = buffer.len();
        let i = Complex::new(0.0, 1.0);
        for k in 0..=length / 2 {
            let mirror = (length - k) % length;
            let (a, b) = split(buffer[k], buffer[mirror]);
            let (c, d) = split(heads[k], heads[mirror]);
            // conjugated, so that the forward transform serves as the inverse
            let (one, two) = ((a * c.conj()).conj(), (b * d.conj()).conj());
            buffer[k] = one + i * two;
            buffer[mirror] = one.conj() + i * two.conj();
        }
        forward.process_with_scratch(buffer, scratch);
        let [one, two] = out;
        let scale = 1.0 / length as f64;
        one.iter_mut().zip(&*buffer).for_each(|(out, value)| *out = value.re * scale);
        two.iter_mut().zip(&*buffer).for_each(|(out, value)| *out = value.im * scale);
    }
}

/// The transforms of the real and of the imaginary part of a signal, from a bin of its transform and the mirrored bin.
fn split(bin: Complex<f64>, mirror: Complex<f64>) -> (Complex<f64>, Complex<f64>) {
    let (sum, difference) = ((bin + mirror.conj()) / 2.0, (bin - mirror.conj()) / 2.0);
    (sum, Complex::new(difference.im, -difference.re))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_frames_have_their_own_autocorrelation() {
        let one: Vec<f64> = (0..50).map(|n| f64::from(n % 7) - 2.0).collect();
        let two: Vec<f64> = (0..37).map(|n| f64::from(n % 5) * 0.5).collect();
        let mut out = [vec![0.0; 40], vec![0.0; 40]];
        let [a, b] = &mut out;
        Autocorrelation::new(50).pair([&one, &two], [a, b]);
        for (frame, out) in [one, two].iter().zip(&out) {
            for (lag, value) in out.iter().enumerate() {
                let sum: f64 = frame.iter().zip(frame.iter().skip(lag)).map(|(x, y)| x * y).sum();
                assert!((value - sum).abs() < 1e-10, "lag {lag}: {value} for {sum}");
            }
        }
    }

    #[test]
    fn windows_are_correlated_with_what_follows_them() {
        let one: Vec<f64> = (0..60).map(|n| f64::from(n * n % 11) - 4.0).collect();
        let two: Vec<f64> = (0..60).map(|n| f64::from(n % 5) * 0.5).collect();
        let mut out = [vec![0.0; 28], vec![0.0; 28]];
        let [a, b] = &mut out;
        Autocorrelation::new(32).windows([&one, &two], 32, [a, b]);
        for (frame, out) in [one, two].iter().zip(&out) {
            for (lag, value) in out.iter().enumerate() {
                let sum: f64 = frame.iter().take(32).zip(frame.iter().skip(lag)).map(|(x, y)| x * y).sum();
                assert!((value - sum).abs() < 1e-10, "lag {lag}: {value} for {sum}");
            }
        }
    }
}
