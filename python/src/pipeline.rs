//! Pipeline files.

use crate::fault::{raised, raised_all};
use crate::rows::Notes;
use passband_flow::engine::{End, Given, Printed, variables};
use passband_flow::{Control, Pipeline, Registry};
use passband_signal::Fault;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use std::collections::HashMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counters by name, and notes.
pub type Ran = (Vec<(&'static str, u64)>, Vec<String>);

/// Runs a pipeline file with values for its variables. Ctrl-C stops reading, delivers pending results, then returns.
#[pyfunction]
pub fn run(py: Python<'_>, path: String, set: HashMap<String, String>) -> PyResult<Ran> {
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let fault = Fault::new(format!("the pipeline {path} cannot be read")).why(error);
        raised(py, &fault.fix("name a pipeline file"))
    })?;
    run_text(py, &text, &path, &|name| set.get(name).cloned().or_else(|| std::env::var(name).ok()))
}

/// Runs the text of a pipeline, with the values of its variables.
pub fn run_text(
    py: Python<'_>,
    text: &str,
    path: &str,
    value: &dyn Fn(&str) -> Option<String>,
) -> PyResult<Ran> {
    let named = |name: &str, printed: Printed| {
        let value = value(name)?;
        Some(format!("{name}={}", if printed == Printed::Yes { &value } else { "…" }))
    };
    let registry = Registry::new(&[passband_lake::PARTS]);
    let pipeline = Pipeline::parse_given(text, path, Given { value, named: &named }, &registry);
    let mut pipeline = pipeline.map_err(|faults| raised_all(py, &faults))?;
    // those that workers need are stored with the plan of a training set
    let given = variables(text).into_iter().filter_map(|name| Some((name.clone(), value(&name)?)));
    pipeline.variables = given.collect();
    let notes = Notes::default();
    let noted = notes.clone();
    let control = Control::with_notes(move |note| noted.add(note));
    let (tell, ended) = channel();
    let (ended, running) = (Mutex::new(ended), control.clone());
    let thread = std::thread::spawn(move || {
        let _ = tell.send(passband_flow::run(&pipeline, &running));
    });
    let mut interrupted = None;
    let summary = loop {
        let wait =
            || ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(Duration::from_millis(100));
        match py.detach(wait) {
            Ok(summary) => break summary.map_err(|fault| raised(py, &fault))?,
            Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = py.check_signals() {
                    control.stop();
                    interrupted = Some(error);
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(raised(py, &Fault::new("the pipeline ended by a defect of Passband")));
            }
        }
    };
    let _ = py.detach(|| thread.join());
    if summary.end != End::Complete {
        return Err(interrupted.unwrap_or_else(|| PyKeyboardInterrupt::new_err("the pipeline was stopped")));
    }
    let counters = control.counters.all().into_iter().map(|(name, _, value)| (name, value)).collect();
    Ok((counters, notes.take()))
}
