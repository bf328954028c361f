//! The level of each bin of each frame in decibels.

use super::analysis::Analysis;
use super::cut::{self, Cut};
use super::decibels::{self, Decibels};
use super::measure::{Measure, Whole};
use super::{Agreement, Feature};

/// Spectrogram in decibels: [`POWER_SPECTROGRAM`](super::POWER_SPECTROGRAM) on a logarithmic scale.
///
/// `d[k] = 10·log10(max(amin, p[k])) − 10·log10(max(amin, ref))`, then limited from below to the maximum of the
/// recording minus `top_db`
///
/// `ref` and `amin` are powers, whereas librosa's `amplitude_to_db` defines them as magnitudes; the defaults are
/// equivalent.
///
/// # Shape      in samples; out frames × `[n_fft / 2 + 1]`
/// # Units      in full scale (±1); out dB relative to `ref`
/// # Edges
/// silence gives `amin`, -100 dB; a NaN or an infinity makes its own frames NaN, which are ignored for `top_db`;
/// `top_db` and `ref = max` need the whole recording, so a [`Stream`](super::Stream) refuses them
/// # Agrees     librosa 0.11 `amplitude_to_db(abs(stft(...)))`, abs 1e-4 dB
/// # Reference  Allen & Rabiner, Proc. IEEE 65 (1977)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("db_spectrogram").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, -1.0, 0.0], &mut out);
/// assert!((out[1] - 6.0206).abs() < 1e-4); // a magnitude of 2
/// assert!((out[0] + 73.9794).abs() < 1e-4); // top_db = 80 below it
/// ```
pub static DB_SPECTROGRAM: Feature = Feature {
    name: "db_spectrogram",
    summary: "level of each bin in decibels",
    row: "n_fft / 2 + 1",
    unit: "dB",
    settings: &[cut::SETTINGS, decibels::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 amplitude_to_db of abs of stft", relative: 0.0, absolute: 1e-4 },
    cut: Cut::tapered,
    start: |settings, _, analysis| {
        analysis.ask_power();
        Ok(Box::new(DbSpectrogram { bins: analysis.bins(), decibels: Decibels::of(settings) }))
    },
};

struct DbSpectrogram {
    bins: usize,
    decibels: Decibels,
}

impl Measure for DbSpectrogram {
    fn width(&self) -> usize {
        self.bins
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        self.decibels.take(analysis.power(), kept);
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
