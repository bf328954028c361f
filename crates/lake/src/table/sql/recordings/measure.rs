//! One partition of a query of recordings: a pipeline of the engine, whose rows become batches.

use super::Measured;
use super::columns::{Columns, PATH, RECORDING, STREAM};
use super::scan::Round;
use crate::table::columns::array;
use crate::table::sql::session::Shared;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use passband_flow::data::{Field, Form, Output, Value};
use passband_flow::sink::each::Each;
use passband_flow::transform::features::{Name, Over};
use passband_flow::{Control, Pipeline, run};
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Rows of a batch, at most.
const ROWS: usize = 1024;

/// What a query asks of the recordings.
#[derive(Clone)]
pub struct Job {
    pub of: Measured,
    pub names: Vec<Name>,
    /// Nothing is measured: the names of the recordings are the answer.
    pub listing: bool,
    pub columns: Arc<Columns>,
    pub projection: Arc<Vec<usize>>,
    pub schema: SchemaRef,
    /// Rows that are wanted, at most.
    pub limit: Option<usize>,
    pub shared: Arc<Shared>,
}

type Batches = Result<RecordBatch, DataFusionError>;

/// Stops the engine when nobody takes its rows any more.
struct Stop(Control);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.enough();
    }
}

/// Starts the pipeline of a partition, and gives its rows as they come.
pub fn measure(job: Job, round: Round) -> Result<SendableRecordBatchStream, DataFusionError> {
    let schema = job.schema.clone();
    let control = job.shared.control();
    let (rows, batches) = channel(2);
    let stop = Stop(control.clone());
    let thread = std::thread::Builder::new().name("recordings".into());
    let work = move || {
        let ended =
            if job.listing { list(&job, &round, &rows) } else { measured(&job, &round, &control, &rows) };
        if let Err(fault) = ended {
            let _ = rows.blocking_send(Err(DataFusionError::External(Box::new(fault))));
        }
    };
    thread.spawn(work).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let next = |(mut batches, stop): (Receiver<Batches>, Stop)| async move {
        let batch = batches.recv().await?;
        Some((batch, (batches, stop)))
    };
    let stream = futures::stream::unfold((batches, stop), next);
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
}

/// Gives the names of the recordings.
fn list(job: &Job, round: &Round, rows: &Sender<Batches>) -> Result<()> {
    let mut batch = Batch::new(job, round);
    for track in round.paths.iter() {
        batch.rows.push(Row { stream: track.name.clone(), recording: track.number, values: vec![] });
    }
    batch.send(rows).map(drop)
}

fn measured(job: &Job, round: &Round, control: &Control, rows: &Sender<Batches>) -> Result<()> {
    let mut ended = Ok(());
    if !round.playlist.is_empty() {
        ended = piped(job, round, control, rows);
    }
    let counters = &control.counters;
    let (out, refused) = (counters.out.get(), counters.refused.get());
    job.shared.refuse(refused);
    let mut all = round.ended.lock().unwrap_or_else(PoisonError::into_inner);
    *all = (all.0 - 1, all.1 + out, all.2 + refused);
    match ended {
        // all recordings of this partition were refused, or other partitions took them first
        Err(fault) if out == 0 && is_of_nothing(&fault) => match *all {
            (0, 0, 1..) => Err(Fault::new("no recording could be measured").why("all were refused")),
            _ => Ok(()),
        },
        ended => ended,
    }
}

/// Whether a pipeline failed only because it had no result. The other partitions may have some.
fn is_of_nothing(fault: &Fault) -> bool {
    ["nothing was measured", "there was nothing to measure"].iter().any(|what| fault.what().starts_with(what))
}

