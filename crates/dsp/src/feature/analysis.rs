//! The analysis of a frame that features with equal framing share: one transform, and one sum per set of bands.

use super::cut::Cut;
use super::decibels::Decibels;
use super::mel_bank::{Mel, MelBank};
use super::transform::Transform;
use crate::fft::{Kernel, Lanes, Processor};

/// The analysis of the current frame. Only what a feature has requested is computed.
pub(super) struct Analysis {
    n_fft: usize,
    rate_hz: f64,
    processor: Processor,
    weights: Vec<f64>,
    broken: bool,
    transform: Option<Transform>,
    power: Vec<f64>,
    magnitude: Vec<f64>,
    /// The frequency of each bin, if the centroid is requested.
    hz: Vec<f64>,
    centroid: [f64; 2],
    banks: Vec<(MelBank, Vec<f64>)>,
    levels: Vec<(Bank, Decibels, Vec<f32>)>,
    pitches: Vec<f64>,
}

/// Index of a bank.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Bank(usize);

/// Index of a bank in decibels.
#[derive(Clone, Copy)]
pub(super) struct Level(usize);

impl Analysis {
    /// Creates the analysis of frames of samples.
    pub(super) fn new(cut: &Cut, rate_hz: f64) -> Analysis {
        Analysis { n_fft: cut.n_fft, weights: cut.weights(), ..Analysis::of_pitches(0, rate_hz) }
    }

    /// Creates the analysis of a constant-Q transform, which provides only the magnitudes of pitches.
    pub(super) fn of_pitches(count: usize, rate_hz: f64) -> Analysis {
        Analysis {
            n_fft: 0,
            rate_hz,
            processor: Processor::best(),
            weights: vec![],
            broken: false,
            transform: None,
            power: vec![],
            magnitude: vec![],
            hz: vec![],
            centroid: [0.0; 2],
            banks: vec![],
            levels: vec![],
            pitches: vec![0.0; count],
        }
    }

    /// The magnitude of every pitch.
    pub(super) fn pitches(&self) -> &[f64] {
        &self.pitches
    }

    pub(super) fn take_pitches(&mut self, magnitudes: &[f64]) {
        self.broken = !magnitudes.iter().all(|x| x.is_finite());
        self.pitches.copy_from_slice(magnitudes);
    }

    /// Number of bins of a spectrum.
    pub(super) fn bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    pub(super) fn n_fft(&self) -> usize {
        self.n_fft
    }

    /// The frequency of a bin.
    pub(super) fn hz(&self, bin: usize) -> f64 {
        bin as f64 * self.rate_hz / self.n_fft as f64
    }

    /// Requests [`Analysis::power`].
    pub(super) fn ask_power(&mut self) {
        if self.transform.is_none() {
            self.transform = Some(Transform::new(self.weights.clone()));
            self.power = vec![0.0; self.bins()];
        }
    }

    /// The squared magnitude of every bin.
    pub(super) fn power(&self) -> &[f64] {
        &self.power
    }

    /// Requests [`Analysis::magnitude`].
    pub(super) fn ask_magnitude(&mut self) {
        self.ask_power();
        self.magnitude.resize(self.bins(), 0.0);
    }

    /// The magnitude of every bin.
    pub(super) fn magnitude(&self) -> &[f64] {
        &self.magnitude
    }

    /// Requests [`Analysis::centroid`].
    pub(super) fn ask_centroid(&mut self) {
        self.ask_magnitude();
        self.hz = (0..self.bins()).map(|bin| self.hz(bin)).collect();
    }

    /// The sum of all magnitudes, and the mean frequency weighted by them; 0 Hz for silence.
    pub(super) fn centroid(&self) -> [f64; 2] {
        self.centroid
    }

