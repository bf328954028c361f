//! Features of samples in memory.

use crate::fault::raised;
use passband_dsp::feature::{Feature, Plan, Settings};
use passband_signal::Fault;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

/// The name of a feature and its settings, as text.
type Asked = (String, Vec<(String, String)>);
/// Rows, values per row, and the values as 32-bit floats, row by row.
type Measured<'py> = (usize, usize, Bound<'py, PyByteArray>);

/// Samples of one channel from any object with the buffer protocol.
pub fn samples(py: Python<'_>, buffer: &PyBuffer<f32>) -> PyResult<Vec<f32>> {
    if buffer.dimensions() != 1 {
        let fault = Fault::new(format!("samples have {} dimensions", buffer.dimensions()));
        return Err(raised(py, &fault.why("features are of one channel").fix("pass y.mean(axis=0)")));
    }
    buffer.to_vec(py)
}

/// Measures features of a whole recording; those with the same frames share their transforms.
#[pyfunction]
pub fn features<'py>(
    py: Python<'py>,
    buffer: PyBuffer<f32>,
    rate: f64,
    asked: Vec<Asked>,
) -> PyResult<Vec<Measured<'py>>> {
    let samples = samples(py, &buffer)?;
    let measured = py.detach(|| measured(&samples, rate, &asked));
    let measured =
        measured.map_err(|why| raised(py, &Fault::new("the features cannot be measured").why(why)))?;
    Ok(measured.into_iter().map(|(rows, width, values)| (rows, width, bytes(py, &values))).collect())
}

/// The bytes of floats, for `numpy.frombuffer`.
pub fn bytes<'py>(py: Python<'py>, values: &[f32]) -> Bound<'py, PyByteArray> {
    PyByteArray::new(py, bytemuck::cast_slice(values))
}

fn measured(samples: &[f32], rate: f64, asked: &[Asked]) -> Result<Vec<(usize, usize, Vec<f32>)>, String> {
    let mut all: Vec<Settings> = vec![];
    for (name, settings) in asked {
        let feature = Feature::by_name(name)?;
        all.push(settings.iter().try_fold(feature.settings(), |all, (name, value)| all.with(name, value))?);
    }
    let mut plan = Plan::of_all(&all, rate)?;
    let mut out = vec![vec![]; all.len()];
    plan.all_frames(samples, &mut out);
    let shape = |at: usize| (plan.rows(at, samples.len()), plan.width(at));
    Ok(out.into_iter().enumerate().map(|(at, values)| (shape(at).0, shape(at).1, values)).collect())
}
