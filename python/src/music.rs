//! Analyses of music in memory.

use crate::fault::raised;
use crate::features::samples;
use passband_dsp::music::{Analysis, Found, MusicAnalyzer, Stage};
use passband_signal::Fault;
use pyo3::IntoPyObjectExt;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;

/// Number of samples analysed between two checks for Ctrl-C.
const BLOCK: usize = 1 << 20;

/// Converts a result to a Python object.
fn value<'py>(py: Python<'py>, found: Found) -> PyResult<Bound<'py, PyAny>> {
    match found {
        Found::Number(number) => number.into_bound_py_any(py),
        Found::Word(word) => word.into_bound_py_any(py),
        Found::Numbers(numbers) => numbers.into_bound_py_any(py),
        Found::Words(words) => words.into_bound_py_any(py),
    }
}

/// The results of analyses of a whole recording, by name.
#[pyfunction]
pub fn music<'py>(
    py: Python<'py>,
    buffer: PyBuffer<f32>,
    rate: f64,
    names: Vec<String>,
) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
    let samples = samples(py, &buffer)?;
    let analyses: Result<Vec<&'static Analysis>, Fault> = names
        .iter()
        .map(|name| {
            Analysis::by_name(name).ok_or_else(|| Fault::new(format!("there is no analysis \"{name}\"")))
        })
        .collect();
    let analyses = analyses.map_err(|fault| raised(py, &fault.fix("use a name in passband.ANALYSES")))?;
    let stages: Vec<Stage> = analyses.iter().flat_map(|one| one.stages).copied().collect();
    let analyzer = MusicAnalyzer::new(rate, &stages);
    let mut analyzer =
        analyzer.map_err(|why| raised(py, &Fault::new("the samples cannot be analysed").why(why)))?;
    for block in samples.chunks(BLOCK) {
        py.detach(|| analyzer.push(block));
        py.check_signals()?;
    }
    let result = py.detach(|| analyzer.finish());
    let mut all = vec![];
    for analysis in analyses {
        for (outcome, found) in analysis.results.iter().zip((analysis.found)(&result)) {
            all.push((outcome.name, value(py, found)?));
        }
    }
    Ok(all)
}
