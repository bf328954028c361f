//! Reads one table of a pipeline file into a part's settings, and remembers where each key stands.

use super::node::{Node, Raw};
use super::settings::{Shape, Value, unknown};
use passband_signal::Fault;
use std::collections::BTreeMap;

/// Where a part stands in its file.
#[derive(Clone, Debug, Default)]
pub struct Place {
    file: String,
    part: String,
    line: usize,
    keys: BTreeMap<String, usize>,
}

impl Place {
    /// A place of that name alone, for a part that came from no file.
    pub fn named(part: &str) -> Self {
        Self { part: part.into(), ..Self::default() }
    }
    /// "spectrum.toml:12", for a key, or for the part's header when the key was left out.
    pub fn of(&self, key: &str) -> String {
        let line = self.keys.get(key).unwrap_or(&self.line);
        if self.file.is_empty() { self.part.clone() } else { format!("{}:{line}", self.file) }
    }
    /// `spectrum.toml:8 ([window])`.
    pub fn whole(&self) -> String {
        if self.file.is_empty() {
            self.part.clone()
        } else {
            format!("{}:{} ([{}])", self.file, self.line, self.part)
        }
    }
    /// "window", "transform", "sink".
    pub fn part(&self) -> &str {
        &self.part
    }
    /// A fault at one of this part's keys.
    pub fn fault(&self, key: &str, what: impl std::fmt::Display) -> Fault {
        Fault::new(format!("{}.{key} {what}", self.part)).at(self.of(key))
    }
}

/// One table being read.
pub struct Reader<'a> {
    entries: &'a [(String, Node)],
    place: Place,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// Reads `node`, which must be a table, as the part `part` of `file`.
    pub fn new(file: &str, part: &str, line: usize, node: &'a Node, faults: &'a mut Vec<Fault>) -> Self {
        let entries: &[(String, Node)] = match &node.value {
            Raw::Table(entries) => entries,
            _ => &[],
        };
        let keys = entries.iter().map(|(k, v)| (k.clone(), v.line)).collect();
        Self { entries, place: Place { file: file.into(), part: part.into(), line, keys }, faults }
    }
    /// Where this table stands.
    pub fn place(&self) -> Place {
        self.place.clone()
    }
    /// Tells a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(k, _)| k == key).map(|(_, node)| node)
    }
    /// One setting: its value, else its default, else what its type says of a missing one.
    pub fn field<T: Value>(&mut self, key: &'static str, default: Option<&str>) -> Option<T> {
        let own;
        let node = match (self.get(key), default) {
            (Some(node), _) => node,
            (None, Some(default)) => {
                own = Node { line: self.place.line, value: Raw::Text(default.into()) };
                &own
            }
            (None, None) if T::OPTIONAL => return T::missing(),
            (None, None) => {
                let example = match T::shape() {
                    Shape::Quantity(example) => format!("{key} = \"{example}\""),
                    Shape::Choice(words) => format!("{key} = \"{}\"", words.join("\" or \"")),
                    _ => format!("{key} = …"),
                };
                let fault = self.place.fault(key, "is missing").fix(format!("add {example}"));
                self.faults.push(fault);
                return None;
            }
        };
        match T::read(node) {
            Ok(value) => Some(value),
            Err(why) => {
                let fault = match T::shape() {
                    // the value may be a secret, and then so is the message about it
                    Shape::Secret => self.place.fault(key, "cannot be read"),
                    _ => self.place.fault(key, format!("cannot be used: {why}")),
                };
                self.faults.push(fault);
                None
            }
        }
    }
    /// Tells the keys that no setting has.
    pub fn end(&mut self, known: &[&str]) {
        for (key, node) in self.entries.iter().filter(|(k, _)| k != "type" && !known.contains(&k.as_str())) {
            let part = &self.place.part;
            self.faults.push(
                Fault::new(format!("{part} has no setting {key}"))
                    .at(format!("{}:{}", self.place.file, node.line))
                    .why(unknown(key, known))
                    .fix("mend the name, or take the line out"),
            );
        }
    }
}
