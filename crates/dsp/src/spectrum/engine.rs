//! Transforms a tapered pair of channels: with the own transform if it supports the length, otherwise with rustfft.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::fft::{Job, Lines, Plan, Processor};

/// Transforms two real channels as one complex signal.
#[derive(Clone)]
pub(super) struct Engine {
    weights: Arc<Lines>,
    re: Lines,
    im: Lines,
    by: By,
}

#[derive(Clone)]
enum By {
    Own { plan: Arc<Plan>, work: Lines },
    Rustfft { fft: Arc<dyn Fft<f32>>, buffer: Vec<Complex<f32>>, scratch: Vec<Complex<f32>> },
}

impl Engine {
    pub(super) fn new(weights: &[f64], processor: Processor) -> Engine {
        let length = weights.len();
        let weights: Vec<f32> = weights.iter().map(|w| *w as f32).collect();
        let by = match Plan::new(length, processor) {
            Some(plan) => By::Own { work: Lines::new(plan.work()), plan: Arc::new(plan) },
            None => {
                let fft = FftPlanner::new().plan_fft_forward(length);
                let scratch = vec![Complex::default(); fft.get_inplace_scratch_len()];
                By::Rustfft { fft, buffer: vec![Complex::default(); length], scratch }
            }
        };
        let weights = Arc::new(Lines::from(&weights));
        Engine { weights, re: Lines::new(length), im: Lines::new(length), by }
    }

    pub(super) fn length(&self) -> usize {
        self.re.as_ref().len()
    }

    /// Transforms `(re·re_gain + i·im·im_gain)·weights`; returns the real and the imaginary parts.
    pub(super) fn transform(
        &mut self,
        [re, im]: [&[f32]; 2],
        [re_gain, im_gain]: [f32; 2],
    ) -> (&[f32], &[f32]) {
        let weights = self.weights.as_ref().as_ref();
        let (out_re, out_im) = (self.re.as_mut(), self.im.as_mut());
        match &mut self.by {
            By::Own { plan, work } => {
                plan.run(Job { re, im, weights, re_gain, im_gain, work: work.as_mut(), out_re, out_im });
            }
            By::Rustfft { fft, buffer, scratch } => {
                for (((z, w), a), b) in buffer.iter_mut().zip(weights).zip(re).zip(im) {
                    *z = Complex::new(a * re_gain * w, b * im_gain * w);
                }
                fft.process_with_scratch(buffer, scratch);
                for ((z, a), b) in buffer.iter().zip(out_re).zip(out_im) {
                    (*a, *b) = (z.re, z.im);
                }
            }
        }
        (self.re.as_ref(), self.im.as_ref())
    }
}
