//! What the page draws, described by the stream.

use serde::{Deserialize, Serialize};

/// One picture on the page, by its kind. The page has one module for each kind.
///
/// Panels that name the same `stream` draw the same pictures, and share their axis, cursor and history.
///
/// ```
/// use passband_web::{Panel, Spectral};
/// let json = serde_json::to_value(Panel::Spectrum(Spectral { bins: 4097, ..Spectral::default() })).unwrap();
/// assert_eq!(json["kind"], "spectrum");
/// assert_eq!(json["bins"], 4097);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Panel {
    /// Level over frequency, a line for each channel.
    Spectrum(Spectral),
    /// Level over frequency and time, as colour.
    Waterfall(Spectral),
    /// The newest recording's mean with its σ, and the run-wide mean, over frequency. The waterfall of the same
    /// stream then has a line for each recording.
    Band(Spectral),
    /// The run in numbers, and what stands out.
    Table(Monitored),
    /// How the noise falls with the number of scans.
    Series(Monitored),
    /// The windows of many sensors, a cell for each.
    Sensors(Sensed),
}

/// The windows of sensors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sensed {
    /// The number of this panel among the streams.
    pub stream: usize,
    /// Where they come from, for the heading; may be empty.
    pub title: String,
    /// The names of the values of a window. What is of one field has the field's name and a dot before it.
    pub columns: Vec<String>,
}

/// A stream of recordings, as panels draw it that need no frequency axis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitored {
    /// Which of the streams this panel draws, from 0.
    pub stream: usize,
    /// What is measured, for the heading; may be empty.
    pub title: String,
    /// Whether candidates are searched for: without, the table has none.
    pub searched: bool,
}

/// The spectra of one stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spectral {
    /// Which of the published streams this panel draws, from 0.
    pub stream: usize,
    /// What is measured, for the heading; may be empty.
    pub title: String,
    /// Unit of the values. One that starts with `dB` is drawn as it is; others are linear, and never negative.
    pub unit: String,
    /// Sample rate in Hz.
    pub rate: f64,
    /// Samples in a window.
    pub length: usize,
    /// Samples from one window to the next.
    pub hop: usize,
    /// Values for each channel. Bin `k` lies at `k · rate / length` Hz, plus `offset`.
    pub bins: usize,
    /// Frequency of the first bin in Hz: 0 for real signals.
    pub offset: f64,
    /// Frequency of the local oscillator in Hz, 0 where there is none.
    #[serde(skip_serializing_if = "none")]
    pub centre: f64,
    /// Names of the channels, in the order of their values.
    pub channels: Vec<String>,
}

impl Default for Spectral {
    /// Stream 0 in dBFS, with 8192 samples a window and 256 from one to the next, at 44.1 kHz, mono.
    fn default() -> Self {
        Self {
            stream: 0,
            title: String::new(),
            unit: "dBFS".to_owned(),
            rate: 44_100.0,
            length: 8192,
            hop: 256,
            bins: 4097,
            offset: 0.0,
            centre: 0.0,
            channels: vec!["mono".to_owned()],
        }
    }
}

impl Panel {
    /// The stream that this panel draws.
    pub fn stream(&self) -> usize {
        match self {
            Self::Spectrum(s) | Self::Waterfall(s) | Self::Band(s) => s.stream,
            Self::Table(m) | Self::Series(m) => m.stream,
            Self::Sensors(s) => s.stream,
        }
    }
    /// How many values a picture of this panel has: channels × bins.
    pub fn values(&self) -> usize {
        match self {
            Self::Spectrum(s) | Self::Waterfall(s) => s.bins.saturating_mul(s.channels.len()),
            // These come as reports and as windows.
            Self::Band(_) | Self::Table(_) | Self::Series(_) | Self::Sensors(_) => 0,
        }
    }
}

fn none(frequency: &f64) -> bool {
    *frequency == 0.0
}
