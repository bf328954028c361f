//! What flows between the parts: data with its stream and its origin, what was refused, and positions.

pub use crate::examples::{Example, Feature, Field, Floats, Lender, Row, Rows, Set, Shard};
pub use crate::keyed::Part;
pub use crate::readings::{Aggregate, Arrival, Column, Of, Reading, Readings, ResultState, Shape, Spare};
pub use crate::results::{Band, Line, Lines, Noise, Run, Sides, State, Statistics};
pub use crate::scans::Scans;
use passband_dsp::spectrum::Scale;
use passband_signal::address::redact;
use passband_signal::{Block, Hertz};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of one stream (a device, a sensor, a file); on Kafka, the message key.
pub type Stream = Arc<str>;

/// The kinds of data that can flow from one part to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Blocks of samples.
    Samples,
    /// Spectra of frames.
    Spectra,
    /// Mean and deviation, by bin, over the frames of one recording.
    Statistics,
    /// The same over all recordings of a run.
    Runs,
    /// What stands out of a spectrum.
    Lines,
    /// How the noise falls.
    Noise,
    /// Timestamped values of sensors.
    Readings,
    /// What a window says of the readings of one sensor.
    Aggregates,
    /// What windows of readings that are still open stand on.
    Panes,
    /// Labelled recordings.
    Examples,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: &'static [Kind] = &[
        Kind::Samples,
        Kind::Spectra,
        Kind::Statistics,
        Kind::Runs,
        Kind::Lines,
        Kind::Noise,
        Kind::Readings,
        Kind::Aggregates,
        Kind::Panes,
        Kind::Examples,
    ];
    /// Its name in pipeline files and message headers.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Samples => "samples",
            Kind::Spectra => "spectra",
            Kind::Statistics => "statistics",
            Kind::Runs => "runs",
            Kind::Lines => "lines",
            Kind::Noise => "noise",
            Kind::Readings => "readings",
            Kind::Aggregates => "aggregates",
            Kind::Panes => "panes",
            Kind::Examples => "examples",
        }
    }
}

impl Kind {
    /// Whether a sink that wants `only` these gets it; no names mean everything but state.
    pub fn is_among(self, only: &[Kind]) -> bool {
        only.contains(&self) || only.is_empty() && self != Kind::Panes
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One datum.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Contiguous samples.
    Samples(Block),
    /// The spectrum of one frame, all channels.
    Spectrum(Spectrum),
    /// Mean and deviation of a recording's frames.
    Statistics(Box<Statistics>),
    /// Mean and deviation of a run.
    Run(Box<Run>),
    /// What stands out.
    Lines(Box<Lines>),
    /// How the noise falls.
    Noise(Noise),
    /// Readings of one shard, many at once.
    Readings(Box<Readings>),
    /// What a window says of one key.
    Aggregate(Box<Aggregate>),
    /// Part of what the open windows of a shard stand on.
    Pane(Box<Pane>),
    /// A labelled recording.
    Example(Box<Example>),
}

impl Data {
    /// How many samples or values it holds, of all channels.
    pub fn numbers(&self) -> usize {
        match self {
            Data::Samples(block) => block.samples.len(),
            Data::Spectrum(spectrum) => spectrum.values.len(),
            Data::Statistics(statistics) => 2 * statistics.moments.bins(),
            Data::Run(run) => 4 * run.pooled.bins(),
            Data::Lines(lines) => lines.lines.len(),
            Data::Noise(_) => 1,
            Data::Readings(readings) => readings.len(),
            Data::Aggregate(aggregate) => aggregate.values.len() + 4,
            Data::Pane(pane) => pane.part.bytes.as_ref().map_or(0, Vec::len) / 8 + 4,
            Data::Example(example) => {
                let features = example.features.iter().map(|feature| feature.values.len());
                features.chain(example.audio.as_ref().map(|audio| audio.len())).sum()
            }
        }
    }
    /// When it was taken (µs since 1970): the first sample of samples, else the last that went into it.
    pub fn time(&self) -> i64 {
        match self {
            Data::Samples(block) => block.time,
            Data::Spectrum(spectrum) => spectrum.time,
            Data::Statistics(statistics) => statistics.time,
            Data::Run(run) => run.time,
            Data::Lines(lines) => lines.time,
            Data::Noise(noise) => noise.time,
            Data::Readings(readings) => readings.iter().map(|reading| reading.time).max().unwrap_or(0),
            Data::Aggregate(aggregate) => aggregate.end,
            Data::Pane(pane) => pane.part.start,
            Data::Example(_) => 0,
        }
    }
    /// What kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Data::Samples(_) => Kind::Samples,
            Data::Spectrum(_) => Kind::Spectra,
            Data::Statistics(_) => Kind::Statistics,
            Data::Run(_) => Kind::Runs,
            Data::Lines(_) => Kind::Lines,
            Data::Noise(_) => Kind::Noise,
            Data::Readings(_) => Kind::Readings,
            Data::Aggregate(_) => Kind::Aggregates,
            Data::Pane(_) => Kind::Panes,
            Data::Example(_) => Kind::Examples,
        }
    }
}

