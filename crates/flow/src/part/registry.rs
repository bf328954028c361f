//! The parts that a pipeline file can name.

use super::Part;

/// The parts a pipeline file can name: the engine's own and those that other crates add.
#[derive(Clone)]
pub struct Registry(pub(crate) Vec<&'static [Part]>);

impl Registry {
    /// All parts, in the order of the tables of a pipeline file.
    pub fn parts(&self) -> impl Iterator<Item = &'static Part> {
        ["source", "window", "transform", "sink", "format"].into_iter().flat_map(|role| self.of(role))
    }
    /// The parts of one role.
    pub fn of(&self, role: &'static str) -> impl Iterator<Item = &'static Part> {
        self.0.iter().flat_map(|slice| slice.iter()).filter(move |part| part.role.name() == role)
    }
}
