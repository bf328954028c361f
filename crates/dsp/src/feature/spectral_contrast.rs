//! The contrast between peaks and valleys of the spectrum, by octave.

use super::analysis::Analysis;
use super::cut::{self, Cut};
use super::decibels::{Decibels, narrow};
use super::measure::{Measure, Whole};
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use super::{Agreement, Feature};
use std::ops::Range;

const SETTINGS: &[Setting] = &[
    Setting {
        name: "contrast_fmin",
        summary: "lower edge of the second band; from there on, bands are octaves (librosa's fmin of spectral_contrast)",
        unit: "Hz",
        default: Value::Number(200.0),
        allowed: Allowed::Number { least: 1e-3, most: 1e9, or: None },
    },
    Setting {
        name: "n_bands",
        summary: "octaves",
        unit: "",
        default: Value::Number(6.0),
        allowed: Allowed::Count { least: 1, most: 32, or: None },
    },
    Setting {
        name: "quantile",
        summary: "share of the bins of a band that form its peak and its valley",
        unit: "",
        default: Value::Number(0.02),
        allowed: Allowed::Number { least: 1e-6, most: 0.999_999, or: None },
    },
    Setting {
        name: "linear",
        summary: "use differences of magnitudes, not of decibels",
        unit: "",
        default: Value::Switch(false),
        allowed: Allowed::Switch,
    },
    Setting {
        name: "top_db",
        summary: "maximum distance below the peak of the recording; smaller values are raised to it",
        unit: "dB",
        default: Value::Number(80.0),
        allowed: Allowed::Number { least: 0.0, most: 1e6, or: Some("none") },
    },
];

/// Spectral contrast: by octave, the mean of the largest magnitudes minus that of the smallest, in decibels.
///
/// Band 0 ends at `contrast_fmin`; the last band extends to half the sample rate. As in librosa, a band begins at the
/// bin below its edge, and excludes its last bin.
///
/// # Shape      in samples; out frames × `[n_bands + 1]`
/// # Units      in full scale (±1); out dB (10·log10 of magnitudes, as in librosa), or magnitude with `linear`
/// # Edges
/// silence gives 0; a NaN or an infinity makes its own frames NaN; an octave that begins above half the sample rate is
/// refused, as in librosa; an octave without a bin uses the bin below it; `top_db` (applied to peaks and valleys
/// separately) needs the whole recording, so a [`Stream`](super::Stream) refuses it; librosa always uses 80
/// # Agrees     librosa 0.11 `feature.spectral_contrast`, abs 1e-4 dB
/// # Reference  Jiang, Lu, Zhang, Tao & Cai, ICME (2002)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("spectral_contrast").unwrap().settings();
/// let mut out = vec![];
/// let mut samples = [0.0; 2048];
/// samples[1024] = 0.5;
/// let settings = settings.with("center", "false").unwrap();
/// Plan::new(&settings, 22050.0).unwrap().frames(&samples, &mut out);
/// assert_eq!(out.len(), 7);
/// assert!(out.iter().all(|x| x.abs() < 1e-4)); // the spectrum of an impulse is flat
/// ```
pub static SPECTRAL_CONTRAST: Feature = Feature {
    name: "spectral_contrast",
    summary: "difference between peaks and valleys of the spectrum, by octave",
    row: "n_bands + 1",
    unit: "dB",
    settings: &[SETTINGS, cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.spectral_contrast", relative: 1e-5, absolute: 1e-4 },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| {
        analysis.ask_magnitude();
        let bands = bands(settings, rate_hz, analysis)?;
        let linear = settings.is_on("linear");
        Ok(Box::new(SpectralContrast {
            ends: vec![0.0; 2 * bands.len()],
            row: vec![0.0; bands.len()],
            bands,
            linear,
            decibels: Decibels::above(1e-10),
            top_db: settings.number("top_db").filter(|_| !linear).map(|db| db as f32),
            sorted: Vec::with_capacity(analysis.bins()),
        }))
    },
};

