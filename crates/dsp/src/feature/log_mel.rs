//! The mel spectrogram in decibels, the usual input of neural networks for audio.

use super::analysis::{Analysis, Level};
use super::cut::{self, Cut};
use super::decibels::{self, Decibels};
use super::measure::{Measure, Whole};
use super::mel_bank::{self, Mel};
use super::{Agreement, Feature};

/// Log-mel spectrogram: [`MEL_SPECTROGRAM`](super::MEL_SPECTROGRAM) in decibels.
///
/// `l[b] = 10·log10(max(amin, m[b])) − 10·log10(max(amin, ref))`, then limited from below to the maximum of the
/// recording minus `top_db`
///
/// # Shape      in samples; out frames × `[n_mels]`
/// # Units      in full scale (±1); out dB relative to `ref`
/// # Edges
/// silence gives `amin`, -100 dB; a NaN or an infinity makes its own frames NaN, which are ignored for `top_db`;
/// `top_db` and `ref = max` need the whole recording, so a [`Stream`](super::Stream) refuses them
/// # Agrees     librosa 0.11 `power_to_db(feature.melspectrogram(...))`, abs 1e-4 dB
/// # Reference  Slaney, Auditory Toolbox (1998)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("log_mel").unwrap().settings().with("n_mels", "40").unwrap();
/// let mut plan = Plan::new(&settings, 16000.0).unwrap();
/// let mut out = vec![];
/// plan.frames(&[0.0; 16000], &mut out);
/// assert_eq!(out.len(), 32 * 40); // one frame every 512 samples, both ends among them
/// assert!(out.iter().all(|value| *value == -100.0));
/// ```
pub static LOG_MEL: Feature = Feature {
    name: "log_mel",
    summary: "mel spectrogram in decibels",
    row: "n_mels",
    unit: "dB",
    settings: &[cut::SETTINGS, mel_bank::SETTINGS, decibels::SETTINGS],
    agrees: Agreement {
        with: "librosa 0.11 power_to_db of feature.melspectrogram",
        relative: 0.0,
        absolute: 1e-4,
    },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| {
        let mel = Mel::of(settings, rate_hz)?;
        let decibels = Decibels::of(settings);
        Ok(Box::new(LogMel { n_mels: mel.n_mels, level: analysis.mel_levels(mel, &decibels), decibels }))
    },
};

struct LogMel {
    n_mels: usize,
    level: Level,
    decibels: Decibels,
}

impl Measure for LogMel {
    fn width(&self) -> usize {
        self.n_mels
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        kept.copy_from_slice(analysis.level(self.level));
    }

    fn settle(&mut self, kept: &mut [f32]) {
        self.decibels.settle(kept);
    }

    fn settles_by_greatest(&self) -> bool {
        true
    }

    fn of_the_whole(&self) -> Option<Whole> {
        self.decibels.of_the_whole()
    }
}
