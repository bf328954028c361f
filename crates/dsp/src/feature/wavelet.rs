//! The filters of a constant-Q transform, as weights of the bins of a Fourier transform: librosa's `filters.wavelet` as
//! applied by its `cqt` (Brown & Puckette, 1992).

use std::f64::consts::TAU;
use std::ops::Range;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

/// The noise bandwidth of a Hann window in bins, as librosa tabulates it.
const BANDWIDTH: f64 = 1.500_183_105_468_75;

/// The pitches and the resolution of the filters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pitches {
    pub(super) fmin: f64,
    pub(super) n_bins: usize,
    pub(super) per_octave: usize,
    /// Deviation from A440 in bins.
    pub(super) tuning: f64,
    pub(super) filter_scale: f64,
    /// Share of the weights of a filter that is dropped, smallest first.
    pub(super) sparsity: f64,
}

/// The specification of a filter: frequency and quality factor.
#[derive(Clone, Copy)]
pub(super) struct Tone {
    pub(super) hz: f64,
    pub(super) q: f64,
}

impl Tone {
    /// Length at a sample rate, in samples.
    pub(super) fn length(&self, rate_hz: f64) -> f64 {
        self.q * rate_hz / self.hz
    }
}

impl Pitches {
    /// A sample rate that suits all pitches.
    pub(super) fn least_rate(&self) -> f64 {
        2.1 * cutoff(&self.tones())
    }

    /// The filters, the lowest first.
    pub(super) fn tones(&self) -> Vec<Tone> {
        let fmin = self.fmin * libm::exp2(self.tuning / self.per_octave as f64);
        let hz = |bin: usize| {
            let (octave, step) = (bin / self.per_octave, bin % self.per_octave);
            fmin * libm::exp2(octave as f64) * libm::exp2(step as f64 / self.per_octave as f64)
        };
        // all have equal spacing: librosa measures the spacing, with the same result
        let step = libm::exp2(2.0 / self.per_octave as f64);
        let q = self.filter_scale * (step + 1.0) / (step - 1.0);
        (0..self.n_bins).map(|bin| Tone { hz: hz(bin), q }).collect()
    }
}

/// The upper cutoff frequency of the filters.
pub(super) fn cutoff(tones: &[Tone]) -> f64 {
    tones.iter().map(|tone| tone.hz * (1.0 + 0.5 * BANDWIDTH / tone.q)).fold(0.0, f64::max)
}

/// The filters of an octave at a sample rate, on the bins of a transform that is as long as the longest filter.
pub(super) struct Wavelets {
    pub(super) n_fft: usize,
    /// The range of bins that the filters use.
    pub(super) bins: Range<usize>,
    /// Number of terms of each filter.
    counts: Vec<usize>,
    /// Bins relative to the start of `bins`, and their weights.
    terms: Vec<(u32, [f64; 2])>,
}

impl Wavelets {
    /// Each filter is divided by the square root of its length at `full_hz`.
    pub(super) fn new(tones: &[Tone], rate_hz: f64, full_hz: f64, sparsity: f64) -> Wavelets {
        let longest = tones.iter().map(|tone| tone.length(rate_hz)).fold(1.0, f64::max);
        let n_fft = (longest.ceil() as usize).next_power_of_two().max(2);
        let fft = FftPlannerScalar::new().plan_fft_forward(n_fft);
        let all: Vec<_> = tones.iter().map(|tone| spectrum(tone, rate_hz, &*fft, sparsity)).collect();
        let first = all.iter().filter_map(|terms| terms.first()).map(|term| term.0).min().unwrap_or_default();
        let last = all.iter().filter_map(|terms| terms.last()).map(|term| term.0).max().unwrap_or_default();
        let gain = |tone: &Tone| (full_hz / rate_hz).sqrt() / tone.length(full_hz).sqrt();
        let scaled = tones.iter().zip(&all).flat_map(|(tone, terms)| {
            let gain = gain(tone);
            terms.iter().map(move |(bin, weight)| ((bin - first) as u32, weight.map(|x| x * gain)))
        });
        Wavelets {
            n_fft,
            bins: first..last + 1,
            terms: scaled.collect(),
            counts: all.iter().map(Vec::len).collect(),
        }
    }

    /// Computes the magnitude of each pitch from the spectrum in `bins`.
    pub(super) fn magnitudes(&self, spectrum: &[[f64; 2]], out: &mut [f64]) {
        let mut terms = &self.terms[..];
        for (out, count) in out.iter_mut().zip(&self.counts) {
            let (own, rest) = terms.split_at(*count);
            let mut sum = [0.0; 2];
            for (bin, [a, b]) in own {
                let [re, im] = spectrum[*bin as usize];
                sum[0] += a * re - b * im;
                sum[1] += a * im + b * re;
            }
            *out = (sum[0] * sum[0] + sum[1] * sum[1]).sqrt();
            terms = rest;
        }
    }
}

/// The weights of one filter by bin, without the smallest.
fn spectrum(tone: &Tone, rate_hz: f64, fft: &dyn Fft<f64>, sparsity: f64) -> Vec<(usize, [f64; 2])> {
    let (n_fft, length) = (fft.len(), tone.length(rate_hz));
    let (start, end) = ((-length / 2.0).floor() as i64, (length / 2.0).floor() as i64);
    let count = (end - start).max(1) as usize;
    let hann = |n: usize| 0.5 - 0.5 * libm::cos(TAU * n as f64 / count as f64);
    let hann = |n: usize| if count == 1 { 1.0 } else { hann(n) };
    let total: f64 = (0..count).map(hann).sum();
    let mut wave = vec![Complex::default(); n_fft];
    for n in 0..count {
        let (sine, cosine) = libm::sincos((start + n as i64) as f64 * TAU * tone.hz / rate_hz);
        let weight = hann(n) / total;
        // librosa stores the wavelets as f32 before the transform
        let part = |x: f64| f64::from((weight * x) as f32) * length / n_fft as f64;
        wave[(n_fft - count) / 2 + n] = Complex::new(part(cosine), part(sine));
    }
    fft.process(&mut wave);
    wave.truncate(n_fft / 2 + 1);
    let size = |z: &Complex<f64>| (z.re * z.re + z.im * z.im).sqrt();
    let mut sizes: Vec<f64> = wave.iter().map(size).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let sum: f64 = sizes.iter().sum();
    let mut left_out = 0.0;
    let least = sizes.iter().find(|size| {
        left_out += **size / sum;
        left_out >= sparsity
    });
    let least = least.copied().unwrap_or_default();
    let large = wave.iter().enumerate().filter(|(_, z)| size(z) >= least);
    large.map(|(bin, z)| (bin, [z.re, z.im])).collect()
}
