//! Results of a pipeline as Arrow batches.

use crate::rows::Sent;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{DataType, Field as Column, Schema, SchemaRef};
use passband_flow::Control;
use passband_flow::data::{Field, Form, Kind, Output, Positions, Refusal, Value};
use passband_flow::part::{Commit, Committed, Context, End, Sink, SinkPlan};
use passband_flow::source::recordings::Track;
use passband_lake::table::columns::{batch, schema};
use passband_signal::{Fault, Result};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// The column with the reason why a recording could not be measured.
const ERROR: &str = "error";
/// The column that names a recording.
const PATH: &str = "path";
/// Maximum number of rows per batch.
const ROWS: usize = 1024;

/// A sink that sends rows to a program. Each refused recording is also a row, with its path and the reason.
#[derive(Clone)]
pub struct Collect {
    send: SyncSender<Sent>,
    control: Control,
    open: Option<Open>,
    streams: Vec<Arc<str>>,
    rows: Vec<Vec<Value<'static>>>,
    refused: Vec<Refusal>,
    /// The recordings, to look up the paths of refused ones by name.
    tracks: Arc<[Track]>,
}

/// The fields of the records and their columns.
#[derive(Clone)]
struct Open {
    fields: Vec<Field>,
    /// The columns of the record.
    own: SchemaRef,
    /// The same columns, all nullable, and the reason.
    schema: SchemaRef,
}

impl Collect {
    /// Creates a sink. The pipeline of `control` ends when the receiver is dropped.
    pub fn new(send: &SyncSender<Sent>, control: &Control, tracks: Vec<Track>) -> Self {
        let (send, control) = (send.clone(), control.clone());
        let tracks = tracks.into();
        Self { send, control, open: None, streams: vec![], rows: vec![], refused: vec![], tracks }
    }

    /// The path of a refused recording. If recordings in several folders have the same name, the path is in the reason.
    fn path<'a>(&'a self, refusal: &'a Refusal) -> &'a str {
        let mut named = self.tracks.iter().filter(|track| refusal.place == track.name);
        let first = named.clone().next();
        let meant = named.find(|track| refusal.reason.contains(&track.path)).or(first);
        meant.map_or(&refusal.place, |track| &track.path)
    }

    fn send(&self, sent: Sent) {
        if self.send.send(sent).is_err() {
            self.control.enough();
        }
    }

    fn begin(&mut self, fields: &[Field]) -> Result<()> {
        if let Some(open) = &self.open {
            if open.fields == fields {
                return Ok(());
            }
            return Err(Fault::new("these features have different frames, and a row covers one frame")
                .why("their n_fft, frame_length or hop_length differ")
                .fix("measure them in separate calls, and join the rows"));
        }
        let own = schema(fields).map_err(|why| Fault::new("these records have no columns").why(why))?;
        let mut columns: Vec<Column> =
            own.fields().iter().map(|column| column.as_ref().clone().with_nullable(true)).collect();
        columns.push(Column::new(ERROR, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(columns));
        self.send(Sent::Schema(schema.clone()));
        self.open = Some(Open { fields: fields.to_vec(), own: Arc::new(own), schema });
        Ok(())
    }

    /// Sends the buffered rows.
    fn flush(&mut self) -> Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        let tell = |why: String| Fault::new("the rows have no columns").why(why);
        let whole =
            |columns| RecordBatch::try_new(open.schema.clone(), columns).map_err(|e| tell(e.to_string()));
        if !self.rows.is_empty() {
            let rows = batch(&open.own, &open.fields, &self.streams, &self.rows).map_err(tell)?;
            let mut columns = rows.columns().to_vec();
            columns.push(new_null_array(&DataType::Utf8, rows.num_rows()));
            let sent = Sent::Batch(whole(columns)?);
            self.rows.clear();
            self.streams.clear();
            self.send(sent);
        }
        if !self.refused.is_empty() {
            let text = |of: &dyn Fn(&Refusal) -> String| -> ArrayRef {
                let mut texts = StringBuilder::new();
                self.refused.iter().for_each(|one| texts.append_value(of(one)));
                Arc::new(texts.finish())
            };
            let named = if open.schema.field_with_name(PATH).is_ok() { PATH } else { "stream" };
            let columns = open.schema.fields().iter().map(|column| match column.name().as_str() {
                name if name == named => text(&|one| self.path(one).to_owned()),
                ERROR => text(&|one| one.reason.clone()),
                _ => new_null_array(column.data_type(), self.refused.len()),
            });
            let sent = Sent::Batch(whole(columns.collect())?);
            self.refused.clear();
            self.send(sent);
        }
        Ok(())
    }
}

impl SinkPlan for Collect {
    fn open(&self, _: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        Ok(Box::new(self.clone()))
    }
}

impl Sink for Collect {
    fn write(&mut self, output: &Output) -> Result<()> {
        let Some(record) = output.data.record() else { return Ok(()) };
        self.begin(record.fields(Form::Plain))?;
        self.streams.push(output.stream.to_string().into());
        self.rows.push(record.values(Form::Plain).into_iter().map(Value::into_owned).collect());
        if self.rows.len() >= ROWS { self.flush() } else { Ok(()) }
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.push(refusal.clone());
        Ok(true)
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        self.flush()?;
        Ok(Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        if self.open.is_none() && !self.refused.is_empty() {
            // nothing was measured: the rows contain only paths and reasons
            let columns = [PATH, ERROR].map(|name| Column::new(name, DataType::Utf8, true));
            let schema = Arc::new(Schema::new(columns.to_vec()));
            self.send(Sent::Schema(schema.clone()));
            self.open = Some(Open { fields: vec![], own: Arc::new(Schema::empty()), schema });
        }
        self.flush()
    }
}
