//! Data at rest: training sets (recordings and labels to shards that TensorFlow, PyTorch and JAX read) and tables.

pub mod set;
pub mod table;

use passband_flow::Registry;
use passband_flow::part::Part;

/// The parts for training sets and tables.
pub static PARTS: &[Part] = &[
    Part::source::<set::labelled::Labelled>("labelled"), //
    Part::sink::<set::shards::Shards>("shards"),
    Part::sink::<table::iceberg::Iceberg>("iceberg"),
    Part::format::<table::Parquet>("parquet"),
    Part::format::<table::Arrow>("arrow"),
];

/// The engine's parts and those for training sets.
pub fn registry() -> Registry {
    Registry::new(&[PARTS])
}
