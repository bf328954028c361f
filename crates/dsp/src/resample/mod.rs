//! Resampling by a rational ratio, block by block, with the pass band of soxr's HQ.

mod filter;
#[cfg(test)]
mod tests;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};
use std::sync::Arc;

/// Maximum size of a block at either rate: its spectra take 8 bytes per sample.
const MOST: u64 = 1 << 22;
/// Minimum ratio of the length of a block to that of the impulse response; the overlap is computed twice.
const TIMES: u64 = 8;
/// Minimum size of a block, at the input rate.
const LEAST: u64 = 2048;

/// Resamples signals, one after another. Blocks at fixed positions of the signal are filtered in the frequency domain
/// (overlap-save), two at a time as one complex signal.
///
/// # Shape      in blocks of samples of any length; out `⌈n·to/from⌉` samples for `n` samples
/// # Units      rates in Hz; output sample *n* is at the time `n / to`: there is no delay
/// # Edges      the signal is zero before its first sample and after its last; non-finite samples are replaced by 0.
///   The output does not depend on how the signal is split into blocks, to the bit
/// # Agrees     soxr 1.1.0 HQ (`librosa.load`): pass band to 0.913 of the lower Nyquist frequency within 0.01 dB, at
///   least 120 dB of rejection from the Nyquist frequency on
/// # Reference  Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd ed., ch. 4.6 and 8.7; Kaiser 1974
/// # Example
/// ```
/// use passband_dsp::resample::Resampler;
/// let sine = |rate: f32, n: usize| (std::f32::consts::TAU * 1000.0 * n as f32 / rate).sin();
/// let samples: Vec<f32> = (0..44100).map(|n| sine(44100.0, n)).collect();
/// let mut resampled = vec![];
/// let mut resampler = Resampler::new(44100.0, 22050.0).unwrap();
/// resampler.push(&samples, |block| resampled.extend_from_slice(block));
/// resampler.finish(|block| resampled.extend_from_slice(block));
/// assert_eq!(resampled.len(), 22050);
/// assert!((resampled[10_000] - sine(22050.0, 10_000)).abs() < 1e-4);
/// ```
pub struct Resampler {
    /// The ratio in lowest terms: this many input samples give this many output samples.
    ratio: [u64; 2],
    /// Distance between two blocks, in and out.
    hop: [usize; 2],
    /// Samples of a block before those that it outputs, in and out.
    before: [usize; 2],
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    gains: Vec<f32>,
    block: Vec<Complex<f32>>,
    spectrum: Vec<Complex<f32>>,
    work: Vec<Complex<f32>>,
    /// Input samples that are needed for further blocks.
    held: Vec<f32>,
    /// Index one past the last input sample.
    taken: u64,
    /// Index of the next output sample, and of the first one to output.
    next: u64,
    first: u64,
    out: [Vec<f32>; 2],
}

