//! The local autocorrelation of onset strength.

use super::analysis::Analysis;
use super::cut::{self, Cut};
use super::decibels;
use super::measure::{Measure, Whole};
use super::mel_bank;
use super::norm::{self, Norm};
use super::onset_strength::{self, OnsetStrength};
use super::ring::Ring;
use super::setting::{Allowed, Setting, Value};
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};
use crate::taper::{TAPERS, Taper};

const SETTINGS: &[Setting] = &[
    Setting {
        name: "tempogram_win_length",
        summary: "length of the window of onset strength (librosa's win_length of tempogram)",
        unit: "frames",
        default: Value::Number(384.0),
        allowed: Allowed::Count { least: 1, most: 1 << 14, or: None },
    },
    Setting {
        name: "tempogram_window",
        summary: "taper of the window of onset strength (librosa's window of tempogram)",
        unit: "",
        default: Value::Word("hann"),
        allowed: Allowed::Word(|| TAPERS.iter().map(|def| def.name).collect()),
    },
    norm::SETTING,
];

/// Tempogram: the autocorrelation of [`ONSET_STRENGTH`](super::ONSET_STRENGTH) around each frame. Value k is the
/// similarity of the onsets to those k frames later: a beat of b BPM is a peak at `k = 60·rate / (b·hop_length)`.
///
/// `a[k] = Σ w[i]·o[t − L/2 + i] · w[i + k]·o[t − L/2 + i + k]`, i from 0 to L − 1 − k, L = `tempogram_win_length`;
/// then each row is normalised
///
/// # Shape      in samples; out frames × `[tempogram_win_length]`
/// # Units      in full scale (±1); out relative to value 0, with the default `norm`
/// # Edges
/// before the recording the onset strength is 0, after it it decreases linearly to 0, as in librosa; without onsets all
/// values are 0; a NaN or an infinity makes all rows NaN whose windows contain it; rows are delayed by half a window;
/// `top_db` needs the whole recording, so a [`Stream`](super::Stream) refuses it
/// # Agrees     librosa 0.11 `feature.tempogram`, abs 1e-5
/// # Reference  Grosche, Müller & Kurth, Cyclic tempogram, ICASSP (2010)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("tempogram").unwrap().settings();
/// // A click every 20 frames.
/// let clicks: Vec<f32> = (0..512 * 200).map(|n| if n % (512 * 20) == 5000 { 0.5 } else { 0.0 }).collect();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&clicks, &mut out);
/// let row = &out[100 * 384..][..384];
/// assert_eq!(row[0], 1.0);
/// assert!(row[20] > 0.8 && row[20] > row[10] && row[20] > row[30]);
/// ```
pub static TEMPOGRAM: Feature = Feature {
    name: "tempogram",
    summary: "autocorrelation of the onset strength",
    row: "tempogram_win_length",
    unit: "",
    settings: &[SETTINGS, onset_strength::SETTINGS, cut::SETTINGS, mel_bank::SETTINGS, decibels::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.tempogram", relative: 1e-5, absolute: 1e-5 },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| {
        let length = settings.count("tempogram_win_length").unwrap_or_default();
        let onsets = OnsetStrength::new(settings, rate_hz, analysis)?;
        let taper = Taper::by_name(settings.word("tempogram_window"), None)?;
        Ok(Box::new(Tempogram {
            onsets,
            norm: Norm::of(settings),
            weights: taper.weights(length),
            strengths: Ring::new(1, length),
            window: vec![0.0; length + LAGS],
            sums: vec![0.0; length.next_multiple_of(LAGS)],
            row: vec![0.0; length],
            given: 0,
            processor: Processor::best(),
        }))
    },
};

/// Number of lags that are summed in parallel.
const LAGS: usize = 32;

struct Tempogram {
    onsets: OnsetStrength,
    norm: Norm,
    weights: Vec<f64>,
    strengths: Ring,
    /// The weighted onset strengths, padded with zeros.
    window: Vec<f64>,
    sums: Vec<f64>,
    row: Vec<f32>,
    given: usize,
    processor: Processor,
}

impl Tempogram {
    /// Computes the next row. Beyond the last frame, the onset strength decreases linearly to 0.
    fn make(&mut self) {
        let length = self.weights.len();
        let (taken, half) = (self.strengths.taken(), length / 2);
        for (i, (x, weight)) in self.window.iter_mut().zip(&self.weights).enumerate() {
            let strength = match (self.given + i).checked_sub(half) {
                None => 0.0,
                Some(frame) if frame < taken => f64::from(self.strengths.row(frame)[0]),
                Some(frame) => {
                    let last = f64::from(self.strengths.row(taken - 1)[0]);
                    let beyond = (frame + 1 - taken) as f64;
                    last * (1.0 - beyond / half as f64)
                }
            };
            *x = weight * strength;
        }
        self.given += 1;
        if self.window.iter().any(|x| x.is_nan()) {
            return self.row.fill(f32::NAN);
        }
        self.processor.run(Correlate { window: &self.window, sums: &mut self.sums });
        self.norm.apply(&mut self.sums[..length]);
        for (row, x) in self.row.iter_mut().zip(&self.sums) {
            *row = *x as f32;
        }
    }
}

impl Measure for Tempogram {
    fn width(&self) -> usize {
        self.row.len()
    }

    fn kept(&self) -> usize {
        self.onsets.bands().max(self.row.len())
    }

    fn take(&mut self, analysis: &Analysis, frame: &[f32], kept: &mut [f32]) {
        let (bands, rest) = kept.split_at_mut(self.onsets.bands());
        self.onsets.take(analysis, frame, bands);
        // NaN is ignored in the maximum of the recording
        rest.fill(f32::NAN);
    }

    fn settle(&mut self, kept: &mut [f32]) {
        self.onsets.settle(kept);
    }

    fn of_the_whole(&self) -> Option<Whole> {
        self.onsets.of_the_whole()
    }

    fn before(&self) -> usize {
        self.onsets.before() + self.row.len() / 2
    }

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        let strength = self.onsets.of(kept);
        self.strengths.push(&[strength]);
        let length = self.row.len();
        if self.strengths.taken() >= length - length / 2 {
            self.make();
            give(&self.row);
        }
    }

    fn end(&mut self, give: &mut dyn FnMut(&[f32])) {
        while self.given < self.strengths.taken() {
            self.make();
            give(&self.row);
        }
        self.onsets.clear();
        self.strengths.clear();
        self.given = 0;
    }
}

struct Correlate<'a> {
    window: &'a [f64],
    sums: &'a mut [f64],
}

impl Kernel for Correlate<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let length = self.window.len() - LAGS;
        for (at, out) in self.sums.as_chunks_mut::<LAGS>().0.iter_mut().enumerate() {
            let mut sums = [0.0; LAGS];
            let later = &self.window[at * LAGS..];
            for (x, later) in self.window[..length].iter().zip(later.windows(LAGS)) {
                for i in 0..LAGS {
                    sums[i] += x * later[i];
                }
            }
            *out = sums;
        }
    }
}
