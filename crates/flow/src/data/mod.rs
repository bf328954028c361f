//! What flows between the parts: data with its stream and its origin, what was refused, and positions.

mod aggregate;
mod examples;
mod kind;
mod member;
mod name;
mod positions;
mod readings;
mod record;
mod samples;
mod scans;
mod schema;
mod spectra;
mod timestamp;
mod value;

pub use aggregate::{Aggregate, Column, Of, ResultState, Shape};
pub use examples::{ColumnValue, Example, ExampleRow, Feature, Floats, Lender, Rows, Set, Shard};
pub use kind::Kind;
pub use member::{Along, Member};
pub use name::name_hash;
pub use positions::{Mark, Over, Position, Positions, Resume};
pub use readings::{Arrival, Reading, Readings, Spare};
pub use record::{AnyRecord, Declaration, Record, Row, Share, moment, of_form, text};
pub use scans::Scans;
pub use schema::{Field, Form, Role, Type};
pub use spectra::{Axis, Band, Sides, Spectrum};
pub use timestamp::Timestamp;
pub(crate) use timestamp::days;
pub use value::{Value, Values};

use passband_signal::Block;
use passband_signal::address::redact;
use std::borrow::Cow;
use std::sync::Arc;

/// The name of one stream (a device, a sensor, a file); on Kafka, the message key.
pub type Stream = Arc<str>;

/// One datum.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Contiguous samples.
    Samples(Block),
    /// The spectrum of one frame, all channels.
    Spectrum(Spectrum),
    /// Readings of one shard, many at once.
    Readings(Box<Readings>),
    /// A record that a transform gives.
    Row(Row),
    /// Part of what the open windows of a shard stand on.
    Pane(Box<Pane>),
    /// A labelled recording.
    Example(Box<Example>),
}

impl Data {
    /// A record.
    pub fn row(record: impl Record) -> Self {
        Data::Row(Row::new(record))
    }
    /// The record, if it is one of that kind.
    pub fn get<T: Record>(&self) -> Option<&T> {
        match self {
            Data::Row(row) => row.get(),
            _ => None,
        }
    }
    /// The record itself, if it is one of that kind.
    pub fn take<T: Record>(self) -> Option<T> {
        match self {
            Data::Row(row) => row.take(),
            _ => None,
        }
    }
    /// It as a record, where its kind is declared as one.
    pub fn record(&self) -> Option<&dyn AnyRecord> {
        match self {
            Data::Samples(block) => Some(block),
            Data::Spectrum(spectrum) => Some(spectrum),
            Data::Row(row) => Some(&**row),
            Data::Readings(_) | Data::Pane(_) | Data::Example(_) => None,
        }
    }
    /// About how many samples or values it holds, of all channels.
    pub fn numbers(&self) -> usize {
        match self {
            Data::Samples(block) => block.samples.len(),
            Data::Spectrum(spectrum) => spectrum.values.len(),
            Data::Readings(readings) => readings.len(),
            Data::Row(row) => row.numbers(),
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
            Data::Readings(readings) => readings.iter().map(|reading| reading.time).max().unwrap_or(0),
            Data::Row(row) => row.time(),
            Data::Pane(pane) => pane.part.start,
            Data::Example(_) => 0,
        }
    }
    /// What kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Data::Samples(_) => Kind::Samples,
            Data::Spectrum(_) => Kind::Spectra,
            Data::Readings(_) => Kind::Readings,
            Data::Row(row) => Kind::Row(row.declaration()),
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
    pub part: PanePart,
}

/// A part of a pane: some of its keys with their sums, or the names of some of its readings.
#[derive(Clone, Debug, PartialEq)]
pub struct PanePart {
    /// Where the pane begins (µs since 1970).
    pub start: i64,
    /// Which part.
    pub name: String,
    /// What it holds; nothing when it is no longer needed.
    pub bytes: Option<Vec<u8>>,
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

/// What a source hands to the engine.
#[derive(Debug)]
pub enum Input {
    /// A datum of a stream.
    Datum(Stream, Origin, Data),
    /// Something that is no datum.
    Refused(Refusal),
    /// Nothing more comes of this stream: it was a recording of its own.
    Ended(Stream, i32),
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
    /// The datum that completed it.
    pub origin: Origin,
}
