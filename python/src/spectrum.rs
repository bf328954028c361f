//! Spectra of frames of samples in memory.

use crate::fault::raised;
use crate::features::{bytes, samples};
use passband_dsp::spectrum::{Scale, Spectrum};
use passband_dsp::taper::Taper;
use passband_signal::Fault;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

/// Measures all complete frames like the transform `spectrum`. Returns the number of frames, the number of bins and
/// the spectra.
#[pyfunction]
#[pyo3(signature = (buffer, rate, length, hop, taper, scale))]
pub fn spectrum<'py>(
    py: Python<'py>,
    buffer: PyBuffer<f32>,
    rate: f64,
    length: usize,
    hop: usize,
    taper: &str,
    scale: &str,
) -> PyResult<(usize, usize, Bound<'py, PyByteArray>)> {
    let samples = samples(py, &buffer)?;
    let measured = py.detach(|| {
        if hop == 0 {
            return Err("hop is 0 samples".to_owned());
        }
        let taper = Taper::by_name(taper, None)?;
        let mut plan = Spectrum::new(length, rate, &taper, Scale::by_name(scale)?)?;
        let frames = samples.len().checked_sub(length).map_or(0, |rest| rest / hop + 1);
        let mut out = vec![0.0; frames * plan.bins()];
        for (frame, row) in samples.windows(length).step_by(hop).zip(out.chunks_exact_mut(plan.bins())) {
            plan.measure(&[frame], row);
        }
        Ok((frames, plan.bins(), out))
    });
    let measured = measured.map_err(|why| raised(py, &Fault::new("the spectra cannot be measured").why(why)));
    measured.map(|(frames, bins, values)| (frames, bins, bytes(py, &values)))
}