/// Part of what the open windows of a shard stand on, to be kept until it is given anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// The shard.
    pub shard: i32,
    /// The windows and measures it is of.
    pub of: u64,
    /// The part.
    pub part: Part,
}

/// The spectrum of one frame, all channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Names the recording, as [`Block::recording`] does.
    pub recording: i64,
    /// Index of the frame's first sample.
    pub start: u64,
    /// When the frame's last sample was taken (µs since 1970): its age is the delay of everything since.
    pub time: i64,
    /// Sample rate.
    pub rate: Hertz,
    /// Samples in a frame: bin k lies at `k · rate / length`.
    pub length: u64,
    /// Samples from one frame to the next: a start that jumps further tells a gap.
    pub hop: u64,
    /// Which frequencies the bins hold.
    pub band: Band,
    /// What the values are.
    pub scale: Scale,
    /// Channels.
    pub channels: usize,
    /// Channel after channel, `length / 2 + 1` values each of a real signal, `length` of I/Q.
    pub values: Vec<f32>,
}

impl Spectrum {
    /// Values of each channel.
    pub fn bins(&self) -> usize {
        self.values.len() / self.channels.max(1)
    }
    /// The values of one channel.
    pub fn channel(&self, channel: usize) -> &[f32] {
        let n = self.bins();
        &self.values[channel * n..(channel + 1) * n]
    }
    /// The frequency of a bin.
    pub fn frequency(&self, bin: usize) -> Hertz {
        self.band.frequency(bin, self.rate, self.length)
    }
}

/// Where in its source a datum stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The part of the source with an order of its own: a Kafka partition; 0 where there is only one.
    pub shard: i32,
    /// The place in that order.
    pub offset: i64,
}

/// A datum that could not be used, with all a person needs to look into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Where it stood, for the engine.
    pub origin: Origin,
    /// Where it stood, for people: "topic samples, partition 0, offset 17".
    pub place: String,
    /// Why it was refused.
    pub reason: String,
    /// The original bytes.
    pub bytes: Vec<u8>,
}

impl Refusal {
    /// The same with place and reason as they may be told: without the secrets of an address.
    pub(crate) fn redacted(mut self) -> Self {
        for text in [&mut self.place, &mut self.reason] {
            if let Cow::Owned(redacted) = redact(text) {
                *text = redacted;
            }
        }
        self
    }
}

/// A sample of a stream by its recording and index; later recordings are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Names the recording.
    pub recording: i64,
    /// Index of the sample.
    pub index: u64,
}

/// Where a stream's next result begins.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Resume {
    /// The first sample of the next result.
    #[serde(flatten)]
    pub next: Mark,
    /// One past the last sample taken, where the next result begins beyond it (a hop longer than the frame).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<u64>,
    /// Where recordings come in pieces: the offset from which on pieces are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Recordings that were closed and of which something would be read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "over")]
    pub closed: Vec<Over>,
    /// The watermark of readings (µs since 1970).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<i64>,
}

/// A recording that was closed: its number, the time of its newest sample (s since 1970, rounded up), the offset of
/// its first piece, and whether it was whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Over(pub i64, pub i64, pub i64, pub bool);

/// Marks of closed recordings as numbers in a row, each the difference from the one before: a position has room for
/// 4 kB in all.
mod over {
    use super::Over;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(closed: &[Over], to: S) -> Result<S::Ok, S::Error> {
        let mut last = [0; 3];
        to.collect_seq(closed.iter().flat_map(|over| {
            let now = [over.0, over.1, over.2];
            let [number, time, first] = [0, 1, 2].map(|at| now[at].wrapping_sub(last[at]));
            last = now;
            [number, time, first, i64::from(over.3)]
        }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Over>, D::Error> {
        let mut last = [0i64; 3];
        let row = |row: &[i64; 4]| {
            last = [0, 1, 2].map(|at| last[at].wrapping_add(row[at]));
            Over(last[0], last[1], last[2], row[3] != 0)
        };
        Ok(Vec::<i64>::deserialize(from)?.as_chunks().0.iter().map(row).collect())
    }
}

/// Where a shard of a source can be resumed without losing or repeating a result.
///
/// On Kafka the offset is the committed one and the rest travels as its metadata.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// Read again from here: the oldest datum that a result to come needs.
    #[serde(skip)]
    pub offset: i64,
    /// Everything before this has been counted; what is read again up to here is silent.
    pub reached: i64,
    /// By stream, where its next result begins.
    pub resume: BTreeMap<String, Resume>,
    /// What the source needs to find the place again, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Positions by shard.
pub type Positions = BTreeMap<i32, Position>;

/// What a source hands to the engine.
#[derive(Debug)]
pub enum Input {
    /// A datum of a stream.
    Datum(Stream, Origin, Data),
    /// Something that is no datum.
    Refused(Refusal),
    /// A shard is ours from now on, to be resumed there.
    Assigned(i32, Option<Position>),
    /// Shards go to somebody else. Settle what they gave, then answer.
    Revoked(Vec<i32>, std::sync::mpsc::SyncSender<()>),
}

/// What the engine hands to a sink.
#[derive(Debug)]
pub struct Output {
    /// The stream it belongs to.
    pub stream: Stream,
    /// The result.
    pub data: Data,
}
