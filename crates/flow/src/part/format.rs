//! The contract of a format: encodes data as bytes and decodes it, independent of the transport.

use crate::data::{Arrival, Data, Kind, Reading, Readings};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// A message as received from a transport.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// The key; empty if there is none.
    pub key: &'a [u8],
    /// The value.
    pub bytes: &'a [u8],
    /// Time of its first sample in µs since 1970, otherwise the time it was sent; 0 if unknown.
    pub time: i64,
}

impl<'a> Message<'a> {
    /// A message without key and time.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, ..Self::default() }
    }
}

/// Encodes data as bytes and decodes it.
pub trait Format: Send {
    /// Appends one datum as a message, for a transport that delimits messages.
    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()>;
    /// Decodes a message.
    ///
    /// # Errors   why the message is invalid
    fn decode(&mut self, kind: Kind, message: &Message<'_>) -> Result<Data, String>;
    /// The key of a message, if the format defines one instead of the stream's name.
    fn key(&self, _data: &Data) -> Option<Vec<u8>> {
        None
    }
    /// Whether the key of a message is the name of its stream.
    fn key_names_stream(&self, _kind: Kind) -> bool {
        true
    }
    /// Whether a message carries the time of its data.
    fn tells_time(&self) -> bool {
        true
    }
    /// Samples per message, if the number is fixed.
    fn samples(&self) -> Option<u64> {
        None
    }
    /// Why data of that kind cannot be written, if so.
    fn refuses(&self, _kind: Kind) -> Option<String> {
        None
    }
    /// The settings without effect in a job.
    fn idle(&self, _job: Job) -> Vec<Idle> {
        vec![]
    }
    /// Why messages of that kind cannot be read, if so.
    fn unread(&self, kind: Kind) -> Option<String> {
        self.refuses(kind)
    }
    /// The decoder of readings.
    ///
    /// # Errors   why the format has none
    fn readings(&self) -> Result<Box<dyn ReadReadings>, String> {
        Err("this format cannot read readings".into())
    }
    /// Appends one reading with values of these names as a message.
    fn encode_reading(
        &mut self,
        _names: &[String],
        _reading: &Reading<'_>,
        _out: &mut Vec<u8>,
    ) -> Result<()> {
        Err(Fault::new("this format cannot write readings").fix("write them as json or avro"))
    }
    /// Appends the header of a file.
    fn begin(&mut self, _kind: Kind, _out: &mut Vec<u8>) {}
    /// Appends one datum to a file.
    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.encode(data, out)
    }
    /// Appends one datum of a named stream to a file; formats with a field for the name write it.
    fn append_of(&mut self, _stream: &str, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.append(data, out)
    }
    /// Appends the end of a file.
    fn end(&mut self, _out: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
    /// Whether its files are lines of text.
    fn is_text(&self) -> bool {
        true
    }
    /// Whether it supports files only, not messages.
    fn is_for_files(&self) -> bool {
        false
    }
}

/// Decodes readings, one message or line at a time.
pub trait ReadReadings: Send {
    /// The names of the values of each reading.
    fn value_names(&self) -> Arc<[String]>;
    /// What a message contains, and what its transport must provide.
    fn holds(&self) -> Holds {
        Holds::default()
    }
    /// Starts a file: the next line is its first, which may be a header.
    fn begin(&mut self) {}
    /// Whether the next line belongs to the header of the file: such lines are passed even if they are empty, or were
    /// counted before a restart.
    fn in_head(&self) -> bool {
        false
    }
    /// Whether its files are container files instead of lines: [`read`](Self::read) gets the schema first, then each datum.
    fn in_container(&self) -> bool {
        false
    }
    /// Length of the datum at the start of the bytes, in a container file.
    ///
    /// # Errors   why there is no datum
    fn datum(&mut self, _bytes: &[u8]) -> Result<usize, String> {
        Err("this format has no container files".into())
    }
    /// Whether a row continues in the next line, as a quoted field of a table may.
    fn goes_on(&mut self, _line: &[u8]) -> bool {
        false
    }
    /// How lines after an unfinished row belong together with it; the last line starts at byte `next`.
    fn joins(&mut self, _lines: &[u8], _next: usize) -> Joined {
        Joined::No
    }
    /// Decodes a message and adds its readings.
    ///
    /// # Errors   why the message is invalid
    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String>;
    /// How much of the file the last error of [`read`](Self::read) affects.
    fn reach(&self) -> Reach {
        Reach::Line
    }
    /// Decodes a message that contains only one of the values, which the transport names.
    fn read_value(
        &mut self,
        _name: &str,
        _message: &Message<'_>,
        _arrival: Arrival,
        _into: &mut Readings,
    ) -> Result<(), String> {
        Err("this format does not support a value named by the topic".into())
    }
    /// A note to report once: a value was dropped, though its reading was used.
    fn note(&mut self) -> Option<String> {
        None
    }
}

/// What a message of a reading contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Its key: the key of the transport is ignored.
    pub key: bool,
    /// It may be a single number, which is the value.
    pub bare: bool,
    /// It may contain one value that the transport names ([`ReadReadings::read_value`]).
    pub named: bool,
}

/// How lines belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// They are one row.
    One,
    /// They are a row that continues in the next line.
    Unfinished,
    /// They are separate rows, of which the first is invalid.
    No,
}

/// How much of a file is unreadable for one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// This line.
    #[default]
    Line,
    /// Lines like it, because a setting is needed to interpret them: if this holds for the first two lines of a file, the
    /// file is refused.
    Setting,
    /// The whole file.
    File,
}

/// The use of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Reading data of that kind.
    Read(Kind, Carrier),
    /// Writing data of that kind.
    Write(Kind, Carrier),
}

/// What carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Messages of a broker.
    Messages,
    /// Files, and standard output.
    Files,
}

/// Settings without effect in a job, and the reason.
pub type Idle = (&'static [&'static str], &'static str);

/// A format as configured.
pub trait FormatPlan {
    /// Creates the codec.
    fn open(self) -> Box<dyn Format>;
}
