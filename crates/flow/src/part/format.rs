//! What a format is: data into bytes and back, whatever transport carries the bytes.

use crate::data::{Arrival, Data, Kind, Reading, Readings};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// A message as a transport brings it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// Its key; empty where there is none.
    pub key: &'a [u8],
    /// Its value.
    pub bytes: &'a [u8],
    /// When its first sample was taken (µs since 1970), or else when it was sent; 0 where neither is known.
    pub time: i64,
}

impl<'a> Message<'a> {
    /// A message of which only the value counts.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, ..Self::default() }
    }
}

/// Turns data into bytes and back.
pub trait Format: Send {
    /// Appends one datum as a message, for a transport that keeps messages apart.
    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()>;
    /// Reads a message; the error says what is wrong with it.
    fn decode(&mut self, kind: Kind, message: &Message<'_>) -> Result<Data, String>;
    /// The key of a message, where the format has one of its own instead of the stream's name.
    fn key(&self, _data: &Data) -> Option<Vec<u8>> {
        None
    }
    /// Whether the key of a message names its stream.
    fn key_names_stream(&self, _kind: Kind) -> bool {
        true
    }
    /// Whether a message says when its data were taken.
    fn tells_time(&self) -> bool {
        true
    }
    /// Samples in a message, where it has a fixed number.
    fn samples(&self) -> Option<u64> {
        None
    }
    /// Why it cannot write data of that kind, if so.
    fn refuses(&self, _kind: Kind) -> Option<String> {
        None
    }
    /// The settings that have no effect in a job.
    fn idle(&self, _job: Job) -> Vec<Idle> {
        vec![]
    }
    /// Why it cannot read messages of that kind, if so.
    fn unread(&self, kind: Kind) -> Option<String> {
        self.refuses(kind)
    }
    /// What reads readings; the error says why it cannot.
    fn readings(&self) -> Result<Box<dyn ReadReadings>, String> {
        Err("this format reads no readings".into())
    }
    /// Appends one reading with values of these names as a message.
    fn encode_reading(
        &mut self,
        _names: &[String],
        _reading: &Reading<'_>,
        _out: &mut Vec<u8>,
    ) -> Result<()> {
        Err(Fault::new("this format writes no readings").fix("write them as json or avro"))
    }
    /// What stands at the beginning of a file.
    fn begin(&mut self, _kind: Kind, _out: &mut Vec<u8>) {}
    /// Appends one datum to a file.
    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.encode(data, out)
    }
    /// The same of a stream; formats that have a place for its name write it.
    fn append_of(&mut self, _stream: &str, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.append(data, out)
    }
    /// What stands at the end of a file.
    fn end(&mut self, _out: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
    /// Whether files of it are lines of text.
    fn is_text(&self) -> bool {
        true
    }
    /// Whether it is for files only, and has no messages.
    fn is_for_files(&self) -> bool {
        false
    }
}

/// Reads readings: a message, or a line of a file, at a time.
pub trait ReadReadings: Send {
    /// The names of the values of each.
    fn value_names(&self) -> Arc<[String]>;
    /// What a message says itself, and what its transport must name.
    fn holds(&self) -> Holds {
        Holds::default()
    }
    /// A file begins: its first line, which may name its columns, is read next.
    fn begin(&mut self) {}
    /// Whether the next line belongs to the head of the file: it is given also where it is empty, or was counted before
    /// a restart.
    fn in_head(&self) -> bool {
        false
    }
    /// Whether its files are container files and not lines: what is given first of one is its schema, then each datum.
    fn in_container(&self) -> bool {
        false
    }
    /// How long the datum of a container file is with which the bytes begin; the error says why there is none.
    fn datum(&mut self, _bytes: &[u8]) -> Result<usize, String> {
        Err("this format has no container files".into())
    }
    /// Whether a line goes on in the next, as a quoted field of a table may.
    fn goes_on(&mut self, _line: &[u8]) -> bool {
        false
    }
    /// What lines are that follow one that goes on, together with it; the last of them begins at byte `next`.
    fn joins(&mut self, _lines: &[u8], _next: usize) -> Joined {
        Joined::No
    }
    /// Adds what a message holds; the error says what is wrong with it.
    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String>;
    /// How far the last error of [`read`](Self::read) reaches.
    fn reach(&self) -> Reach {
        Reach::Line
    }
    /// The same of a message that holds one of the values only, which the transport names.
    fn read_value(
        &mut self,
        _name: &str,
        _message: &Message<'_>,
        _arrival: Arrival,
        _into: &mut Readings,
    ) -> Result<(), String> {
        Err("this format reads no value that its topic names".into())
    }
    /// What should be told once of what was read: a value that was lost, though its reading was not.
    fn note(&mut self) -> Option<String> {
        None
    }
}

/// What a message of a reading holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Its key: that of the transport is not looked at.
    pub key: bool,
    /// It may be a number alone, which is the value.
    pub bare: bool,
    /// It may hold one value that the transport names ([`ReadReadings::read_value`]).
    pub named: bool,
}

/// What lines are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// One row.
    One,
    /// A row that goes on in the next line.
    Unfinished,
    /// Rows of their own, of which the first is broken.
    No,
}

/// How much of a file cannot be read for the same reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// That line.
    #[default]
    Line,
    /// Lines like it, because a setting must decide what they say: where the first two lines of a file are so, the file
    /// is refused.
    Setting,
    /// The whole file.
    File,
}

/// What a format is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// To read that kind of data.
    Read(Kind, Carrier),
    /// To write that kind of data.
    Write(Kind, Carrier),
}

/// What holds the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Messages of a broker.
    Messages,
    /// Files, and standard output.
    Files,
}

/// Settings that have no effect in a job, and why.
pub type Idle = (&'static [&'static str], &'static str);

/// A format as configured.
pub trait FormatPlan {
    /// Its codec.
    fn open(self) -> Box<dyn Format>;
}
