//! The extension module of the Python package `passband`: kernels, recordings, SQL and pipelines for Python programs.
//!
//! Samples are passed by the buffer protocol and arrays are returned as buffers; tables are returned by Arrow's C
//! stream interface. The interpreter lock is released during computation. Threads do not outlive the calls that start
//! them, so a process may fork between calls.

mod analyze;
mod collect;
mod dataset;
mod declared;
mod fault;
mod features;
mod load;
mod music;
mod pipeline;
mod rows;
mod spectrum;
mod sql;

use pyo3::pymodule;

/// The native functions of the package `passband`.
#[pymodule]
mod _passband {
    #[pymodule_export]
    use super::analyze::analyze;
    #[pymodule_export]
    use super::dataset::{dataset_finish, dataset_options, dataset_plan, dataset_shard};
    #[pymodule_export]
    use super::declared::declared;
    #[pymodule_export]
    use super::fault::PassbandError;
    #[pymodule_export]
    use super::features::features;
    #[pymodule_export]
    use super::load::load;
    #[pymodule_export]
    use super::music::music;
    #[pymodule_export]
    use super::pipeline::run;
    #[pymodule_export]
    use super::rows::Rows;
    #[pymodule_export]
    use super::spectrum::spectrum;
    #[pymodule_export]
    use super::sql::sql;
    /// The version of the package, which is also the `passband_version` of its rows.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    /// The version of the feature definitions.
    #[pymodule_export]
    const FEATURE_VERSION: u32 = passband_dsp::FEATURE_VERSION;
}
