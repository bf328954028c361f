//! Chroma that is robust to differences between performances of the same music.

use std::f64::consts::TAU;

use super::analysis::Analysis;
use super::measure::Measure;
use super::norm::{self, Norm};
use super::pitch_classes::PitchClasses;
use super::pitch_settings;
use super::ring::Ring;
use super::setting::{Allowed, Setting, Value};
use super::{Agreement, Feature};

const SETTINGS: &[Setting] = &[
    Setting { default: Value::Word("2"), ..norm::SETTING },
    Setting {
        name: "win_len_smooth",
        summary: "length of the smoothing window, an odd number; none turns smoothing off",
        unit: "frames",
        default: Value::Number(41.0),
        allowed: Allowed::Count { least: 1, most: 9999, or: Some("none") },
    },
];

/// Quantization thresholds: each that the share of a class exceeds adds a quarter.
const STEPS: [f64; 4] = [0.4, 0.2, 0.1, 0.05];

/// Chroma energy normalised statistics (CENS): the shares of pitch classes in [`CHROMA_CQT`](super::CHROMA_CQT),
/// quantized in four steps and smoothed over time. It is robust to differences in tempo, loudness and articulation.
///
/// `q[j]` is a quarter of the number of thresholds 0.4, 0.2, 0.1 and 0.05 that the share of class j exceeds;
/// `e[t] = Σ w[i]·q[t + i]`, with a Hann window w of sum 1; then each row is normalised
///
/// # Shape      in samples; out frames × `[n_chroma]`
/// # Units      in full scale (±1); out rows of Euclidean length 1, with the default `norm`
/// # Edges
/// as `chroma_cqt`; zeros are assumed before the first and after the last frame; silence gives 0; a NaN or an infinity
/// makes all rows NaN whose windows contain it; rows are delayed by half a window
/// # Agrees
/// librosa 0.11 `feature.chroma_cens(tuning=0)`, abs 1e-4, except for shares so close to a threshold that rounding
/// decides
/// # Reference  Müller & Ewert, Chroma Toolbox, ISMIR (2011)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("chroma_cens").unwrap().settings();
/// let sine = |n: usize| 0.5 * (n as f32 * 440.0 / 22050.0 * std::f32::consts::TAU).sin();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&(0..22050).map(sine).collect::<Vec<_>>(), &mut out);
/// assert!(out[20 * 12 + 9] > 0.9); // A
/// ```
pub static CHROMA_CENS: Feature = Feature {
    name: "chroma_cens",
    summary: "chroma, quantized and smoothed over time (CENS)",
    row: "n_chroma",
    unit: "",
    settings: &[SETTINGS, pitch_settings::OF_CHROMA],
    agrees: Agreement { with: "librosa 0.11 feature.chroma_cens", relative: 1e-4, absolute: 1e-4 },
    cut: pitch_settings::of_chroma,
    start: |settings, _, analysis| {
        // the ends of the window are 0: librosa makes it two frames longer than requested
        let length = settings.count("win_len_smooth").map_or(1, |length| length + 2);
        if length.is_multiple_of(2) {
            return Err(format!(
                "win_len_smooth = {} has no frame in its middle: it must be odd",
                length - 2
            ));
        }
        let hann = |n: usize| 0.5 - 0.5 * libm::cos(TAU * n as f64 / (length - 1) as f64);
        let window: Vec<f64> = if length == 1 { vec![1.0] } else { (0..length).map(hann).collect() };
        let classes = PitchClasses::new(settings, analysis);
        let (sum, count) = (window.iter().sum::<f64>(), classes.count());
        Ok(Box::new(ChromaCens {
            window: window.iter().map(|weight| weight / sum).collect(),
            norm: Norm::of(settings),
            classes,
            coarse: Ring::new(count, length),
            given: 0,
            sums: vec![0.0; count],
            row: vec![0.0; count],
        }))
    },
};

struct ChromaCens {
    classes: PitchClasses,
    window: Vec<f64>,
    norm: Norm,
    coarse: Ring,
    given: usize,
    sums: Vec<f64>,
    row: Vec<f32>,
}

impl ChromaCens {
    /// Computes the next row.
    fn make(&mut self) {
        let half = self.window.len() / 2;
        self.sums.fill(0.0);
        for (i, weight) in self.window.iter().enumerate() {
            let Some(frame) = (self.given + i).checked_sub(half) else { continue };
            if frame < self.coarse.taken() {
                for (sum, x) in self.sums.iter_mut().zip(self.coarse.row(frame)) {
                    *sum += weight * f64::from(*x);
                }
            }
        }
        self.given += 1;
        self.norm.apply(&mut self.sums);
        for (row, sum) in self.row.iter_mut().zip(&self.sums) {
            *row = *sum as f32;
        }
    }
}

impl Measure for ChromaCens {
    fn width(&self) -> usize {
        self.row.len()
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        let chroma = self.classes.of(analysis);
        Norm::Sum.apply(chroma);
        for (kept, share) in kept.iter_mut().zip(chroma) {
            *kept = 0.25 * STEPS.iter().filter(|step| *share > **step).count() as f32;
        }
    }

    fn before(&self) -> usize {
        self.window.len() / 2
    }

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        self.coarse.push(kept);
        if self.coarse.taken() > self.window.len() / 2 {
            self.make();
            give(&self.row);
        }
    }

    fn end(&mut self, give: &mut dyn FnMut(&[f32])) {
        while self.given < self.coarse.taken() {
            self.make();
            give(&self.row);
        }
        self.coarse.clear();
        self.given = 0;
    }
}
