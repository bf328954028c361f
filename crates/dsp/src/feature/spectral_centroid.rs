//! The mean frequency of the spectrum.

use super::by_frame::one;
use super::cut::{self, Cut};
use super::{Agreement, Feature};

/// Spectral centroid: the mean frequency, weighted by magnitude. It correlates with the brightness of a sound.
///
/// `c = Σ f[k]·|X[k]| / Σ |X[k]|`
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out Hz
/// # Edges      silence gives 0, never NaN; a NaN or an infinity makes its own frames NaN
/// # Agrees     librosa 0.11 `feature.spectral_centroid`, rel 1e-5
/// # Reference  Klapuri & Davy (eds.), Signal Processing Methods for Music Transcription, ch. 5 (2006)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("spectral_centroid").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, 0.0, 0.0], &mut out);
/// assert_eq!(out, [2.0]); // 0, 2 and 4 Hz alike
/// ```
pub static SPECTRAL_CENTROID: Feature = Feature {
    name: "spectral_centroid",
    summary: "mean frequency, weighted by magnitude",
    row: "1",
    unit: "Hz",
    settings: &[cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.spectral_centroid", relative: 1e-5, absolute: 1e-6 },
    cut: Cut::tapered,
    start: |_, _, analysis| {
        analysis.ask_centroid();
        Ok(one(|analysis, _| analysis.centroid()[1]))
    },
};
