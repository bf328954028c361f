//! The pipeline that folds the rows of a query, and its results as batches.

use super::Job;
use super::source::QueryRows;
use crate::table::sql::session::Shared;
use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DataFusionError;
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use passband_flow::data::{Aggregate, Output};
use passband_flow::sink::each::Each;
use passband_flow::{Control, Pipeline, run};
use passband_signal::{Fault, Result};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Sender, channel};

/// Rows of a batch.
const ROWS: usize = 8192;

type Batches = Result<RecordBatch, DataFusionError>;

/// Stops the engine when nobody takes its rows any more.
struct Stop(Control);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.enough();
    }
}

/// Folds rows, and gives the windows in the order of their ends.
pub fn fold(
    mut rows: SendableRecordBatchStream,
    job: Arc<Job>,
    projection: Arc<[usize]>,
    shared: &Arc<Shared>,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let schema = Arc::new(job.schema.project(&projection)?);
    let control = shared.control();
    let (feed, fed) = channel(2);
    // dropped with the stream: then no more rows come, and the engine ends
    let feeder = SpawnedTask::spawn(async move {
        while let Some(batch) = rows.next().await {
            let failed = batch.is_err();
            if feed.send(batch).await.is_err() || failed {
                break;
            }
        }
    });
    let (out, batches) = channel(2);
    let stop = Stop(control.clone());
    let work = move || {
        let failed = Arc::default();
        let source = QueryRows::new(job.values.clone(), fed, Arc::clone(&failed));
        let ended = piped(source, &job, &projection, &control, &out);
        let failed: Option<DataFusionError> = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let error = match (failed, ended) {
            (Some(error), _) => error,
            (None, Err(fault)) => DataFusionError::External(Box::new(fault)),
            (None, Ok(())) => return,
        };
        let _ = out.blocking_send(Err(error));
    };
    let thread = std::thread::Builder::new().name("windows".into()).spawn(work);
    thread.map_err(|error| DataFusionError::External(Box::new(error)))?;
    let stream = futures::stream::unfold((batches, stop, feeder), |(mut batches, stop, feeder)| async move {
        let batch = batches.recv().await?;
        Some((batch, (batches, stop, feeder)))
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
}

fn piped(
    source: QueryRows,
    job: &Arc<Job>,
    projection: &Arc<[usize]>,
    control: &Control,
    out: &Sender<Batches>,
) -> Result<()> {
    let found = Arc::new(Mutex::new(vec![]));
    let (filled, sender, stop, of, columns) =
        (found.clone(), out.clone(), control.clone(), job.clone(), projection.clone());
    let each = Each::new(move |output: &Output| {
        let Some(window) = output.data.get::<Aggregate>() else { return Ok(()) };
        let mut windows = filled.lock().unwrap_or_else(PoisonError::into_inner);
        windows.push(window.clone());
        if windows.len() >= ROWS && !send(&of, &columns, &mut windows, &sender)? {
            stop.enough();
        }
        Ok(())
    });
    let pipeline =
        Pipeline::builder(source).window(job.window()?).transform(job.aggregate()).sink(each).build();
    let pipeline = pipeline.map_err(|faults| {
        faults.into_iter().next().unwrap_or_else(|| Fault::new("the rows cannot be folded"))
    })?;
    let ended = run(&pipeline, control);
    // a table without a row has no windows, which is no fault
    if control.counters.r#in.get() > control.counters.refused.get() || control.has_enough() {
        ended?;
    }
    send(job, projection, &mut found.lock().unwrap_or_else(PoisonError::into_inner), out).map(drop)
}

/// Sends the windows; whether somebody takes them.
fn send(
    job: &Job,
    projection: &[usize],
    windows: &mut Vec<Aggregate>,
    out: &Sender<Batches>,
) -> Result<bool> {
    if windows.is_empty() {
        return Ok(true);
    }
    let time = |of: fn(&Aggregate) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(windows.iter().map(of)).with_timezone("UTC"))
    };
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(windows.iter().map(|window| &*window.key))),
        time(|window| window.start),
        time(|window| window.end),
        Arc::new(Int64Array::from_iter_values(windows.iter().map(|window| window.readings as i64))),
    ];
    for (at, field) in job.schema.fields()[4..].iter().enumerate() {
        let values =
            windows.iter().map(|window| window.values.get(at).copied().filter(|value| !value.is_nan()));
        columns.push(match field.data_type() {
            DataType::Int64 => {
                Arc::new(values.map(|value| value.map(|value| value as i64)).collect::<Int64Array>())
            }
            _ => Arc::new(values.collect::<Float64Array>()),
        });
    }
    let batch = RecordBatch::try_new(job.schema.clone(), columns).and_then(|batch| batch.project(projection));
    let batch = batch.map_err(|error| Fault::new("the windows have no columns").why(error))?;
    windows.clear();
    Ok(out.blocking_send(Ok(batch)).is_ok())
}
