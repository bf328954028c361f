//! Triangular filters on a mel scale: librosa's `filters.mel`, stored without zeros.

use super::mel_scale::MelScale;
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use super::sums::dot;
use crate::fft::{Kernel, Lanes, Processor};

/// The settings of all features that are computed from mel bands.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "n_mels",
        summary: "bands",
        unit: "",
        default: Value::Number(128.0),
        allowed: Allowed::Count { least: 1, most: 4096, or: None },
    },
    Setting {
        name: "fmin",
        summary: "lower edge of the lowest band",
        unit: "Hz",
        default: Value::Number(0.0),
        allowed: Allowed::Number { least: 0.0, most: 1e9, or: None },
    },
    Setting {
        name: "fmax",
        summary: "upper edge of the highest band; nyquist is half the sample rate",
        unit: "Hz",
        default: Value::Word("nyquist"),
        allowed: Allowed::Number { least: 1.0, most: 1e9, or: Some("nyquist") },
    },
    Setting {
        name: "htk",
        summary: "use the mel scale of HTK instead of Slaney's",
        unit: "",
        default: Value::Switch(false),
        allowed: Allowed::Switch,
    },
    Setting {
        name: "mel_norm",
        summary: "slaney: all bands have the same area; none: all bands have a peak of 1",
        unit: "",
        default: Value::Word("slaney"),
        allowed: Allowed::Word(|| vec!["slaney", "none"]),
    },
    Setting {
        name: "power",
        summary: "exponent of the magnitude before summation: 1 for magnitude, 2 for power",
        unit: "",
        default: Value::Number(2.0),
        allowed: Allowed::Count { least: 1, most: 2, or: None },
    },
];

/// The settings of mel bands. Features with equal settings and equal framing share the bands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mel {
    pub(super) n_mels: usize,
    fmin: f64,
    fmax: f64,
    scale: MelScale,
    equal_area: bool,
    pub(super) power: usize,
}

impl Mel {
    pub(super) fn of(settings: &Settings, rate_hz: f64) -> Result<Mel, String> {
        let fmin = settings.number("fmin").unwrap_or_default();
        let fmax = settings.number("fmax").unwrap_or(rate_hz / 2.0);
        if fmax > rate_hz / 2.0 {
            return Err(format!(
                "fmax = {fmax} Hz is above half the sample rate of {rate_hz} Hz, where nothing is: set it to {} \
                 or less, or to \"nyquist\"",
                rate_hz / 2.0
            ));
        }
        if fmin > fmax - 1.0 {
            return Err(format!("fmin = {fmin} Hz is not 1 Hz or more below fmax = {fmax} Hz"));
        }
        Ok(Mel {
            n_mels: settings.count("n_mels").unwrap_or_default(),
            fmin,
            fmax,
            scale: if settings.is_on("htk") { MelScale::Htk } else { MelScale::Slaney },
            equal_area: settings.word("mel_norm") == "slaney",
            power: settings.count("power").unwrap_or_default(),
        })
    }
}

/// The weights of all bands.
pub(super) struct MelBank {
    pub(super) mel: Mel,
    processor: Processor,
    /// The first bin and the number of bins of each band.
    spans: Vec<(usize, usize)>,
    /// The weights, band by band.
    weights: Vec<f64>,
}

impl MelBank {
    pub(super) fn new(mel: Mel, n_fft: usize, rate_hz: f64) -> MelBank {
        let points = mel.scale.spread(mel.fmin, mel.fmax, mel.n_mels + 2);
        let (mut spans, mut weights) = (vec![], vec![]);
        for edges in points.windows(3) {
            let (low, peak, high) = (edges[0], edges[1], edges[2]);
            let gain = if mel.equal_area { 2.0 / (high - low) } else { 1.0 };
            let first = (low * n_fft as f64 / rate_hz) as usize;
            let before = weights.len();
            let mut start = first;
            for bin in first..=n_fft / 2 {
                let hz = bin as f64 * rate_hz / n_fft as f64;
                let weight = ((hz - low) / (peak - low)).min((high - hz) / (high - peak));
                if weight > 0.0 {
                    weights.push(weight * gain);
                } else if hz > peak {
                    break;
                } else {
                    start = bin + 1;
                }
            }
            let start = start.min(n_fft / 2);
            // padded to multiples of eight with weights of 0 after the band, or before it at the end of the spectrum
            let (bins, eights) = (n_fft / 2 + 1, (weights.len() - before).next_multiple_of(8));
            if eights > bins {
                spans.push((start, weights.len() - before));
                continue;
            }
            let earlier = (start + eights).saturating_sub(bins);
            weights.splice(before..before, std::iter::repeat_n(0.0, earlier));
            weights.resize(before + eights, 0.0);
            spans.push((start - earlier, eights));
        }
        MelBank { mel, processor: Processor::best(), spans, weights }
    }

    /// Number of bands that are too narrow to contain a bin, and are always 0.
    pub(super) fn empty(&self) -> usize {
        self.spans.iter().filter(|(_, bins)| *bins == 0).count()
    }

    pub(super) fn sum(&self, spectrum: &[f64], bands: &mut [f64]) {
        self.processor.run(Sum { bank: self, spectrum, bands });
    }
}

struct Sum<'a> {
    bank: &'a MelBank,
    spectrum: &'a [f64],
    bands: &'a mut [f64],
}

impl Kernel for Sum<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let mut weights = &self.bank.weights[..];
        for (band, &(start, bins)) in self.bands.iter_mut().zip(&self.bank.spans) {
            let (own, rest) = weights.split_at(bins);
            *band = dot(own, &self.spectrum[start..start + bins]);
            weights = rest;
        }
    }
}
