//! Transforms a tapered complex frame to power: with the own transform if it supports the length, otherwise with
//! rustfft.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::Order;
use super::power::power;
use crate::fft::{Lines, Plan, PowerJob, Processor};

/// Information on a frame besides its powers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Level {
    /// The factor to apply to the powers. It is 1 except for frames beyond the range of f32.
    Times(f64),
    /// The samples contain a NaN or an infinity; the powers are meaningless.
    Broken,
}

/// Converts frames of one length to powers.
#[derive(Clone)]
pub(super) struct Transform {
    weights: Arc<Lines>,
    by: By,
}

#[derive(Clone)]
enum By {
    Own { plan: Arc<Plan>, work: Lines },
    Rustfft { fft: Arc<dyn Fft<f32>>, buffer: Vec<Complex<f32>>, scratch: Vec<Complex<f32>> },
}

impl Transform {
    pub(super) fn new(weights: &[f64], processor: Processor) -> Transform {
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
        Transform { weights, by }
    }

    pub(super) fn length(&self) -> usize {
        (*self.weights).as_ref().len()
    }

    /// Writes `abs(X)²` of the tapered frame `i + i·q`, up to the factor in [`Level`].
    pub(super) fn power(&mut self, i: &[f32], q: &[f32], order: Order, out: &mut [f32]) -> Level {
        match self.power_at(1.0, i, q, order, out) {
            // Safely within the range in which squares in f32 neither underflow nor overflow.
            1e-24..1e36 => Level::Times(1.0),
            _ => self.power_brought_near_one(i, q, order, out),
        }
    }

    /// As above for a frame of extreme level, which is first scaled to samples below 2 by a power of two, which is
    /// exact.
    #[cold]
    fn power_brought_near_one(&mut self, i: &[f32], q: &[f32], order: Order, out: &mut [f32]) -> Level {
        let samples = || i.iter().chain(q);
        if !samples().all(|x| x.is_finite()) {
            return Level::Broken;
        }
        let most = samples().fold(0.0, |most: f32, x| most.max(x.abs()));
        if most == 0.0 {
            out.fill(0.0);
            return Level::Times(1.0);
        }
        let octaves = f64::from(most).log2().floor().clamp(-126.0, 126.0) as i32;
        self.power_at(2f32.powi(-octaves), i, q, order, out);
        Level::Times(4f64.powi(octaves))
    }

    fn power_at(&mut self, gain: f32, i: &[f32], q: &[f32], order: Order, out: &mut [f32]) -> f32 {
        let weights = self.weights.as_ref().as_ref();
        match &mut self.by {
            By::Own { plan, work } => {
                let shift = if order == Order::Centred { i.len() / 2 } else { 0 };
                let (work, mut sum) = (work.as_mut(), 0.0);
                plan.run_to_power(PowerJob { re: i, im: q, weights, gain, work, shift, out, sum: &mut sum });
                sum
            }
            By::Rustfft { fft, buffer, scratch } => {
                for (((z, w), a), b) in buffer.iter_mut().zip(weights).zip(i).zip(q) {
                    *z = Complex::new(a * gain * w, b * gain * w);
                }
                fft.process_with_scratch(buffer, scratch);
                power(buffer, order, out)
            }
        }
    }
}
