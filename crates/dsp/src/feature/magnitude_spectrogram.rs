//! The magnitude of each bin of each frame.

use super::by_frame::{ByFrame, narrow_all};
use super::cut::{self, Cut};
use super::{Agreement, Feature};

/// Magnitude spectrogram: the magnitude of the short-time Fourier transform.
///
/// `m[k] = |X[k]|`, `X[k] = Σ w[n]·x[n]·exp(−2πi·k·n / n_fft)`
///
/// # Shape      in samples; out frames × `[n_fft / 2 + 1]`
/// # Units      in full scale (±1); out magnitude, not normalised by the taper
/// # Edges      silence gives 0; a NaN or an infinity makes its own frames NaN
/// # Agrees     librosa 0.11 `abs(stft(...))`, rel 1e-5
/// # Reference  Allen & Rabiner, Proc. IEEE 65 (1977)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("magnitude_spectrogram").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, -1.0, 0.0], &mut out);
/// assert_eq!(out, [0.0, 2.0, 0.0]); // all of it is at 2 Hz
/// ```
pub static MAGNITUDE_SPECTROGRAM: Feature = Feature {
    name: "magnitude_spectrogram",
    summary: "magnitude of each bin",
    row: "n_fft / 2 + 1",
    unit: "magnitude",
    settings: &[cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 abs of stft", relative: 1e-5, absolute: 1e-9 },
    cut: Cut::tapered,
    start: |_, _, analysis| {
        analysis.ask_magnitude();
        Ok(Box::new(ByFrame {
            width: analysis.bins(),
            of: |analysis: &super::Analysis, _: &[f32], kept: &mut [f32]| {
                narrow_all(analysis.magnitude(), kept);
            },
        }))
    },
};
