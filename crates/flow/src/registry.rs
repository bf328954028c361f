//! All parts of this crate, by role.

use crate::data::Kind;
use crate::part::{Part, Registry};
use crate::{format, sink, source, transform, window};

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
}
