//! `passband analyze` with its rows in memory.

use crate::collect::Collect;
use crate::fault::raised;
use crate::rows::{Notes, Rows, Sent};
use passband_dsp::feature::Feature;
use passband_dsp::music::Analysis;
use passband_flow::config::{Named, defaults};
use passband_flow::source::recordings::{BLOCK, Recordings};
use passband_flow::transform::features::{Features, MeasuredRate, Name, Over, Waveform};
use passband_flow::{Control, Pipeline};
use passband_signal::{Fault, Hertz, Result, Span};
use pyo3::prelude::*;
use std::sync::mpsc::SyncSender;

/// Measures recordings. Without `rate`, each recording is measured at its own rate.
#[pyfunction]
#[pyo3(signature = (paths, per, names, settings, rate, threads))]
pub fn analyze(
    py: Python<'_>,
    paths: Vec<String>,
    per: &str,
    names: Vec<String>,
    settings: Vec<(String, String)>,
    rate: Option<f64>,
    threads: Option<u32>,
) -> PyResult<Rows> {
    let features = features(per, &names, settings, rate).map_err(|fault| raised(py, &fault))?;
    let source = Recordings { path: paths.into(), block: Span::Samples(BLOCK), threads, ..defaults() };
    let notes = Notes::default();
    let noted = notes.clone();
    let control = Control::with_notes(move |note| noted.add(note));
    let stop = control.clone();
    let work = move |send: &SyncSender<Sent>| {
        let tracks = source.tracks(&control)?;
        let pipeline =
            Pipeline::builder(source).transform(features).sink(Collect::new(send, &control, tracks)).build();
        let pipeline = pipeline.map_err(|faults| {
            faults.into_iter().next().unwrap_or_else(|| Fault::new("the recordings cannot be measured"))
        })?;
        match passband_flow::run(&pipeline, &control) {
            // all recordings were refused: each is a row with its reason
            Err(_) if control.counters.out.get() == 0 && control.counters.refused.get() > 0 => Ok(()),
            ended => ended.map(drop),
        }
    };
    Rows::start(py, notes, move || stop.stop(), work)
}

fn features(
    per: &str,
    names: &[String],
    settings: Vec<(String, String)>,
    rate: Option<f64>,
) -> Result<Features> {
    let over = match per {
        "recording" => Over::Recording,
        "frame" => Over::Frame,
        "beat" => Over::Beat,
        "note" => Over::Note,
        "chord" => Over::Chord,
        _ => {
            let fault = Fault::new(format!("per is \"{per}\""));
            return Err(fault.fix("use \"recording\", \"frame\", \"beat\", \"note\" or \"chord\""));
        }
    };
    let name = |name: &String| match Analysis::by_name(name) {
        Some(analysis) => Ok(Name::Analysis(analysis)),
        None => Feature::by_name(name).map(Name::Feature).map_err(Fault::new),
    };
    let names = names.iter().map(name).collect::<Result<Vec<_>>>()?;
    let rate = rate.map_or(MeasuredRate::Native, |rate| MeasuredRate::At(Hertz(rate)));
    Ok(Features { names, settings: Named(settings), rate, over, waveform: Waveform::Keep, threads: None })
}
