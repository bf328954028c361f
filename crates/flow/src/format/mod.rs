//! Formats encode data as bytes and decode it, independent of the transport.

mod avro;
mod avro_file;
mod csv;
mod encoding;
mod job;
mod json;
mod number;
mod quax;
mod time;
mod value;

use crate::config::{Node, Raw, Reader, Shape, Value, unknown};
use crate::data::Kind;
use crate::part::{Part, Role};
use passband_signal::{Fault, Result};
use std::sync::{PoisonError, RwLock};

pub use crate::data::name_hash;
pub use crate::part::{Carrier, Format, FormatPlan, Holds, Idle, Job, Joined, Message, Reach, ReadReadings};
pub use avro::{Avro, Framing, avro_record, avro_schema, read_avro_record};
pub use csv::delimiter;
pub use encoding::{Decoded, Encoding};
pub use json::value as json_value;
pub use time::TimeUnit;

/// All built-in formats.
pub static FORMATS: &[Part] = &[
    Part::format::<avro::Avro>("avro"), //
    Part::format::<json::Json>("json"),
    Part::format::<csv::Csv>("csv"),
    Part::format::<quax::Quax>("quax"),
];

/// Formats of other crates, added by registries of parts.
static MORE: RwLock<Vec<&'static Part>> = RwLock::new(vec![]);

/// Registers formats.
pub(crate) fn declare(parts: impl IntoIterator<Item = &'static Part>) {
    let mut more = MORE.write().unwrap_or_else(PoisonError::into_inner);
    for part in parts {
        let known = |other: &Part| other.name == part.name;
        if !FORMATS.iter().any(known) && !more.iter().any(|other| known(other)) {
            more.push(part);
        }
    }
}

/// All formats.
pub(crate) fn formats() -> Vec<&'static Part> {
    let more = MORE.read().unwrap_or_else(PoisonError::into_inner);
    FORMATS.iter().chain(more.iter().copied()).collect()
}

/// A format selected by a setting, with its own settings if it is given as a table.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name.
    pub name: &'static str,
    settings: Node,
}

impl Choice {
    /// A format with default settings.
    ///
    /// # Errors   an unknown name; the error lists the known ones
    pub fn named(name: &str) -> Result<Self, String> {
        Self::read(&Node { line: 0, value: Raw::Text(name.into()) })
    }

    /// Creates the codec.
    pub fn open(&self) -> Result<Box<dyn Format>> {
        self.make().map_err(Fault::new)
    }

    /// Why data of that kind cannot be written, if so.
    pub fn refuses(&self, kind: Kind) -> Option<String> {
        self.make().ok().and_then(|format| format.refuses(kind))
    }

    /// Whether it supports files only, not messages.
    pub fn is_for_files(&self) -> bool {
        self.make().is_ok_and(|format| format.is_for_files())
    }

    /// Why messages of that kind cannot be read, if so.
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
    fn written(&self) -> String {
        let Raw::Table(entries) = &self.settings.value else { return self.name.to_owned() };
        let settings = entries.iter().filter(|(key, _)| key != "type");
        let texts = settings.map(|(key, node)| format!(", {key} = {:?}", node.text().unwrap_or_default()));
        let settings: String = texts.collect();
        if settings.is_empty() {
            self.name.to_owned()
        } else {
            format!("{{ type = {:?}{settings} }}", self.name)
        }
    }
}
