//! The magnitude of each pitch class, from the constant-Q transform.

use super::analysis::Analysis;
use super::by_frame::{ByFrame, narrow_all};
use super::norm::{self, Norm};
use super::pitch_classes::PitchClasses;
use super::pitch_settings;
use super::setting::Setting;
use super::{Agreement, Feature};

const SETTINGS: &[Setting] = &[norm::SETTING];

/// Chroma of a constant-Q transform: the magnitudes of [`CQT`](super::CQT) summed over octaves by pitch class, C first.
/// It resolves low notes better than [`CHROMA_STFT`](super::CHROMA_STFT).
///
/// # Shape      in samples; out frames × `[n_chroma]`
/// # Units      in full scale (±1); out relative to the strongest class, with the default `norm`
/// # Edges
/// as `cqt`; silence gives 0; `tuning` defaults to 0, whereas librosa estimates it
/// # Agrees     librosa 0.11 `feature.chroma_cqt(tuning=0)`, abs 1e-4
/// # Reference  Brown, J. Acoust. Soc. Am. 89 (1991); Müller, Fundamentals of Music Processing, 3.1 (2015)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("chroma_cqt").unwrap().settings();
/// let sine = |n: usize| 0.5 * (n as f32 * 440.0 / 22050.0 * std::f32::consts::TAU).sin();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&(0..22050).map(sine).collect::<Vec<_>>(), &mut out);
/// let row = &out[20 * 12..][..12];
/// assert_eq!(row[9], 1.0); // A
/// assert!(row[3] < 0.05); // D sharp
/// ```
pub static CHROMA_CQT: Feature = Feature {
    name: "chroma_cqt",
    summary: "magnitude by pitch class, from the constant-Q transform",
    row: "n_chroma",
    unit: "",
    settings: &[SETTINGS, pitch_settings::OF_CHROMA],
    agrees: Agreement { with: "librosa 0.11 feature.chroma_cqt", relative: 1e-4, absolute: 1e-4 },
    cut: pitch_settings::of_chroma,
    start: |settings, _, analysis| {
        let (mut classes, norm) = (PitchClasses::new(settings, analysis), Norm::of(settings));
        Ok(Box::new(ByFrame {
            width: classes.count(),
            of: move |analysis: &Analysis, _: &[f32], kept: &mut [f32]| {
                let chroma = classes.of(analysis);
                norm.apply(chroma);
                narrow_all(chroma, kept);
            },
        }))
    },
};