/// The bins of each band, and the number of them that form its peak and its valley.
fn bands(
    settings: &Settings,
    rate_hz: f64,
    analysis: &Analysis,
) -> Result<Vec<(Range<usize>, usize)>, String> {
    let (fmin, count) =
        (settings.number("contrast_fmin").unwrap_or_default(), settings.count("n_bands").unwrap_or_default());
    let quantile = settings.number("quantile").unwrap_or_default();
    let last = fmin * libm::exp2(count as f64 - 1.0);
    if last >= rate_hz / 2.0 {
        return Err(format!(
            "the last of n_bands = {count} octaves begins at {last} Hz, and half the sample rate of {rate_hz} Hz is \
             not above that: set n_bands or contrast_fmin lower"
        ));
    }
    let bins = analysis.bins();
    let band = |k: usize| {
        let edge = |k: usize| if k == 0 { 0.0 } else { fmin * libm::exp2(k as f64 - 1.0) };
        let first = (0..bins).find(|bin| analysis.hz(*bin) >= edge(k)).unwrap_or(bins);
        let end = (0..bins).find(|bin| analysis.hz(*bin) > edge(k + 1)).unwrap_or(bins).max(first);
        let (start, end) = (first.saturating_sub(1), if k == count { bins } else { end });
        let most = (quantile * (end - start) as f64).round_ties_even().max(1.0) as usize;
        let end = if k < count { end - 1 } else { end };
        let end = end.max(start + 1);
        (start..end, most.min(end - start))
    };
    Ok((0..=count).map(band).collect())
}

struct SpectralContrast {
    bands: Vec<(Range<usize>, usize)>,
    linear: bool,
    decibels: Decibels,
    top_db: Option<f32>,
    /// Peaks, then valleys.
    ends: Vec<f64>,
    /// The magnitudes of a band as bits, which sort like the magnitudes.
    sorted: Vec<u64>,
    row: Vec<f32>,
}

impl Measure for SpectralContrast {
    fn width(&self) -> usize {
        self.bands.len()
    }

    fn kept(&self) -> usize {
        2 * self.bands.len()
    }

    fn take(&mut self, analysis: &Analysis, _: &[f32], kept: &mut [f32]) {
        let Self { bands, sorted, ends, .. } = self;
        let (peaks, valleys) = ends.split_at_mut(bands.len());
        for (((bins, most), peak), valley) in bands.iter().zip(peaks).zip(valleys) {
            sorted.clear();
            sorted.extend(analysis.magnitude()[bins.clone()].iter().map(|x| x.to_bits()));
            let mean = |bits: &[u64]| bits.iter().map(|x| f64::from_bits(*x)).sum::<f64>() / *most as f64;
            sorted.select_nth_unstable(most - 1);
            *valley = mean(&sorted[..*most]);
            let rest = sorted.len() - most;
            sorted.select_nth_unstable(rest);
            *peak = mean(&sorted[rest..]);
        }
        match self.linear {
            true => kept.iter_mut().zip(&self.ends).for_each(|(kept, end)| *kept = narrow(*end)),
            false => self.decibels.take(&self.ends, kept),
        }
    }

    fn settle(&mut self, kept: &mut [f32]) {
        let Some(top_db) = self.top_db else { return };
        let bands = self.bands.len();
        for half in 0..2 {
            let own =
                |row: &[f32]| row[half * bands..][..bands].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let floor = kept.chunks(2 * bands).map(own).fold(f32::NEG_INFINITY, f32::max) - top_db;
            for x in kept.chunks_mut(2 * bands).flat_map(|row| &mut row[half * bands..][..bands]) {
                // not `max`, which would convert a NaN to silence
                *x = if *x < floor { floor } else { *x };
            }
        }
    }

    fn of_the_whole(&self) -> Option<Whole> {
        let needs = "the maximum of the whole recording";
        self.top_db.map(|_| Whole { setting: "top_db", needs, instead: "top_db = none" })
    }

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        let (peaks, valleys) = kept.split_at(self.bands.len());
        for ((row, peak), valley) in self.row.iter_mut().zip(peaks).zip(valleys) {
            *row = peak - valley;
        }
        give(&self.row);
    }
}