impl Resampler {
    /// A resampler from one rate to another, in Hz.
    ///
    /// # Errors  rates that are not positive, or whose ratio is not a fraction of moderate integers
    pub fn new(from: f64, to: f64) -> Result<Resampler, String> {
        let Layout { ratio, before, times } = Layout::new(from, to)?;
        let ([into, out], narrow) = (ratio, (to / from).min(1.0));
        let [length, length_out] = [into, out].map(|one| (times * one) as usize);
        let hop = times - 2 * before;
        let mut planner = FftPlannerScalar::new();
        let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length_out));
        let work = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        let gains = filter::gains(length, narrow);
        let gains = gains.into_iter().map(|gain| gain / length as f32).collect();
        let mut resampler = Resampler {
            ratio,
            hop: [into, out].map(|one| (hop * one) as usize),
            before: [into, out].map(|one| (before * one) as usize),
            forward,
            inverse,
            gains,
            block: vec![Complex::default(); length],
            spectrum: vec![Complex::default(); length_out],
            work: vec![Complex::default(); work],
            held: vec![],
            taken: 0,
            next: 0,
            first: 0,
            out: [vec![], vec![]],
        };
        resampler.start_at(0);
        Ok(resampler)
    }

    /// Number of output samples for this number of input samples.
    pub fn length(&self, samples: u64) -> u64 {
        scaled(samples, self.ratio)
    }

    /// Starts at a sample within a signal, and returns the index of the first output sample. Contributions of earlier
    /// samples are missing; from [`needs`](Self::needs) on, the output is equal to that of the whole signal, to the
    /// bit.
    pub fn start_at(&mut self, index: u64) -> u64 {
        let pair = index / (2 * self.hop[0] as u64);
        self.first = self.length(index);
        self.next = pair * 2 * self.hop[1] as u64;
        self.taken = index;
        self.held.clear();
        let missing = index - pair * 2 * self.hop[0] as u64;
        self.held.resize(self.before[0] + missing as usize, 0.0);
        self.first
    }

    /// The first input sample that this output sample and later ones require.
    pub fn needs(&self, output: u64) -> u64 {
        let pair = output / (2 * self.hop[1] as u64);
        (pair * 2 * self.hop[0] as u64).saturating_sub(self.before[0] as u64)
    }

    /// Processes samples, and passes the completed output samples to `each`, with a delay of up to two blocks.
    pub fn push(&mut self, samples: &[f32], mut each: impl FnMut(&[f32])) {
        self.taken += samples.len() as u64;
        for piece in samples.chunks(self.block.len()) {
            self.held.extend(piece.iter().map(|x| if x.is_finite() { *x } else { 0.0 }));
            self.blocks(u64::MAX, &mut each);
        }
    }

    /// Outputs the remaining samples, and resets for another signal.
    pub fn finish(&mut self, mut each: impl FnMut(&[f32])) {
        let end = self.length(self.taken);
        while self.next < end {
            self.held.resize(self.needed(), 0.0);
            self.blocks(end, &mut each);
        }
        self.start_at(0);
    }

    /// Number of input samples required by two blocks.
    fn needed(&self) -> usize {
        self.block.len() + self.hop[0]
    }

    /// Outputs all complete blocks, up to an end.
    fn blocks(&mut self, end: u64, each: &mut impl FnMut(&[f32])) {
        while self.held.len() >= self.needed() {
            self.two();
            let from = self.next;
            self.next += 2 * self.hop[1] as u64;
            for (number, out) in self.out.iter().enumerate() {
                let from = from + (number * self.hop[1]) as u64;
                let within = |index: u64| index.saturating_sub(from).min(out.len() as u64) as usize;
                let wanted = within(self.first)..within(end).max(within(self.first));
                if !wanted.is_empty() {
                    each(&out[wanted]);
                }
            }
            self.held.drain(..2 * self.hop[0]);
        }
    }

    /// Filters two blocks and converts their spectra to the other rate.
    fn two(&mut self) {
        let (length, length_out) = (self.block.len(), self.spectrum.len());
        let one = &self.held[..length];
        let other = &self.held[self.hop[0]..][..length];
        for ((block, re), im) in self.block.iter_mut().zip(one).zip(other) {
            *block = Complex::new(*re, *im);
        }
        self.forward.process_with_scratch(&mut self.block, &mut self.work);
        // bins up to the lower Nyquist frequency, where the gain of the filter is zero
        let kept = length.min(length_out).div_ceil(2);
        self.spectrum.fill(Complex::default());
        let bins = self.block.iter().zip(&self.gains);
        self.spectrum[..kept].iter_mut().zip(bins.clone()).for_each(|(out, (bin, gain))| *out = bin * gain);
        let bins = bins.rev();
        let negative = self.spectrum.iter_mut().rev().zip(bins).take(kept - 1);
        negative.for_each(|(out, (bin, gain))| *out = bin * gain);
        self.inverse.process_with_scratch(&mut self.spectrum, &mut self.work);
        let given = &self.spectrum[self.before[1]..][..self.hop[1]];
        let [re, im] = &mut self.out;
        re.clear();
        im.clear();
        re.extend(given.iter().map(|sample| sample.re));
        im.extend(given.iter().map(|sample| sample.im));
    }
}

/// The lengths of blocks.
struct Layout {
    ratio: [u64; 2],
    /// The lengths of a block, and of its part before the samples that it outputs, in multiples of the terms of the
    /// ratio.
    times: u64,
    before: u64,
}

impl Layout {
    fn new(from: f64, to: f64) -> Result<Layout, String> {
        let fail = |why: &str| Err(format!("{from} Hz cannot be resampled to {to} Hz: {why}"));
        let Some(ratio) = ratio(from, to) else {
            return fail("both rates must be positive whole numbers of mHz");
        };
        let reach = filter::reach((to / from).min(1.0)).ceil() as u64;
        let before = reach.div_ceil(ratio[0]);
        let mut times = (2 * before + 1).next_power_of_two();
        while times * ratio[0] < (TIMES * 2 * reach).max(LEAST) {
            times *= 2;
        }
        if times.saturating_mul(ratio[0].max(ratio[1])) > MOST {
            return fail("the ratio of the rates in lowest terms has too large numbers");
        }
        Ok(Layout { ratio, times, before })
    }
}

/// Number of samples at the rate `to` with the duration of `samples` at the rate `from`: `⌈n·to/from⌉`.
///
/// # Errors  those of [`Resampler::new`]
pub fn length(from: f64, to: f64, samples: u64) -> Result<u64, String> {
    Layout::new(from, to).map(|layout| scaled(samples, layout.ratio))
}

fn scaled(samples: u64, [into, out]: [u64; 2]) -> u64 {
    u64::try_from((u128::from(samples) * u128::from(out)).div_ceil(u128::from(into))).unwrap_or(u64::MAX)
}

/// The ratio of two rates in lowest terms.
fn ratio(from: f64, to: f64) -> Option<[u64; 2]> {
    let whole = |rate: f64| {
        let milli = (rate * 1e3).round();
        (milli > 0.0 && milli < 1e15 && (milli - rate * 1e3).abs() < 1e-3).then_some(milli as u64)
    };
    let (from, to) = (whole(from)?, whole(to)?);
    let (mut common, mut rest) = (from, to);
    while rest > 0 {
        (common, rest) = (rest, common % rest);
    }
    Some([from / common, to / common])
}
