//! Rows that a thread sends to Python, as an Arrow stream.

use crate::fault::raised;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use passband_signal::{Fault, Result};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Maximum number of batches that are buffered for Python.
const WAITING: usize = 2;
/// Interval of checks for Ctrl-C while waiting.
const LOOK: Duration = Duration::from_millis(100);

/// A message of the thread: first the schema, then batches.
pub enum Sent {
    /// The columns.
    Schema(SchemaRef),
    /// Rows.
    Batch(RecordBatch),
    /// The error that ended the rows.
    Failed(Fault),
}

/// Notes for Python's logging: refused recordings with their reasons, and warnings.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Adds a note.
    pub fn add(&self, note: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Removes and returns the notes so far.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

type Stop = Box<dyn Fn() + Send + Sync>;

/// The rows of a query or an analysis. They are computed while they are read, and can be read once.
///
/// Libraries that read Arrow streams accept this object: `pyarrow.table(rows)`, `polars.from_arrow(rows)`,
/// `duckdb.sql("SELECT * FROM rows")`, `pandas.DataFrame.from_arrow(rows)`.
#[pyclass(module = "passband")]
pub struct Rows {
    schema: SchemaRef,
    batches: Mutex<Option<Batches>>,
    notes: Notes,
}

/// The receiving end. Dropping it stops the thread.
struct Batches {
    schema: SchemaRef,
    received: Mutex<Receiver<Sent>>,
    stop: Stop,
}

impl Drop for Batches {
    fn drop(&mut self) {
        (self.stop)();
    }
}

impl Rows {
    /// Starts the sending thread and waits for the schema. `stop` ends the thread early.
    pub fn start(
        py: Python<'_>,
        notes: Notes,
        stop: impl Fn() + Send + Sync + 'static,
        work: impl FnOnce(&SyncSender<Sent>) -> Result<()> + Send + 'static,
    ) -> PyResult<Self> {
        let (send, received) = sync_channel(WAITING);
        let thread =
            std::thread::Builder::new().name("passband".into()).stack_size(64 << 20).spawn(move || {
                if let Err(fault) = work(&send) {
                    let _ = send.send(Sent::Failed(fault));
                }
            });
        thread.map_err(|error| raised(py, &Fault::new("no thread can be started").why(error)))?;
        let (received, stop) = (Mutex::new(received), Box::new(stop));
        let mut batches = Batches { schema: Arc::new(Schema::empty()), received, stop };
        match batches.wait(py)? {
            Some(Sent::Schema(schema)) => batches.schema = schema,
            Some(Sent::Failed(fault)) => return Err(raised(py, &fault)),
            Some(Sent::Batch(_)) | None => {}
        }
        Ok(Self { schema: batches.schema.clone(), batches: Mutex::new(Some(batches)), notes })
    }
}

#[pymethods]
impl Rows {
    /// The columns, by Arrow's C data interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(&*self.schema);
        let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
        PyCapsule::new(py, schema, Some(c"arrow_schema".into()))
    }

    /// The rows, by Arrow's C stream interface.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // the requested schema is ignored, as the interface allows
        let _ = requested_schema;
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner).take();
        let batches = batches.ok_or_else(|| {
            let fault = Fault::new("these rows have been read");
            raised(
                py,
                &fault
                    .why("rows are computed while they are read, and can be read once")
                    .fix("keep pyarrow.table(rows)"),
            )
        })?;
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new(py, stream, Some(c"arrow_array_stream".into()))
    }

    /// Removes and returns the notes so far: refused recordings with their reasons, and warnings about damaged data.
    fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }
}

impl Batches {
    /// The next message; `None` at the end. Ctrl-C is an error.
    fn wait(&self, py: Python<'_>) -> PyResult<Option<Sent>> {
        loop {
            let next = || self.received.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LOOK);
            match py.detach(next) {
                Ok(sent) => return Ok(Some(sent)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match Python::attach(|py| self.wait(py)) {
            Ok(Some(Sent::Batch(batch))) => Some(Ok(batch)),
            Ok(Some(Sent::Failed(fault))) => Some(Err(ArrowError::ExternalError(fault.to_string().into()))),
            Ok(Some(Sent::Schema(_)) | None) => None,
            Err(interrupted) => Some(Err(ArrowError::ExternalError(interrupted.to_string().into()))),
        }
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
