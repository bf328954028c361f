//! The data that parts exchange, with stream and origin; refusals, and positions.

mod aggregate;
mod examples;
mod file_info;
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
pub use file_info::FileInfo;
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
    /// A record of a transform.
    Row(Row),
    /// A part of the state of a shard's open windows.
    Pane(Box<Pane>),
    /// A labelled recording.
    Example(Box<Example>),
}

impl Data {
    /// A record.
    pub fn row(record: impl Record) -> Self {
        Data::Row(Row::new(record))
    }
    /// The record, if it is of this kind.
    pub fn get<T: Record>(&self) -> Option<&T> {
        match self {
            Data::Row(row) => row.get(),
            _ => None,
        }
    }
    /// The owned record, if it is of this kind.
    pub fn take<T: Record>(self) -> Option<T> {
        match self {
            Data::Row(row) => row.take(),
            _ => None,
        }
    }
    /// The datum as a record, if its kind has a declaration.
    pub fn record(&self) -> Option<&dyn AnyRecord> {
        match self {
            Data::Samples(block) => Some(block),
            Data::Spectrum(spectrum) => Some(spectrum),
            Data::Row(row) => Some(&**row),
            Data::Readings(_) | Data::Pane(_) | Data::Example(_) => None,
        }
    }
    /// Approximate number of samples or values, of all channels.
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
    /// Event time (µs since 1970): of the first sample for samples, otherwise of the last datum that contributed.
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
    /// Its kind.
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

/// A part of the state of a shard's open windows, stored until it is replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// The shard.
    pub shard: i32,
    /// A hash of the windows and measures it belongs to.
    pub of: u64,
    /// The part.
    pub part: PanePart,
}

/// A part of a pane: some of its keys with their sums, or the ids of some of its readings.
#[derive(Clone, Debug, PartialEq)]
pub struct PanePart {
    /// Start of the pane (µs since 1970).
    pub start: i64,
    /// The name of the part within the pane.
    pub name: String,
    /// The content; `None` if it is no longer needed.
    pub bytes: Option<Vec<u8>>,
}

/// The place of a datum in its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The shard, a part of the source with its own order: a Kafka partition; 0 if there is only one.
    pub shard: i32,
    /// The position in that order.
    pub offset: i64,
}

/// A datum that could not be used, with the information to investigate it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Its place, for the engine.
    pub origin: Origin,
    /// Its place as text: "topic samples, partition 0, offset 17".
    pub place: String,
    /// Why it was refused.
    pub reason: String,
    /// The original bytes.
    pub bytes: Vec<u8>,
}

impl Refusal {
    /// With place and reason redacted: without the secrets of an address.
    pub(crate) fn redacted(mut self) -> Self {
        for text in [&mut self.place, &mut self.reason] {
            if let Cow::Owned(redacted) = redact(text) {
                *text = redacted;
            }
        }
        self
    }
}

/// An item that a source passes to the engine.
#[derive(Debug)]
pub enum Input {
    /// A datum of a stream.
    Datum(Stream, Origin, Data),
    /// A recording begins that is read from this file.
    Began(Stream, i32, Arc<FileInfo>),
    /// A datum that was refused.
    Refused(Refusal),
    /// The stream has ended: it was a recording.
    Ended(Stream, i32),
    /// A shard is assigned to this process, and starts at the position.
    Assigned(i32, Option<Position>),
    /// Shards are revoked. The engine commits their results, then answers.
    Revoked(Vec<i32>, std::sync::mpsc::SyncSender<()>),
}

/// An item that the engine passes to a sink.
#[derive(Debug)]
pub struct Output {
    /// Its stream.
    pub stream: Stream,
    /// The result.
    pub data: Data,
    /// The datum that completed it.
    pub origin: Origin,
}
