//! What the features of one cut share: each frame is transformed once, and summed into bands once.

use super::cut::Cut;
use super::mel_bank::{Mel, MelBank};
use super::transform::Transform;

/// What is known of the frame at hand.
pub(super) struct Analysis {
    n_fft: usize,
    rate_hz: f64,
    transform: Transform,
    power: Vec<f64>,
    /// Made when a feature first wants it.
    magnitude: Vec<f64>,
    banks: Vec<(MelBank, Vec<f64>)>,
}

/// Which of the banks.
#[derive(Clone, Copy)]
pub(super) struct Bank(usize);

impl Analysis {
    pub(super) fn new(cut: &Cut, rate_hz: f64) -> Analysis {
        Analysis {
            n_fft: cut.n_fft,
            rate_hz,
            transform: Transform::new(cut.weights()),
            power: vec![0.0; cut.n_fft / 2 + 1],
            magnitude: vec![],
            banks: vec![],
        }
    }

    /// Asks for bands, which are those of another feature if it asked for the same.
    pub(super) fn mel_bands(&mut self, mel: Mel) -> Bank {
        if mel.power == 1 {
            self.magnitude.resize(self.power.len(), 0.0);
        }
        let known = self.banks.iter().position(|(bank, _)| bank.mel == mel);
        Bank(known.unwrap_or_else(|| {
            let bank = MelBank::new(mel, self.n_fft, self.rate_hz);
            self.banks.push((bank, vec![0.0; mel.n_mels]));
            self.banks.len() - 1
        }))
    }

    /// The bands of the frame at hand: all finite, or all NaN.
    pub(super) fn bands(&self, Bank(at): Bank) -> &[f64] {
        &self.banks[at].1
    }

    /// Bands that hold no bin, over all banks.
    pub(super) fn empty_bands(&self) -> usize {
        self.banks.iter().map(|(bank, _)| bank.empty()).sum()
    }

    pub(super) fn take(&mut self, frame: &[f32]) {
        self.transform.power(frame, &mut self.power);
        // A sample that is no number is in every bin, so any one tells, whatever bins a band looks at.
        let broken = !self.power[0].is_finite();
        for (magnitude, power) in self.magnitude.iter_mut().zip(&self.power) {
            *magnitude = power.sqrt();
        }
        for (bank, bands) in &mut self.banks {
            match bank.mel.power {
                _ if broken => bands.fill(f64::NAN),
                1 => bank.sum(&self.magnitude, bands),
                _ => bank.sum(&self.power, bands),
            }
        }
    }
}
