//! Rows of a query as readings of the engine.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Float64Type, TimestampMicrosecondType};
use datafusion::common::DataFusionError;
use passband_flow::data::{Arrival, Data, Input, Kind, Origin, Readings, Refusal, Stream};
use passband_flow::part::{Context, Source, SourcePlan, Turn};
use passband_signal::{Fault, Result};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::Receiver;

/// Batches of rows, or why there are no more.
pub type Rows = Receiver<Result<RecordBatch, DataFusionError>>;

/// The rows that a query gives: a key, a time and values.
pub struct QueryRows {
    values: Vec<String>,
    rows: Mutex<Option<Rows>>,
    /// Why the query failed, if it did.
    failed: Arc<Mutex<Option<DataFusionError>>>,
}

impl QueryRows {
    pub fn new(values: Vec<String>, rows: Rows, failed: Arc<Mutex<Option<DataFusionError>>>) -> Self {
        Self { values, rows: Mutex::new(Some(rows)), failed }
    }
}

impl SourcePlan for QueryRows {
    fn gives(&self) -> Kind {
        Kind::Readings
    }
    fn value_names(&self) -> Vec<String> {
        self.values.clone()
    }
    fn ends(&self) -> bool {
        true
    }
    fn open(&self, _: &Context) -> Result<Box<dyn Source>> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        let rows = rows.ok_or_else(|| Fault::new("the rows of a query are read once"))?;
        Ok(Box::new(Reader {
            rows,
            fields: self.values.clone().into(),
            failed: self.failed.clone(),
            offset: 0,
        }))
    }
}

struct Reader {
    rows: Rows,
    fields: Arc<[String]>,
    failed: Arc<Mutex<Option<DataFusionError>>>,
    offset: i64,
}

impl Source for Reader {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        match self.rows.blocking_recv() {
            None => Ok(Turn::End),
            Some(Ok(rows)) => {
                self.readings(&rows, batch);
                Ok(Turn::More)
            }
            Some(Err(error)) => {
                let fault = Fault::new("the rows cannot be read").why(error.message());
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(fault)
            }
        }
    }
}

impl Reader {
    fn readings(&mut self, rows: &RecordBatch, batch: &mut Vec<Input>) {
        let (keys, times) =
            (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<TimestampMicrosecondType>());
        let columns: Vec<_> =
            rows.columns()[2..].iter().map(|column| column.as_primitive::<Float64Type>()).collect();
        let stream = Stream::from("rows");
        let mut values = vec![0.0; columns.len()];
        let new = |fields: &Arc<[String]>| Readings::new(fields.clone(), "row ".into());
        let (mut readings, mut first) = (new(&self.fields), self.offset);
        for row in 0..rows.num_rows() {
            let origin = Origin { shard: 0, offset: self.offset };
            self.offset += 1;
            if keys.is_null(row) || times.is_null(row) {
                let reason = if keys.is_null(row) { "its key is null" } else { "its time is null" };
                let place = format!("row {}", origin.offset);
                batch.push(Input::Refused(Refusal { origin, place, reason: reason.into(), bytes: vec![] }));
                continue;
            }
            for (value, column) in values.iter_mut().zip(&columns) {
                *value = if column.is_valid(row) { column.value(row) } else { f64::NAN };
            }
            let arrival = Arrival { time: 0, offset: origin.offset, id: None };
            if values.iter().all(|value| value.is_nan()) {
                readings.lose(origin.offset, values.len());
                continue;
            }
            readings.push(keys.value(row), times.value(row), &values, arrival, b"");
            if readings.is_full() {
                let full = std::mem::replace(&mut readings, new(&self.fields));
                let origin = Origin { shard: 0, offset: first };
                batch.push(Input::Datum(stream.clone(), origin, Data::Readings(Box::new(full))));
                first = self.offset;
            }
        }
        if !readings.is_empty() {
            let origin = Origin { shard: 0, offset: first };
            batch.push(Input::Datum(stream, origin, Data::Readings(Box::new(readings))));
        }
    }
}