/// Runs the parts of `passband analyze`.
fn piped(job: &Job, round: &Round, control: &Control, rows: &Sender<Batches>) -> Result<()> {
    let batch = Arc::new(Mutex::new(Batch::new(job, round)));
    let (filled, sender, stop) = (batch.clone(), rows.clone(), control.clone());
    let mut left = job.limit.unwrap_or(usize::MAX);
    let each = Each::new(move |output: &Output| {
        if left == 0 {
            return Ok(());
        }
        left -= 1;
        let mut batch = filled.lock().unwrap_or_else(PoisonError::into_inner);
        batch.add(output)?;
        if left == 0 || batch.is_full() && !batch.send(&sender)? {
            stop.enough();
        }
        Ok(())
    });
    let features = job.of.features(if job.of.is_of_events() { &[] } else { &job.names });
    let pipeline = Pipeline::builder(round.playlist.clone()).transform(features).sink(each).build();
    let pipeline = pipeline.map_err(|faults| {
        faults.into_iter().next().unwrap_or_else(|| Fault::new("the recordings cannot be measured"))
    })?;
    run(&pipeline, control)?;
    batch.lock().unwrap_or_else(PoisonError::into_inner).send(rows).map(drop)
}

/// Rows on their way to a batch.
struct Batch {
    rows: Vec<Row>,
    /// The fields of the records, the same for all.
    fields: Vec<String>,
    columns: Arc<Columns>,
    projection: Arc<Vec<usize>>,
    schema: SchemaRef,
    paths: HashMap<i64, String>,
    most: usize,
}

struct Row {
    stream: String,
    recording: i64,
    values: Vec<Value<'static>>,
}

impl Batch {
    fn new(job: &Job, round: &Round) -> Self {
        let paths = round.paths.iter().map(|track| (track.number, track.path.clone())).collect();
        let Job { columns, projection, schema, .. } = job.clone();
        // a recording takes long: its row is given at once
        let most = if job.of.per == Over::Recording { 1 } else { ROWS };
        Self { rows: vec![], fields: vec![], columns, projection, schema, paths, most }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.most
    }

    fn add(&mut self, output: &Output) -> Result<()> {
        let Some(record) = output.data.record() else { return Ok(()) };
        let fields = record.fields(Form::Plain);
        if !fields.iter().map(Field::name).eq(self.fields.iter().map(String::as_str)) {
            if !self.fields.is_empty() {
                return Err(Fault::new("these features have different frames, and a row covers one frame")
                    .why("their n_fft, frame_length or hop_length differ")
                    .fix("compute them in separate queries, and join the rows"));
            }
            self.fields = fields.iter().map(|field| field.name().into_owned()).collect();
        }
        let values: Vec<_> = record.values(Form::Plain).into_iter().map(Value::into_owned).collect();
        let number = self.fields.iter().position(|name| name == RECORDING).and_then(|at| values.get(at));
        let recording = if let Some(Value::Long(number)) = number { *number } else { 0 };
        self.rows.push(Row { stream: output.stream.to_string(), recording, values });
        Ok(())
    }

    /// Sends the rows; whether somebody takes them.
    fn send(&mut self, rows: &Sender<Batches>) -> Result<bool> {
        if self.rows.is_empty() {
            return Ok(true);
        }
        let tell = |why: String| Fault::new("the rows of a recording have no columns").why(why);
        let mut columns: Vec<ArrayRef> = vec![];
        for column in self.projection.iter().map(|at| &self.columns.all[*at]) {
            let at = self.fields.iter().position(|name| *name == column.name);
            let values: Vec<Value<'_>> =
                self.rows.iter().map(|row| self.value(row, &column.name, at)).collect();
            columns.push(array(&column.kind, &values.iter().collect::<Vec<_>>()).map_err(tell)?);
        }
        let count = RecordBatchOptions::new().with_row_count(Some(self.rows.len()));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &count);
        let batch = batch.map_err(|error| tell(error.to_string()))?;
        self.rows.clear();
        Ok(rows.blocking_send(Ok(batch)).is_ok())
    }

    fn value<'a>(&'a self, row: &'a Row, name: &str, at: Option<usize>) -> Value<'a> {
        match name {
            PATH => {
                self.paths.get(&row.recording).map_or(Value::Null, |path| Value::Text(path.as_str().into()))
            }
            STREAM => Value::Text(row.stream.as_str().into()),
            RECORDING => Value::Long(row.recording),
            _ => at.and_then(|at| row.values.get(at)).cloned().unwrap_or(Value::Null),
        }
    }
}
