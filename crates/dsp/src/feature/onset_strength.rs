//! Onset strength: the rise of the spectrum from frame to frame.

use super::analysis::{Analysis, Level};
use super::cut::{self, Cut};
use super::decibels::{self, Decibels};
use super::measure::{Measure, Whole};
use super::mel_bank::{self, Mel};
use super::ring::Ring;
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use super::{Agreement, Feature};

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "lag",
        summary: "distance to the earlier frame with which a frame is compared",
        unit: "frames",
        default: Value::Number(1.0),
        allowed: Allowed::Count { least: 1, most: 1000, or: None },
    },
    Setting {
        name: "max_size",
        summary: "width of the maximum filter over the bands of the earlier frame; 1 turns it off",
        unit: "bands",
        default: Value::Number(1.0),
        allowed: Allowed::Count { least: 1, most: 4096, or: None },
    },
    Setting {
        name: "aggregate",
        summary: "statistic over the increases of all bands",
        unit: "",
        default: Value::Word("mean"),
        allowed: Allowed::Word(|| vec!["mean", "median"]),
    },
];

/// Onset strength: the mean rise in decibels of the mel bands over an earlier frame. Also called spectral flux; with
/// `lag = 2` and `max_size = 3` or similar values it is the SuperFlux method.
///
/// `o[t] = mean(max(0, l[t − s] − max(l[t − s − lag], max_size bands)))`, with [`LOG_MEL`](super::LOG_MEL) l. The shift
/// s = n_fft / (2·hop_length), if `center` is on, compensates for frames that contain an onset before their centre
/// reaches it
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out dB
/// # Edges
/// the first `s + lag` rows are 0; silence gives 0; a NaN or an infinity makes all rows NaN that compare its frames;
/// `top_db` needs the whole recording, so a [`Stream`](super::Stream) refuses it
/// # Agrees     librosa 0.11 `onset.onset_strength`, abs 1e-4 dB
/// # Reference  Böck & Widmer, Maximum filter vibrato suppression for onset detection, DAFx (2013)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("onset_strength").unwrap().settings();
/// let mut samples = [0.0; 10240];
/// samples[5120] = 0.5;
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&samples, &mut out);
/// let greatest = out.iter().copied().fold(0.0, f32::max);
/// assert_eq!(out.iter().position(|x| *x == greatest), Some(11)); // within a frame of sample 5120, the tenth's
/// ```
pub static ONSET_STRENGTH: Feature = Feature {
    name: "onset_strength",
    summary: "rise of the mel bands over an earlier frame",
    row: "1",
    unit: "dB",
    settings: &[SETTINGS, cut::SETTINGS, mel_bank::SETTINGS, decibels::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 onset.onset_strength", relative: 1e-5, absolute: 1e-4 },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| Ok(Box::new(OnsetStrength::new(settings, rate_hz, analysis)?)),
};

/// The computation of onset strength, also for other features.
pub(super) struct OnsetStrength {
    level: Level,
    decibels: Decibels,
    /// Number of frames by which rows are delayed.
    shift: usize,
    lag: usize,
    max_size: usize,
    median: bool,
    bands: Ring,
    rises: Vec<f32>,
}

impl OnsetStrength {
    pub(super) fn new(
        settings: &Settings,
        rate_hz: f64,
        analysis: &mut Analysis,
    ) -> Result<OnsetStrength, String> {
        let mel = Mel::of(settings, rate_hz)?;
        let count = |name| settings.count(name).unwrap_or_default();
        let (lag, n_mels) = (count("lag"), mel.n_mels);
        let shift = if settings.is_on("center") { count("n_fft") / (2 * count("hop_length")) } else { 0 };
        let decibels = Decibels::of(settings);
        Ok(OnsetStrength {
            level: analysis.mel_levels(mel, &decibels),
            decibels,
            shift,
            lag,
            max_size: count("max_size"),
            median: settings.word("aggregate") == "median",
            bands: Ring::new(n_mels, shift + lag + 1),
            rises: vec![0.0; n_mels],
        })
    }

    /// Number of mel bands.
    pub(super) fn bands(&self) -> usize {
        self.rises.len()
    }

    pub(super) fn clear(&mut self) {
        self.bands.clear();
    }

    /// Computes the row of the next frame from its bands.
    pub(super) fn of(&mut self, kept: &[f32]) -> f32 {
        self.bands.push(kept);
        let Some(earlier) = self.bands.taken().checked_sub(self.shift + self.lag + 1) else { return 0.0 };
        let (now, before) = (self.bands.row(earlier + self.lag), self.bands.row(earlier));
        // as in scipy's maximum filter, an even size includes one more band below than above
        let (below, above) = (self.max_size / 2, (self.max_size - 1) / 2);
        for (band, rise) in self.rises.iter_mut().enumerate() {
            let beside = &before[band.saturating_sub(below)..before.len().min(band + above + 1)];
            let greatest = match beside {
                [one] => *one,
                all => all.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            };
            let difference = now[band] - greatest;
            // not `max`, which would convert a NaN to 0
            *rise = if difference < 0.0 { 0.0 } else { difference };
        }
        if before[0].is_nan() {
            return f32::NAN;
        }
        let half = self.rises.len() / 2;
        if !self.median {
            return (self.rises.iter().map(|x| f64::from(*x)).sum::<f64>() / self.rises.len() as f64) as f32;
        }
        if now[0].is_nan() {
            return f32::NAN;
        }
        let (lower, middle, _) = self.rises.select_nth_unstable_by(half, f32::total_cmp);
        let middle = *middle;
        let next = lower.iter().copied().fold(0.0, f32::max);
        if self.bands() % 2 == 1 { middle } else { (next + middle) / 2.0 }
    }
}

impl Measure for OnsetStrength {
    fn width(&self) -> usize {
        1
    }

    fn kept(&self) -> usize {
        self.bands()
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

    fn before(&self) -> usize {
        self.shift + self.lag
    }

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        give(&[self.of(kept)]);
    }

    fn end(&mut self, _: &mut dyn FnMut(&[f32])) {
        self.clear();
    }
}
