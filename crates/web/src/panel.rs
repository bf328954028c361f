//! Panels: the description of the page's content.

use serde::{Deserialize, Serialize};

/// One panel of the page. The page has a module for each kind of panel.
///
/// Panels with the same `stream` draw the same pictures, and share their axis, cursor and history.
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
    /// Level over frequency, one line per channel.
    Spectrum(Spectral),
    /// Level over frequency and time, as colour.
    Waterfall(Spectral),
    /// Records as rows of a table, newest first.
    Table(Recorded),
    /// The numbers of records over time: a plot per field, a line per stream and key.
    Series(Recorded),
    /// The lists of numbers in records over time, as colour.
    HeatMap(Recorded),
    /// Chord, key, tempo and loudness as numbers; chroma, onset strength and beats over time.
    Music(Recorded),
    /// The windows of many sensors, one cell per sensor.
    Sensors(Sensed),
    /// The mean of the newest recording with its σ and the running mean of the run, over frequency.
    #[serde(rename = "haloscope/band")]
    HaloscopeBand(Spectral),
    /// The means of recordings over frequency, one line per recording, as colour.
    #[serde(rename = "haloscope/waterfall")]
    HaloscopeWaterfall(Spectral),
    /// The figures of the run, and its candidates.
    #[serde(rename = "haloscope/run")]
    HaloscopeRun(Monitored),
    /// The noise as a function of the number of averaged scans.
    #[serde(rename = "haloscope/noise")]
    HaloscopeNoise(Monitored),
}

/// The records of one kind, described by their declaration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The number of their stream.
    pub stream: usize,
    /// The kind of the records, such as `features`.
    pub records: String,
    /// The description of the kind.
    pub doc: String,
    /// Their fields. Columns are only ever added.
    pub columns: Vec<Column>,
    /// The initial layout of the panel.
    pub layout: Layout,
}

/// The initial layout of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Open.
    Open,
    /// Collapsed to its heading, because the same results have specific panels.
    Collapsed,
}

/// A field of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The description.
    pub doc: String,
    /// The unit of its values; may be empty.
    pub unit: String,
    /// Its type: `number`, `integer`, `time` (µs since 1970), `bool`, `text`, `numbers` (a list), `items` or `object`.
    pub kind: String,
    /// Its role: `value`, `stream`, `key`, `name`, `time` or `count`.
    pub role: String,
    /// Number of items in the lists received so far.
    pub items: Option<usize>,
    /// The axis of the lists, if they have one.
    pub axis: Option<Axis>,
}

impl Column {
    /// Whether it is drawn as a line over time: a measured number or a count.
    pub(crate) fn is_scalar(&self) -> bool {
        let single = self.kind == "numbers" && self.items == Some(1);
        (single || matches!(&*self.kind, "number" | "integer")) && matches!(&*self.role, "value" | "count")
    }
    /// Whether it is drawn as colour over time: a list of numbers.
    pub(crate) fn is_list(&self) -> bool {
        self.kind == "numbers" && self.items != Some(1)
    }
}

/// The axis of lists: the position of the first item is `from`, that of the last one `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The quantity, such as `frequency`.
    pub name: String,
    /// The unit.
    pub unit: String,
    /// The position of the first item.
    pub from: f64,
    /// The position of the last item.
    pub to: f64,
}

/// The windows of sensors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sensed {
    /// The number of this panel among the streams.
    pub stream: usize,
    /// The origin of the windows, for the heading; may be empty.
    pub title: String,
    /// The names of the values of a window. A value of a field has the field's name and a dot as prefix.
    pub columns: Vec<String>,
}

/// A stream of recordings, for panels without a frequency axis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitored {
    /// Index of the stream that this panel draws, from 0.
    pub stream: usize,
    /// What is measured, for the heading; may be empty.
    pub title: String,
    /// Whether candidates are searched for; otherwise, none are listed.
    pub searched: bool,
}

/// The spectra of one stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spectral {
    /// Index of the published stream that this panel draws, from 0.
    pub stream: usize,
    /// What is measured, for the heading; may be empty.
    pub title: String,
    /// Unit of the values. Units that start with `dB` are drawn unchanged; others are linear, and never negative.
    pub unit: String,
    /// Sample rate in Hz.
    pub rate: f64,
    /// Samples per window.
    pub length: usize,
    /// Samples from one window to the next.
    pub hop: usize,
    /// Values per channel. Bin `k` is at `k · rate / length` Hz, plus `offset`.
    pub bins: usize,
    /// Frequency of the first bin in Hz: 0 for real signals.
    pub offset: f64,
    /// Frequency of the local oscillator in Hz; 0 if there is none.
    #[serde(skip_serializing_if = "none")]
    pub centre: f64,
    /// Names of the channels, in the order of their values.
    pub channels: Vec<String>,
}

impl Default for Spectral {
    /// Stream 0 in dBFS, with windows of 8192 samples every 256 samples, at 44.1 kHz, mono.
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
            Self::Spectrum(s) | Self::Waterfall(s) => s.stream,
            Self::HaloscopeBand(s) | Self::HaloscopeWaterfall(s) => s.stream,
            Self::HaloscopeRun(m) | Self::HaloscopeNoise(m) => m.stream,
            Self::Table(r) | Self::Series(r) | Self::HeatMap(r) | Self::Music(r) => r.stream,
            Self::Sensors(s) => s.stream,
        }
    }
    /// Number of values in a picture of this panel: channels × bins.
    pub fn values(&self) -> usize {
        match self {
            Self::Spectrum(s) | Self::Waterfall(s) => s.bins.saturating_mul(s.channels.len()),
            // these panels draw records, reports and windows
            _ => 0,
        }
    }
}

fn none(frequency: &f64) -> bool {
    *frequency == 0.0
}
