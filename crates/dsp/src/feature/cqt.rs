//! The magnitude of each pitch.

use super::by_frame::{ByFrame, narrow_all};
use super::cut::{Cutting, HOP_LENGTH};
use super::pitch_settings::{CQT_FMIN, TUNING};
use super::setting::{Allowed, Setting, Value};
use super::wavelet::Pitches;
use super::{Agreement, Feature};

const SETTINGS: &[Setting] = &[
    Setting {
        name: "n_bins",
        summary: "pitches",
        unit: "",
        default: Value::Number(84.0),
        allowed: Allowed::Count { least: 1, most: 4096, or: None },
    },
    Setting {
        name: "bins_per_octave",
        summary: "pitches per octave; chroma defaults to 36",
        unit: "",
        default: Value::Number(12.0),
        allowed: Allowed::Count { least: 1, most: 480, or: None },
    },
    CQT_FMIN,
    TUNING,
    Setting {
        name: "filter_scale",
        summary: "scale of the filter lengths: below 1 improves the resolution in time, above 1 that in pitch",
        unit: "",
        default: Value::Number(1.0),
        allowed: Allowed::Number { least: 0.1, most: 10.0, or: None },
    },
    Setting {
        name: "sparsity",
        summary: "share of each filter's spectrum that is dropped, smallest values first",
        unit: "",
        default: Value::Number(0.01),
        allowed: Allowed::Number { least: 0.0, most: 0.9, or: None },
    },
    HOP_LENGTH,
];

/// Constant-Q transform: the magnitude of each pitch. The length of a filter is inversely proportional to its
/// frequency, so that all have the same resolution in pitch.
///
/// `c[k] = |Σ w[n]·x[n]·exp(−2πi·f[k]·n / rate)| / √L[k]`, `f[k] = cqt_fmin·2^(k / bins_per_octave)`, with a Hann
/// window w of length `L[k]` and sum `L[k]`, centred on the frame; each octave is measured at half the sample rate of
/// the one above, as long as `hop_length` can be halved
///
/// # Shape      in samples; out frames × `[n_bins]`
/// # Units      in full scale (±1); out magnitude, as with librosa's `scale=True`
/// # Edges
/// zeros are assumed before and after the recording; silence gives 0; a NaN or an infinity makes all frames NaN whose
/// longest filters contain it; pitches above half the sample rate are refused; rows are delayed by half of the longest
/// filter
/// # Agrees     librosa 0.11 `abs(cqt(...))`, rel 1e-4 and abs 1e-4, where a full-scale sine gives about 10
/// # Reference  Schörkhuber & Klapuri, Constant-Q transform toolbox for music processing, SMC (2010)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("cqt").unwrap().settings();
/// let sine = |n: usize| 0.5 * (n as f32 * 440.0 / 22050.0 * std::f32::consts::TAU).sin();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&(0..22050).map(sine).collect::<Vec<_>>(), &mut out);
/// let row = &out[20 * 84..][..84];
/// let loudest = row.iter().copied().fold(0.0, f32::max);
/// assert_eq!(row.iter().position(|x| *x == loudest), Some(45)); // A4: three octaves and nine halftones above C1
/// ```
pub static CQT: Feature = Feature {
    name: "cqt",
    summary: "magnitude of each pitch (constant-Q transform)",
    row: "n_bins",
    unit: "magnitude",
    settings: &[SETTINGS],
    agrees: Agreement { with: "librosa 0.11 abs of cqt", relative: 1e-4, absolute: 1e-4 },
    cut: |settings| {
        let number = |name| settings.number(name).unwrap_or_default();
        let count = |name| settings.count(name).unwrap_or_default();
        let pitches = Pitches {
            fmin: number("cqt_fmin"),
            n_bins: count("n_bins"),
            per_octave: count("bins_per_octave"),
            tuning: number("tuning"),
            filter_scale: number("filter_scale"),
            sparsity: number("sparsity"),
        };
        Ok(Cutting::Pitches(pitches, count("hop_length")))
    },
    start: |_, _, analysis| {
        Ok(Box::new(ByFrame {
            width: analysis.pitches().len(),
            of: |analysis: &super::Analysis, _: &[f32], kept: &mut [f32]| {
                narrow_all(analysis.pitches(), kept)
            },
        }))
    },
};
