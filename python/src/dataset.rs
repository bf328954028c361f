//! Training sets whose shards another scheduler builds.

use crate::fault::raised;
use crate::pipeline::run_text;
use passband_flow::Control;
use passband_lake::set::tasks;
use passband_signal::{Fault, Result};
use pyo3::prelude::*;
use std::collections::HashMap;

/// The pipeline `dataset`.
const DATASET: &str = include_str!("../../pipelines/dataset.toml");

/// The names of the options of a training set, which are variables of its pipeline.
#[pyfunction]
pub fn dataset_options() -> Vec<String> {
    passband_flow::engine::variable_settings(DATASET).into_iter().map(|(variable, ..)| variable).collect()
}

/// Plans a training set and returns the numbers of the shards to build, and notes.
#[pyfunction]
pub fn dataset_plan(py: Python<'_>, set: HashMap<String, String>) -> PyResult<(Vec<i32>, Vec<String>)> {
    let (_, notes) = run_text(py, DATASET, "dataset.toml", &|name| set.get(name).cloned())?;
    let prefix = set.get("OUTPUT").cloned().unwrap_or_default();
    Ok((within(py, move || tasks::missing(&prefix, &Control::default()))?, notes))
}

/// Builds one shard of a planned set.
#[pyfunction]
pub fn dataset_shard(py: Python<'_>, prefix: String, shard: i32, threads: u32) -> PyResult<()> {
    let (name, mut variables) = within(py, move || tasks::variables(&prefix, shard, &Control::default()))?;
    if name != "dataset" {
        return Err(raised(py, &Fault::new(format!("the set was planned by the pipeline {name}"))));
    }
    variables.insert("THREADS".into(), threads.to_string());
    run_text(py, DATASET, "dataset.toml", &|name| variables.get(name).cloned()).map(drop)
}

/// Completes a planned set; returns the numbers of shards and records.
#[pyfunction]
pub fn dataset_finish(py: Python<'_>, prefix: String) -> PyResult<(usize, u64)> {
    within(py, move || tasks::finish(&prefix, &Control::default()))
}

fn within<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    py.detach(work).map_err(|fault| raised(py, &fault))
}
