//! Data at rest: training sets (recordings and labels to shards that TensorFlow, PyTorch and JAX read) and tables.

pub mod inspect;
pub mod labelled;
pub mod labels;
pub mod manifest;
pub mod plan;
pub mod record;
pub mod shards;
pub mod table;
pub mod tasks;

use passband_flow::Registry;
use passband_flow::part::Part;

/// The parts for training sets.
pub static PARTS: &[Part] = &[
    Part::source::<labelled::Labelled>("labelled"), //
    Part::sink::<shards::Shards>("shards"),
    Part::format::<table::Parquet>("parquet"),
    Part::format::<table::Arrow>("arrow"),
];

/// The engine's parts and those for training sets.
pub fn registry() -> Registry {
    Registry::new(&[PARTS])
}
