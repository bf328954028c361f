//! SQL statements.

use crate::rows::{Notes, Rows, Sent};
use passband_lake::table::iceberg::WarehouseSettings;
use passband_lake::table::sql::Session;
use passband_signal::{Fault, Result};
use pyo3::prelude::*;
use std::sync::mpsc::SyncSender;

/// Runs statements and returns the rows of the last one.
#[pyfunction]
#[pyo3(signature = (text, warehouse, catalog))]
pub fn sql(
    py: Python<'_>,
    text: String,
    warehouse: Option<String>,
    catalog: Option<String>,
) -> PyResult<Rows> {
    let notes = Notes::default();
    let noted = notes.clone();
    let settings = WarehouseSettings { warehouse, catalog, ..WarehouseSettings::default() };
    let session = py.detach(|| Session::with_notes(settings, move |note| noted.add(note)));
    let session = session.map_err(|fault| crate::fault::raised(py, &fault))?;
    let interrupt = session.interrupt();
    Rows::start(py, notes, move || interrupt.stop(), move |send| rows(&session, &text, send))
}

fn rows(session: &Session, text: &str, send: &SyncSender<Sent>) -> Result<()> {
    let statements = session.parse(text)?;
    let Some((last, before)) = statements.split_last() else {
        return Err(Fault::new("there is no statement").fix("pass SQL, such as SELECT 1"));
    };
    for statement in before {
        let mut answer = session.run(statement)?;
        while answer.next_rows()?.is_some() {}
    }
    let mut answer = session.run(last)?;
    if send.send(Sent::Schema(answer.schema().clone())).is_err() {
        return Ok(());
    }
    while let Some(batch) = answer.next_rows()? {
        if send.send(Sent::Batch(batch)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
