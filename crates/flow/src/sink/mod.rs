//! Sinks deliver results.

mod card;
pub mod each;
pub mod file;
pub mod kafka;
mod refused;
pub mod stdout;
mod table;

use crate::part::Part;

/// Every sink there is in the engine; the dashboard's `live` comes with the crate `passband-web`.
pub static SINKS: &[Part] = &[
    Part::sink::<kafka::Kafka>("kafka"), //
    Part::sink::<file::File>("file"),
    Part::sink::<stdout::Stdout>("stdout"),
];
