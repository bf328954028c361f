//! The extension module of the Python package `passband`: kernels, recordings, SQL and pipelines for Python programs.
//!
//! Samples come in by the buffer protocol and arrays go out as buffers; tables go out by Arrow's C stream interface. The
//! interpreter is released while anything is computed. Threads are started by calls and end with them, so that a process
//! may fork between calls.

mod analyze;
mod collect;
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

/// The functions behind the package `passband`.
#[pymodule]
mod _passband {
    #[pymodule_export]
    use super::analyze::analyze;
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
    /// The version of the package and of every row that it measures.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    /// The version of all features.
    #[pymodule_export]
    const FEATURE_VERSION: u32 = passband_dsp::FEATURE_VERSION;
}
