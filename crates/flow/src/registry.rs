//! Every part there is, by role.

use crate::data::Kind;
use crate::part::Part;
use crate::{format, sink, source, transform, window};

/// The parts a pipeline file can name: the engine's own and those that other crates add.
#[derive(Clone)]
pub struct Registry(Vec<&'static [Part]>);

impl Registry {
    /// The engine's parts and `more`.
    pub fn new(more: &[&'static [Part]]) -> Self {
        let mut all: Vec<&'static [Part]> =
            vec![source::SOURCES, window::WINDOWS, transform::TRANSFORMS, sink::SINKS, format::FORMATS];
        all.extend(more);
        let parts = || all.iter().flat_map(|parts| parts.iter());
        format::declare(parts().filter(|part| part.role.name() == "format"));
        let records = all.iter().flat_map(|parts| parts.iter()).flat_map(|part| part.records);
        Kind::declare(records.filter_map(|kind| kind.declaration()));
        Self(all)
    }
    /// All parts, in the order of the tables of a pipeline file.
    pub fn parts(&self) -> impl Iterator<Item = &'static Part> {
        ["source", "window", "transform", "sink", "format"].into_iter().flat_map(|role| self.of(role))
    }
    /// The parts of one role.
    pub fn of(&self, role: &'static str) -> impl Iterator<Item = &'static Part> {
        self.0.iter().flat_map(|slice| slice.iter()).filter(move |part| part.role.name() == role)
    }
}
