//! Mel-frequency cepstral coefficients: the spectral envelope in a few numbers.

use std::f64::consts::PI;

use super::analysis::{Analysis, Level};
use super::cut::{self, Cut};
use super::decibels::{self, Decibels};
use super::measure::{Measure, Whole};
use super::mel_bank::{self, Mel};
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use super::sums::product;
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "n_mfcc",
        summary: "number of coefficients, including the first",
        unit: "",
        default: Value::Number(20.0),
        allowed: Allowed::Count { least: 1, most: 4096, or: None },
    },
    Setting {
        name: "lifter",
        summary: "weights coefficient k by 1 + lifter/2 · sin(π·(k + 1) / lifter); 0 turns weighting off",
        unit: "",
        default: Value::Number(0.0),
        allowed: Allowed::Number { least: 0.0, most: 1e6, or: None },
    },
];

/// Mel-frequency cepstral coefficients: the first coefficients of the orthonormal DCT-II of
/// [`LOG_MEL`](super::LOG_MEL).
///
/// `c[k] = s[k] · Σ l[b] · cos(π·k·(b + ½) / n_mels)`, with `s[0] = √(1/n_mels)` and `s[k] = √(2/n_mels)`
///
/// # Shape      in samples; out frames × `[n_mfcc]`
/// # Units      in full scale (±1); out dB, scaled by the DCT
/// # Edges
/// silence gives `-100·√n_mels` and zeros; a NaN or an infinity makes its own frames NaN; `n_mfcc` above `n_mels` is
/// refused; `top_db` is applied to the decibels, before the DCT, and needs the whole recording, so a
/// [`Stream`](super::Stream) refuses it
/// # Agrees     librosa 0.11 `feature.mfcc`, abs 1e-4
/// # Reference  Davis & Mermelstein, IEEE Trans. ASSP 28 (1980)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("mfcc").unwrap().settings().with("n_mfcc", "13").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&[0.0; 1000], &mut out);
/// assert_eq!(out.len(), 2 * 13);
/// assert!((out[0] + 1131.3708).abs() < 1e-4); // -100 dB · √128
/// assert!(out[1..13].iter().all(|value| value.abs() < 1e-4));
/// ```
pub static MFCC: Feature = Feature {
    name: "mfcc",
    summary: "mel-frequency cepstral coefficients",
    row: "n_mfcc",
    unit: "dB",
    settings: &[SETTINGS, cut::SETTINGS, mel_bank::SETTINGS, decibels::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.mfcc", relative: 0.0, absolute: 1e-4 },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| Ok(Box::new(Mfcc::new(settings, rate_hz, analysis)?)),
};

/// The computation of MFCCs, also for other features.
pub(super) struct Mfcc {
    n_mels: usize,
    level: Level,
    decibels: Decibels,
    /// The DCT matrix, coefficient by coefficient, with liftering.
    cosines: Vec<f64>,
    /// The levels of a frame in dB as f64.
    wide: Vec<f64>,
    row: Vec<f32>,
    processor: Processor,
}

impl Mfcc {
    pub(super) fn new(settings: &Settings, rate_hz: f64, analysis: &mut Analysis) -> Result<Mfcc, String> {
        let mel = Mel::of(settings, rate_hz)?;
        let n_mfcc = settings.count("n_mfcc").unwrap_or_default();
        if n_mfcc > mel.n_mels {
            return Err(format!(
                "n_mfcc = {n_mfcc} is more than n_mels = {}: there are no more coefficients than bands",
                mel.n_mels
            ));
        }
        let lifter = settings.number("lifter").unwrap_or_default();
        let decibels = Decibels::of(settings);
        Ok(Mfcc {
            n_mels: mel.n_mels,
            level: analysis.mel_levels(mel, &decibels),
            decibels,
            cosines: cosines(n_mfcc, mel.n_mels, lifter),
            wide: vec![0.0; mel.n_mels],
            row: vec![0.0; n_mfcc],
            processor: Processor::best(),
        })
    }

    /// The row of a frame.
    pub(super) fn of(&mut self, kept: &[f32]) -> &[f32] {
        for (wide, x) in self.wide.iter_mut().zip(kept) {
            *wide = f64::from(*x);
        }
        self.processor.run(Dct { cosines: &self.cosines, values: &self.wide, row: &mut self.row });
        &self.row
    }
}

impl Measure for Mfcc {
    fn width(&self) -> usize {
        self.row.len()
    }

    fn kept(&self) -> usize {
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

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        give(self.of(kept));
    }
}

struct Dct<'a> {
    cosines: &'a [f64],
    values: &'a [f64],
    row: &'a mut [f32],
}

impl Kernel for Dct<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        product(self.cosines, self.values, |k, sum| self.row[k] = sum as f32);
    }
}

fn cosines(n_mfcc: usize, n_mels: usize, lifter: f64) -> Vec<f64> {
    let bands = n_mels as f64;
    let one = |k: usize, b: usize| {
        let norm = (if k == 0 { 1.0 } else { 2.0 } / bands).sqrt();
        let lift =
            if lifter > 0.0 { 1.0 + lifter / 2.0 * libm::sin(PI * (k + 1) as f64 / lifter) } else { 1.0 };
        // reduced to one period, where the cosine is most accurate
        let quarter_steps = k * (2 * b + 1) % (4 * n_mels);
        norm * lift * libm::cos(PI * quarter_steps as f64 / (2.0 * bands))
    };
    (0..n_mfcc).flat_map(|k| (0..n_mels).map(move |b| one(k, b))).collect()
}
