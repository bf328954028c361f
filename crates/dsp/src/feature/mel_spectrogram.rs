//! Power in mel bands.

use super::analysis::{Analysis, Bank};
use super::cut::{self, Cut};
use super::decibels::narrow;
use super::measure::Measure;
use super::mel_bank::{self, Mel};
use super::{Agreement, Feature};

/// Mel spectrogram: the power of each frame in bands that are evenly spaced on a mel scale.
///
/// `m[b] = Σ w[b, k] · |X[k]|^power`, with triangular weights w according to `htk` and `mel_norm`
///
/// # Shape      in samples; out frames × `[n_mels]`
/// # Units      in full scale (±1); out power (magnitude if `power` is 1), not normalised by the taper
/// # Edges
/// silence gives 0; a band without a bin is always 0 ([`Plan::empty_bands`](super::Plan::empty_bands)); a NaN or an
/// infinity makes its own frames NaN; values beyond the range of f32 become its largest value; `fmax` above half the
/// sample rate is refused
/// # Agrees     librosa 0.11 `feature.melspectrogram`, rel 1e-5
/// # Reference  Slaney, Auditory Toolbox (1998); Young et al., The HTK Book, 5.4
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("mel_spectrogram").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("n_mels", "1").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("htk", "true").unwrap().with("mel_norm", "none").unwrap();
/// // One triangle from 0 to 4 Hz with its peak just under 2 Hz; all of this signal is at 2 Hz, with power 4.
/// let mut out = vec![];
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, -1.0, 0.0], &mut out);
/// assert!((out[0] - 3.9943).abs() < 0.0005);
/// ```
pub static MEL_SPECTROGRAM: Feature = Feature {
    name: "mel_spectrogram",
    summary: "power of each frame in mel bands",
    row: "n_mels",
    unit: "power",
    settings: &[cut::SETTINGS, mel_bank::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.melspectrogram", relative: 1e-5, absolute: 1e-12 },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| {
        let mel = Mel::of(settings, rate_hz)?;
        Ok(Box::new(MelSpectrogram { n_mels: mel.n_mels, bank: analysis.mel_bands(mel) }))
    },
};

struct MelSpectrogram {
    n_mels: usize,
    bank: Bank,
}

impl Measure for MelSpectrogram {
    fn width(&self) -> usize {
        self.n_mels
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        for (kept, power) in kept.iter_mut().zip(analysis.bands(self.bank)) {
            *kept = narrow(*power);
        }
    }
}
