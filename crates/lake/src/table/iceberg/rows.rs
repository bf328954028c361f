//! Buffers rows for the next batch.

use super::schema::{columns, lacks_time};
use crate::table::columns as encode;
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::Schema;
use passband_flow::config::Named;
use passband_flow::data::{Field, Form, Origin, Output, Stream, Value};
use passband_signal::{Fault, Result};
use std::fmt::Write;
use std::sync::Arc;

/// Maximum number of rows in a batch, and of numbers in it: rows may be long.
const ROWS: usize = 1 << 16;
const NUMBERS: usize = 1 << 22;

/// Rows with the same fields.
pub struct Rows {
    fields: Vec<Field>,
    /// The columns of the table.
    pub columns: Arc<Schema>,
    plain: Arc<Schema>,
    streams: Vec<Stream>,
    origins: Vec<Origin>,
    rows: Vec<Vec<Value<'static>>>,
    /// Event times, if they are stored in a column.
    times: Option<Vec<i64>>,
    numbers: usize,
}

impl Rows {
    pub fn new(fields: &[Field], rename: &Named) -> Result<Self> {
        let plain =
            encode::schema(fields).map_err(|why| Fault::new("these records have no columns").why(why))?;
        let times = lacks_time(fields).then(Vec::new);
        let (fields, columns) = (fields.to_vec(), columns(fields, rename)?);
        let (streams, origins, rows) = (vec![], vec![], vec![]);
        Ok(Self { fields, columns, plain: Arc::new(plain), streams, origins, rows, times, numbers: 0 })
    }

    /// Whether a record with these fields can be added.
    pub fn takes(&self, fields: &[Field]) -> bool {
        self.fields == fields
    }

    /// Adds a record.
    pub fn add(&mut self, output: &Output) {
        let Some(record) = output.data.record() else { return };
        let row: Vec<Value<'static>> =
            record.values(Form::Plain).into_iter().map(Value::into_owned).collect();
        self.numbers += row.iter().map(|value| value.items().unwrap_or(1)).sum::<usize>();
        self.rows.push(row);
        self.streams.push(output.stream.clone());
        self.origins.push(output.origin);
        if let Some(times) = &mut self.times {
            times.push(record.time());
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || self.numbers >= NUMBERS
    }

    /// Takes the rows as a batch with the columns of the table.
    pub fn take(&mut self, run: &str) -> Result<RecordBatch> {
        let tell = |why: String| Fault::new("records cannot be written as columns").why(why);
        let batch = encode::batch(&self.plain, &self.fields, &self.streams, &self.rows).map_err(tell)?;
        let mut source = String::new();
        let sources = self.origins.iter().map(|Origin { shard, offset }| {
            source.clear();
            let _ = write!(source, "{shard}@{offset}");
            source.clone()
        });
        let sources: ArrayRef = Arc::new(StringArray::from_iter_values(sources));
        let runs: ArrayRef =
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(run, self.rows.len())));
        let times = self.times.as_mut().map(|times| {
            let times = TimestampMicrosecondArray::from(std::mem::take(times)).with_timezone("UTC");
            Arc::new(times) as ArrayRef
        });
        let all = batch.columns().iter().cloned().chain(times).chain([sources, runs]).collect();
        self.rows.clear();
        self.streams.clear();
        self.origins.clear();
        self.numbers = 0;
        RecordBatch::try_new(self.columns.clone(), all).map_err(|error| tell(error.to_string()))
    }
}
