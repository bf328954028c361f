//! The power of each pitch class, from the spectrum.

use super::analysis::Analysis;
use super::chroma_bank::ChromaBank;
use super::cut::{self, Cut};
use super::decibels::narrow;
use super::measure::{Measure, Whole};
use super::norm::{self, Norm};
use super::pitch_settings::N_CHROMA;
use super::setting::{Allowed, Setting, Value};
use super::{Agreement, Feature, tuning};

const SETTINGS: &[Setting] = &[
    N_CHROMA,
    norm::SETTING,
    Setting {
        name: "tuning",
        summary: "deviation of the tuning from A440; estimate measures it, which needs the whole recording",
        unit: "pitch classes",
        default: Value::Number(0.0),
        allowed: Allowed::Number { least: -1.0, most: 1.0, or: Some("estimate") },
    },
];

/// Chroma: the power of each frame summed over octaves by pitch class, C first.
///
/// `c[j] = Σ w[j, k]·|X[k]|²`, with Gaussian weights w around the pitches of a class, which decrease with the distance
/// from 880 Hz; then each row is normalised
///
/// # Shape      in samples; out frames × `[n_chroma]`
/// # Units      in full scale (±1); out relative to the strongest class, with the default `norm`
/// # Edges
/// silence gives 0; a NaN or an infinity makes its own frames NaN; `tuning = estimate`, librosa's default, needs the
/// whole recording: it keeps the power of every bin until the end, and a [`Stream`](super::Stream) refuses it
/// # Agrees     librosa 0.11 `feature.chroma_stft(tuning=0)`, abs 1e-5
/// # Reference  Ellis, Chroma feature analysis and synthesis (2007); Fujishima, ICMC (1999)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("chroma_stft").unwrap().settings().with("center", "false").unwrap();
/// let sine = |n: usize| (n as f32 * 440.0 / 22050.0 * std::f32::consts::TAU).sin();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&(0..2048).map(sine).collect::<Vec<_>>(), &mut out);
/// assert_eq!(out[9], 1.0); // A
/// assert!(out[3] < 0.001); // D sharp
/// ```
pub static CHROMA_STFT: Feature = Feature {
    name: "chroma_stft",
    summary: "power by pitch class, from the spectrum",
    row: "n_chroma",
    unit: "",
    settings: &[SETTINGS, cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.chroma_stft", relative: 1e-5, absolute: 1e-5 },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| {
        analysis.ask_power();
        let n_chroma = settings.count("n_chroma").unwrap_or_default();
        let (bins, n_fft) = (analysis.bins(), analysis.n_fft());
        let tuning = settings.number("tuning");
        let bank = ChromaBank::new(n_chroma, tuning.unwrap_or_default(), n_fft, rate_hz);
        let chroma = ChromaStft { bank, chroma: vec![0.0; n_chroma], norm: Norm::of(settings) };
        if tuning.is_some() {
            return Ok(Box::new(chroma));
        }
        let (power, row) = (vec![0.0; bins], vec![0.0; n_chroma]);
        Ok(Box::new(Tuned { n_fft, rate_hz, bins, chroma, power, row }))
    },
};

struct ChromaStft {
    bank: ChromaBank,
    chroma: Vec<f64>,
    norm: Norm,
}

impl ChromaStft {
    fn of(&mut self, power: &[f64], row: &mut [f32]) {
        self.bank.sum(power, &mut self.chroma);
        self.norm.apply(&mut self.chroma);
        for (row, x) in row.iter_mut().zip(&self.chroma) {
            *row = narrow(*x);
        }
    }
}

impl Measure for ChromaStft {
    fn width(&self) -> usize {
        self.chroma.len()
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        self.of(analysis.power(), kept);
    }
}

/// Chroma with a tuning that is estimated from the whole recording.
struct Tuned {
    n_fft: usize,
    rate_hz: f64,
    bins: usize,
    chroma: ChromaStft,
    power: Vec<f64>,
    row: Vec<f32>,
}

impl Measure for Tuned {
    fn width(&self) -> usize {
        self.row.len()
    }

    fn kept(&self) -> usize {
        self.bins.max(self.row.len())
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        for (kept, power) in kept.iter_mut().zip(analysis.power()) {
            *kept = narrow(*power);
        }
    }

    fn settle(&mut self, kept: &mut [f32]) {
        let n_chroma = self.row.len();
        let spectra = kept.chunks_exact(self.kept()).map(|frame| &frame[..self.bins]);
        let tuning = tuning::estimate(spectra, self.n_fft, self.rate_hz, n_chroma as f64);
        self.chroma.bank = ChromaBank::new(n_chroma, tuning, self.n_fft, self.rate_hz);
    }

    fn of_the_whole(&self) -> Option<Whole> {
        let (setting, needs) = ("tuning = estimate", "the pitches of the whole recording");
        Some(Whole { setting, needs, instead: "a number for tuning" })
    }

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        if kept[0].is_nan() {
            self.row.fill(f32::NAN);
        } else {
            for (power, x) in self.power.iter_mut().zip(kept) {
                *power = f64::from(*x);
            }
            self.chroma.of(&self.power, &mut self.row);
        }
        give(&self.row);
    }
}