    /// Requests mel bands. Features that request the same bands share them.
    pub(super) fn mel_bands(&mut self, mel: Mel) -> Bank {
        match mel.power {
            1 => self.ask_magnitude(),
            _ => self.ask_power(),
        }
        let known = self.banks.iter().position(|(bank, _)| bank.mel == mel);
        Bank(known.unwrap_or_else(|| {
            let bank = MelBank::new(mel, self.n_fft, self.rate_hz);
            self.banks.push((bank, vec![0.0; mel.n_mels]));
            self.banks.len() - 1
        }))
    }

    /// The bands of the current frame.
    pub(super) fn bands(&self, Bank(at): Bank) -> &[f64] {
        &self.banks[at].1
    }

    /// Requests bands in decibels, before what depends on the whole recording is applied.
    pub(super) fn mel_levels(&mut self, mel: Mel, decibels: &Decibels) -> Level {
        let bank = self.mel_bands(mel);
        let same = |(of, scale, _): &(Bank, Decibels, Vec<f32>)| *of == bank && scale.same_levels(decibels);
        let known = self.levels.iter().position(same);
        Level(known.unwrap_or_else(|| {
            self.levels.push((bank, decibels.clone(), vec![0.0; mel.n_mels]));
            self.levels.len() - 1
        }))
    }

    /// The bands of the current frame in decibels.
    pub(super) fn level(&self, Level(at): Level) -> &[f32] {
        &self.levels[at].2
    }

    /// Number of bands without a bin, over all banks.
    pub(super) fn empty_bands(&self) -> usize {
        self.banks.iter().map(|(bank, _)| bank.empty()).sum()
    }

    /// Whether a sample of the current frame is not finite. Nothing else is computed for such a frame.
    pub(super) fn broken(&self) -> bool {
        self.broken
    }

    pub(super) fn take(&mut self, frame: &[f32]) {
        let Some(transform) = &mut self.transform else {
            // without a branch, so that the loop is vectorized
            self.broken = !frame.iter().fold(true, |finite, x| finite & x.is_finite());
            return;
        };
        transform.power(frame, &mut self.power);
        // a sample that is not finite affects every bin, so one bin is enough
        self.broken = !self.power[0].is_finite();
        if self.broken {
            return;
        }
        self.processor.run(Roots { power: &self.power, magnitude: &mut self.magnitude });
        if !self.hz.is_empty() {
            let mut sums = [0.0; 2];
            self.processor.run(Moments { magnitude: &self.magnitude, hz: &self.hz, sums: &mut sums });
            let [total, weighted] = sums;
            self.centroid = [total, if total >= f64::MIN_POSITIVE { weighted / total } else { 0.0 }];
        }
        for (bank, bands) in &mut self.banks {
            match bank.mel.power {
                1 => bank.sum(&self.magnitude, bands),
                _ => bank.sum(&self.power, bands),
            }
        }
        for (Bank(at), decibels, level) in &mut self.levels {
            decibels.take(&self.banks[*at].1, level);
        }
    }
}

struct Roots<'a> {
    power: &'a [f64],
    magnitude: &'a mut [f64],
}

impl Kernel for Roots<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        for (magnitude, power) in self.magnitude.iter_mut().zip(self.power) {
            *magnitude = power.sqrt();
        }
    }
}

struct Moments<'a> {
    magnitude: &'a [f64],
    hz: &'a [f64],
    sums: &'a mut [f64; 2],
}

impl Kernel for Moments<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let (mut total, mut weighted) = ([0.0; 8], [0.0; 8]);
        let ((eights, rest), (hz, hz_rest)) = (self.magnitude.as_chunks::<8>(), self.hz.as_chunks::<8>());
        for (magnitude, hz) in eights.iter().zip(hz) {
            for i in 0..8 {
                total[i] += magnitude[i];
                weighted[i] += magnitude[i] * hz[i];
            }
        }
        for (i, (magnitude, hz)) in rest.iter().zip(hz_rest).enumerate() {
            total[i] += magnitude;
            weighted[i] += magnitude * hz;
        }
        *self.sums = [total, weighted].map(super::sums::of_eight);
    }
}
