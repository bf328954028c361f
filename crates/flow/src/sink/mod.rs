//! Sinks deliver results.

mod card;
pub mod each;
pub mod file;
pub mod files;
mod journal;
pub mod kafka;
mod refused;
pub mod stdout;
mod table;

pub use refused::RefusedFile;

use crate::part::Part;

/// The sinks of the engine; the dashboard's sink `live` is in the crate `passband-web`.
pub static SINKS: &[Part] = &[
    Part::sink::<kafka::Kafka>("kafka"), //
    Part::sink::<file::File>("file"),
    Part::sink::<files::Files>("files"),
    Part::sink::<stdout::Stdout>("stdout"),
];
