//! The sample rate at which features are measured.

use crate::config::{Node, Shape, Value};
use passband_dsp::resample::{self, Resampler};
use passband_signal::Hertz;

/// The sample rate at which features are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum MeasuredRate {
    /// That of each recording, as `librosa.load` with `sr = None`.
    #[default]
    Native,
    /// This rate; recordings of other rates are resampled.
    At(Hertz),
}

/// The name of [`MeasuredRate::Native`] in pipeline files.
const NATIVE: &str = "native";

impl Value for MeasuredRate {
    fn shape() -> Shape {
        Shape::Quantity("22050 Hz")
    }
    fn read(node: &Node) -> Result<Self, String> {
        let text = node.text()?;
        match text.trim() {
            NATIVE => Ok(Self::Native),
            _ => match text.parse::<Hertz>() {
                Ok(rate) if rate.0 >= 1.0 && rate.0.is_finite() => Ok(Self::At(rate)),
                Ok(_) => Err(format!("'{text}' is below 1 Hz")),
                Err(why) => Err(format!("{why}, or \"{NATIVE}\" for that of each recording")),
            },
        }
    }
    fn written(&self) -> String {
        match self {
            Self::Native => NATIVE.to_owned(),
            Self::At(rate) => rate.to_string(),
        }
    }
}

impl MeasuredRate {
    /// The rate at which a signal of this rate is measured.
    pub fn of(self, own: Hertz) -> Hertz {
        if let Self::At(rate) = self { rate } else { own }
    }

    /// The resampler for such a signal, if it is needed.
    ///
    /// # Errors  the ratio of rates is not supported
    pub fn resampler(self, own: Hertz) -> Result<Option<Resampler>, String> {
        match self {
            Self::At(rate) if rate != own => Resampler::new(own.0, rate.0).map(Some),
            _ => Ok(None),
        }
    }

    /// Number of samples after resampling.
    ///
    /// # Errors  the ratio of rates is not supported
    pub fn length(self, own: Hertz, samples: u64) -> Result<u64, String> {
        match self {
            Self::At(rate) if rate != own => resample::length(own.0, rate.0, samples),
            _ => Ok(samples),
        }
    }
}
