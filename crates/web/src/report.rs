//! Reports of a stream of recordings of a haloscope, and their message.

use serde::Serialize;
use std::time::Instant;

/// A report of a stream.
pub(crate) struct Report {
    pub stream: usize,
    pub published: Instant,
    pub body: Body,
}

/// The content of a report. Spectra start at the lowest frequency. All numbers are f64, because differences of powers
/// near 1e-12 need its precision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Body {
    Statistics(File),
    Run(Run),
    Lines(Found),
    Noise(Noise),
}

/// Mean and σ of one recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct File {
    pub file: i64,
    pub time_us: i64,
    pub count: u64,
    pub of: u64,
    pub state: &'static str,
    pub mean: Vec<f64>,
    pub sigma: Vec<f64>,
    /// Totals since the page was opened, including this file.
    pub files: u64,
    pub incomplete: u64,
    pub duplicates: u64,
    /// Megabytes of samples per second, over the newest files.
    pub rate_mb_s: Option<f64>,
}

/// The run so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Run {
    pub id: String,
    pub start_us: i64,
    pub end_us: Option<i64>,
    pub time_us: i64,
    pub last: i64,
    pub files: u64,
    pub incomplete: u64,
    pub scans: u64,
    pub mean: Vec<f64>,
    pub sigma: Vec<f64>,
    pub pooled_mean: Vec<f64>,
    pub standard_error: Vec<f64>,
}

/// The candidates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Found {
    pub run: Option<String>,
    pub file: i64,
    pub time_us: i64,
    pub scans: u64,
    pub threshold: f64,
    pub expected: f64,
    pub scatter: f64,
    pub lines: Vec<Candidate>,
    /// Number of candidates; some may not be listed.
    pub all: usize,
}

/// One candidate: frequencies in Hz, the excess in σ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Candidate {
    pub frequency: f64,
    pub excess: f64,
    pub width: f64,
    pub value: f64,
    pub baseline: f64,
}

/// The noise over the number of averaged scans.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Noise {
    pub run: Option<String>,
    pub time_us: i64,
    pub slope: Option<f64>,
    pub points: Vec<Point>,
}

/// The noise relative to the baseline for a number of scans, and the expected noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Point {
    pub scans: u64,
    pub sigma: f64,
    pub expected: f64,
}

impl Body {
    /// Reports of one stream and kind replace each other.
    pub fn slot(&self) -> u8 {
        match self {
            Self::Statistics(_) => 0,
            Self::Run(_) => 1,
            Self::Lines(_) => 2,
            Self::Noise(_) => 3,
        }
    }
}

impl Report {
    /// The message as text. `kept`: the report was published before this browser connected.
    pub fn encode(&self, kept: bool) -> String {
        #[derive(Serialize)]
        struct Message<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            stream: usize,
            kept: bool,
            report: &'a Body,
        }
        let message = Message { kind: "report", stream: self.stream, kept, report: &self.body };
        // numbers and text can always be serialised; non-finite values become null
        serde_json::to_string(&message).unwrap_or_default()
    }
}
