//! The division of a recording into frames, and their taper, as in librosa's `stft`.

use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use super::wavelet::Pitches;
use crate::taper::{TAPERS, Taper};

pub(super) const HOP_LENGTH: Setting = Setting {
    name: "hop_length",
    summary: "distance between the starts of successive frames",
    unit: "samples",
    default: Value::Number(512.0),
    allowed: Allowed::Count { least: 1, most: 1 << 24, or: None },
};

const CENTER: Setting = Setting {
    name: "center",
    summary: "centre frame t on sample t * hop_length, with zeros before and after the recording",
    unit: "",
    default: Value::Switch(true),
    allowed: Allowed::Switch,
};

/// The settings of all features that are computed from spectra of frames.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "n_fft",
        summary: "length of a frame and of its Fourier transform",
        unit: "samples",
        default: Value::Number(2048.0),
        allowed: Allowed::Count { least: 2, most: 1 << 20, or: None },
    },
    HOP_LENGTH,
    Setting {
        name: "win_length",
        summary: "length of the taper, which is centred in the frame and padded with zeros",
        unit: "samples",
        default: Value::Word("n_fft"),
        allowed: Allowed::Count { least: 1, most: 1 << 20, or: Some("n_fft") },
    },
    Setting {
        name: "window",
        summary: "the taper",
        unit: "",
        default: Value::Word("hann"),
        allowed: Allowed::Word(|| TAPERS.iter().map(|def| def.name).collect()),
    },
    Setting {
        name: "window_parameter",
        summary: "shape parameter of some tapers, such as beta of kaiser",
        unit: "",
        default: Value::Word("default"),
        allowed: Allowed::Number { least: 0.0, most: 1e6, or: Some("default") },
    },
    CENTER,
];

/// The settings of all features that are computed from the samples of frames.
pub(super) const OF_SAMPLES: &[Setting] = &[
    Setting {
        name: "frame_length",
        summary: "length of a frame",
        unit: "samples",
        default: Value::Number(2048.0),
        allowed: Allowed::Count { least: 2, most: 1 << 20, or: None },
    },
    HOP_LENGTH,
    CENTER,
];

/// The padding before and after a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ends {
    Zeros,
    /// Repeats the first sample before the recording, and the last one after it.
    Repeat,
}

/// How a feature divides recordings. Features with equal values share the computation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cutting {
    /// Frames of one length.
    Frames(Cut),
    /// A constant-Q transform, and its hop in samples.
    Pitches(Pitches, usize),
}

/// A division into frames.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cut {
    pub(super) n_fft: usize,
    pub(super) hop_length: usize,
    win_length: usize,
    taper: Taper,
    center: bool,
    pub(super) ends: Ends,
}

impl Cut {
    /// Frames for spectra.
    pub(super) fn tapered(settings: &Settings) -> Result<Cutting, String> {
        let n_fft = settings.count("n_fft").unwrap_or_default();
        let win_length = settings.count("win_length").unwrap_or(n_fft);
        if win_length > n_fft {
            return Err(format!(
                "win_length = {win_length} is more than n_fft = {n_fft}: the taper must fit in the frame"
            ));
        }
        let taper = Taper::by_name(settings.word("window"), settings.number("window_parameter"))?;
        let hop_length = settings.count("hop_length").unwrap_or_default();
        let cut =
            Cut { n_fft, hop_length, win_length, taper, center: settings.is_on("center"), ends: Ends::Zeros };
        if cut.weights().iter().sum::<f64>() < 1e-3 {
            return Err(format!("the taper {taper} leaves nothing of {win_length} samples"));
        }
        Ok(Cutting::Frames(cut))
    }

    /// Frames of samples without a taper.
    pub(super) fn of_samples(settings: &Settings, ends: Ends) -> Result<Cutting, String> {
        let n_fft = settings.count("frame_length").unwrap_or_default();
        let hop_length = settings.count("hop_length").unwrap_or_default();
        let taper = Taper::by_name("rectangular", None)?;
        let cut = Cut { n_fft, hop_length, win_length: n_fft, taper, center: settings.is_on("center"), ends };
        Ok(Cutting::Frames(cut))
    }

    /// Centred frames without a taper.
    pub(super) fn plain(n_fft: usize, hop_length: usize) -> Result<Cut, String> {
        let taper = Taper::by_name("rectangular", None)?;
        Ok(Cut { n_fft, hop_length, win_length: n_fft, taper, center: true, ends: Ends::Zeros })
    }

    /// Weights of the samples of a frame.
    pub(super) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.n_fft];
        let before = (self.n_fft - self.win_length) / 2;
        weights[before..][..self.win_length].copy_from_slice(&self.taper.weights(self.win_length));
        weights
    }

    /// Number of padding samples at each end of the recording.
    pub(super) fn padding(&self) -> usize {
        if self.center { self.n_fft / 2 } else { 0 }
    }

    /// Number of frames of a recording of `samples` samples.
    pub(super) fn frames(&self, samples: usize) -> usize {
        let padded = samples.saturating_add(2 * self.padding());
        padded.checked_sub(self.n_fft).map_or(0, |spare| spare / self.hop_length + 1)
    }
}
