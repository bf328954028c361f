//! Tonal centroids: harmony as a point in a space of fifths and thirds.

use std::f64::consts::PI;

use super::analysis::Analysis;
use super::by_frame::{ByFrame, narrow_all};
use super::norm::Norm;
use super::pitch_classes::PitchClasses;
use super::pitch_settings;
use super::{Agreement, Feature};

/// The angular step per semitone, in units of π, and the radius of each circle: fifths, minor thirds, major thirds.
const CIRCLES: [(f64, f64); 3] = [(7.0 / 6.0, 1.0), (3.0 / 2.0, 1.0), (2.0 / 3.0, 0.5)];

/// Tonnetz: the centroid of [`CHROMA_CQT`](super::CHROMA_CQT) on the circles of fifths, minor thirds and major thirds.
/// Similar harmonies are close to each other.
///
/// `t[2i] = Σ r[i]·c[k]·sin(π·s[i]·12k / n_chroma)`, `t[2i + 1]` with the cosine, c with a sum of 1
///
/// # Shape      in samples; out frames × `[6]`: fifths, minor thirds, major thirds, x and y of each
/// # Units      in full scale (±1); out −1 to 1, major thirds −½ to ½
/// # Edges      as `chroma_cqt`; silence gives 0
/// # Agrees     librosa 0.11 `feature.tonnetz` of `chroma_cqt(tuning=0)`, abs 1e-4
/// # Reference  Harte, Sandler & Gasser, Detecting harmonic change in musical audio, ACM Multimedia (2006)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("tonnetz").unwrap().settings();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&[0.0; 1000], &mut out);
/// assert_eq!(out, [0.0; 12]); // two frames of silence
/// ```
pub static TONNETZ: Feature = Feature {
    name: "tonnetz",
    summary: "centroid of the chroma on the circles of fifths and thirds",
    row: "6",
    unit: "",
    settings: &[pitch_settings::OF_CHROMA],
    agrees: Agreement { with: "librosa 0.11 feature.tonnetz", relative: 1e-4, absolute: 1e-4 },
    cut: pitch_settings::of_chroma,
    start: |settings, _, analysis| {
        let mut classes = PitchClasses::new(settings, analysis);
        let place = |k: usize| 12.0 * k as f64 / classes.count() as f64;
        let axes = CIRCLES.iter().flat_map(|(steps, size)| {
            [0.5, 0.0].map(|turn| {
                let axis = |k: usize| size * libm::cos(PI * (steps * place(k) - turn));
                (0..classes.count()).map(axis).collect::<Vec<f64>>()
            })
        });
        let axes: Vec<Vec<f64>> = axes.collect();
        Ok(Box::new(ByFrame {
            width: 6,
            of: move |analysis: &Analysis, _: &[f32], kept: &mut [f32]| {
                let chroma = classes.of(analysis);
                Norm::Sum.apply(chroma);
                let mut centre = [0.0; 6];
                for (centre, axis) in centre.iter_mut().zip(&axes) {
                    *centre = axis.iter().zip(&*chroma).map(|(a, c)| a * c).sum();
                }
                narrow_all(&centre, kept);
            },
        }))
    },
};
