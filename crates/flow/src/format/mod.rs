//! Formats turn data into bytes and back, whatever transport carries the bytes.

mod avro;
mod avro_file;
mod csv;
mod encoding;
mod job;
mod json;
mod name;
mod number;
mod quax;
mod time;
mod value;

use crate::config::{Node, Raw, Reader, Shape, Value, unknown};
use crate::data::{Arrival, Data, Kind, Reading, Readings};
use crate::part::{Part, Role};
use passband_signal::{Fault, Result};
use std::sync::{Arc, PoisonError, RwLock};

pub use avro::{Avro, Framing, avro_record, avro_schema, read_avro_record};
pub use csv::delimiter;
pub use encoding::{Decoded, Encoding};
pub use job::{Carrier, Idle, Job};
pub use name::name_hash;
pub use time::TimeUnit;

/// Every format there is.
pub static FORMATS: &[Part] = &[
    Part::format::<avro::Avro>("avro"), //
    Part::format::<json::Json>("json"),
    Part::format::<csv::Csv>("csv"),
    Part::format::<quax::Quax>("quax"),
];

/// Formats that other crates add: whoever makes a registry of parts adds theirs.
static MORE: RwLock<Vec<&'static Part>> = RwLock::new(vec![]);

/// Adds formats to those that can be named.
pub(crate) fn declare(parts: impl IntoIterator<Item = &'static Part>) {
    let mut more = MORE.write().unwrap_or_else(PoisonError::into_inner);
    for part in parts {
        let known = |other: &Part| other.name == part.name;
        if !FORMATS.iter().any(known) && !more.iter().any(|other| known(other)) {
            more.push(part);
        }
    }
}

/// Every format that can be named.
pub(crate) fn formats() -> Vec<&'static Part> {
    let more = MORE.read().unwrap_or_else(PoisonError::into_inner);
    FORMATS.iter().chain(more.iter().copied()).collect()
}

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

/// The format named at a setting, with its own settings if it was given as a table.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name.
    pub name: &'static str,
    settings: Node,
}

impl Choice {
    /// A format by its name, with its defaults.
    ///
    /// # Errors   an unknown name; the error lists the known ones
    pub fn named(name: &str) -> Result<Self, String> {
        Self::read(&Node { line: 0, value: Raw::Text(name.into()) })
    }

    /// The format itself.
    pub fn open(&self) -> Result<Box<dyn Format>> {
        self.make().map_err(Fault::new)
    }

    /// Why it cannot write data of that kind, if so.
    pub fn refuses(&self, kind: Kind) -> Option<String> {
        self.make().ok().and_then(|format| format.refuses(kind))
    }

    /// Whether it is for files only, and has no messages.
    pub fn is_for_files(&self) -> bool {
        self.make().is_ok_and(|format| format.is_for_files())
    }

    /// Why it cannot read messages of that kind, if so.
    pub fn unread(&self, kind: Kind) -> Option<String> {
        self.make().ok().and_then(|format| format.unread(kind))
    }

    fn make(&self) -> Result<Box<dyn Format>, String> {
        let mut faults = vec![];
        let mut reader = Reader::new("", "format", self.settings.line, &self.settings, &mut faults);
        let part = formats().into_iter().find(|part| part.name == self.name);
        let format = match part.map(|part| part.role) {
            Some(Role::Format(read)) => read(&mut reader),
            _ => None,
        };
        match (format, faults.first()) {
            (Some(format), None) => Ok(format),
            (_, Some(fault)) => Err(fault.parts().map(|(_, text)| text).join(" ").trim().to_owned()),
            (None, None) => Err(format!("there is no format {}", self.name)),
        }
    }
}

impl Value for Choice {
    fn shape() -> Shape {
        Shape::Format
    }
    fn read(node: &Node) -> Result<Self, String> {
        let names: Vec<&'static str> = formats().into_iter().map(|part| part.name).collect();
        let (name, settings) = match &node.value {
            Raw::Table(entries) => {
                let kind = entries.iter().find(|(key, _)| key == "type");
                (kind.ok_or("a format given as a table needs a type")?.1.text()?, node.clone())
            }
            _ => (node.text()?, Node { line: node.line, value: Raw::Table(vec![]) }),
        };
        let name = names.iter().find(|n| **n == name).ok_or_else(|| unknown(&name, &names))?;
        let choice = Self { name, settings };
        choice.make()?;
        Ok(choice)
    }
}
