//! Reads one table of a pipeline file into a part's settings, and records the line of each key.

use super::node::{Node, Raw};
use super::settings::{Field, Shape, Value};
use super::suggest::unknown;
use passband_signal::Fault;
use std::collections::{BTreeMap, BTreeSet};

/// The place of a part in its file.
#[derive(Clone, Debug, Default)]
pub struct Place {
    file: String,
    part: String,
    line: usize,
    keys: BTreeMap<String, usize>,
    /// Keys whose value is not the default.
    changed: BTreeSet<String>,
}

impl Place {
    /// A place with a name only, for a part without a file.
    pub fn named(part: &str) -> Self {
        Self { part: part.into(), ..Self::default() }
    }
    /// "spectrum.toml:12" for a key, or for the part's header if the key is absent.
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
    /// The place of a line within the value of a key.
    pub fn at_line(&self, key: &str, line: usize) -> String {
        if self.file.is_empty() || line == 0 { self.of(key) } else { format!("{}:{line}", self.file) }
    }
    /// Whether a key is set to a value other than its default.
    pub fn changed(&self, key: &str) -> bool {
        self.changed.contains(key)
    }
    /// Reports the keys among these that are set but have no effect.
    pub fn without_effect(&self, keys: &[&str], why: &str, faults: &mut Vec<Fault>) {
        for key in keys.iter().filter(|key| self.changed(key)) {
            let fault = self.fault(key, "has no effect here").why(why);
            faults.push(fault.fix(format!("take {key} out")));
        }
    }
    /// A fault at one of this part's keys.
    pub fn fault(&self, key: &str, what: impl std::fmt::Display) -> Fault {
        Fault::new(format!("{}.{key} {what}", self.part)).at(self.of(key))
    }
}

/// Reads one table.
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
        let (file, part, changed) = (file.into(), part.into(), BTreeSet::new());
        Self { entries, place: Place { file, part, line, keys, changed }, faults }
    }
    /// The place of this table; after its settings were read, with the keys that are not at their defaults.
    pub fn place(&self) -> Place {
        self.place.clone()
    }
    /// Reports a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
    /// The value of a key, if it is set.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(k, _)| k == key).map(|(_, node)| node)
    }
    /// Reads one setting: its value, its default, or the value of its type for a missing setting.
    pub fn field<T: Value>(&mut self, key: &'static str, default: Option<&str>) -> Option<T> {
        let own;
        if let Some(node) = self.get(key)
            && differs(default, node)
        {
            self.place.changed.insert(key.into());
        }
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
                    // the value may be a secret, which the error must not show
                    Shape::Secret => self.place.fault(key, "cannot be read"),
                    _ => self.place.fault(key, format!("cannot be used: {why}")),
                };
                self.faults.push(fault);
                None
            }
        }
    }
    /// Reports keys that are not settings.
    pub fn end(&mut self, known: &[&str]) {
        for (key, node) in self.entries.iter().filter(|(k, _)| k != "type" && !known.contains(&k.as_str())) {
            let part = &self.place.part;
            self.faults.push(
                Fault::new(format!("{part} has no setting {key}"))
                    .at(format!("{}:{}", self.place.file, node.line))
                    .why(unknown(key, known))
                    .fix("correct the name, or remove the line"),
            );
        }
    }
}

/// Whether a value differs from the default, or is set although there is no default.
fn differs(default: Option<&str>, node: &Node) -> bool {
    match (&node.value, default) {
        (Raw::List(list), None) => !list.is_empty(),
        (Raw::Table(entries), None) => !entries.is_empty(),
        (Raw::List(list), Some(default)) => {
            let items: Result<Vec<_>, _> = list.iter().map(Node::text).collect();
            items.is_ok_and(|items| !items.iter().map(String::as_str).eq(default.split(',').map(str::trim)))
        }
        (Raw::Table(_), Some(_)) => true,
        (_, default) => node.text().is_ok_and(|text| text != default.unwrap_or_default()),
    }
}

/// Whether a value differs from the default of the field with that name.
pub(crate) fn changed(fields: &[Field], name: &str, node: &Node) -> bool {
    fields.iter().find(|field| field.name == name).is_some_and(|field| differs(field.default, node))
}
