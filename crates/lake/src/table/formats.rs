//! Columnar file formats: Parquet and Arrow IPC.

use super::columns::{batch, schema};
use arrow_ipc::writer::FileWriter;
use arrow_schema::Schema;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use passband_flow::data::{Data, Field, Form, Kind, Value};
use passband_flow::format::{Format, Message};
use passband_flow::part::FormatPlan;
use passband_signal::{Fault, Result};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

passband_flow::settings! {
    /// Apache Parquet, for the sink `file`: a column for each field of the record, and one with the stream's name.
    ///
    /// It is compressed with Zstandard; times have their type, and unit and text of a field are its metadata. Read it
    /// with pyarrow, polars, pandas or DuckDB.
    pub struct Parquet {
        /// Rows in a group: memory that writer and reader need, against how much of a file a query can pass over.
        row_group: u32 = "65536",
    }
}

passband_flow::settings! {
    /// Apache Arrow IPC (Feather), for the sink `file`: the columns of `parquet`, as they lie in memory.
    pub struct Arrow {
        /// Rows in a batch.
        batch: u32 = "65536",
    }
}

/// A buffer between a writer and the caller that takes the bytes written.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<u8>>>);

impl Write for Taken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file format.
#[derive(Clone, Copy, PartialEq)]
enum File {
    Parquet,
    Arrow,
}

enum Writer {
    Parquet(Box<ArrowWriter<Taken>>),
    Arrow(Box<FileWriter<Taken>>),
}

/// State that depends on the first record.
struct Open {
    fields: Vec<Field>,
    schema: Arc<Schema>,
    writer: Writer,
}

/// Writes records as columns.
struct Columns {
    file: File,
    most: usize,
    taken: Taken,
    open: Option<Open>,
    streams: Vec<Arc<str>>,
    rows: Vec<Vec<Value<'static>>>,
}

impl FormatPlan for Parquet {
    fn open(self) -> Box<dyn Format> {
        Box::new(Columns::new(File::Parquet, self.row_group))
    }
}

impl FormatPlan for Arrow {
    fn open(self) -> Box<dyn Format> {
        Box::new(Columns::new(File::Arrow, self.batch))
    }
}

/// Maximum number of buffered numbers, regardless of the number of rows: rows may be long.
const NUMBERS: usize = 1 << 22;

impl Columns {
    fn new(file: File, most: u32) -> Self {
        let most = most.max(1) as usize;
        Self { file, most, taken: Taken::default(), open: None, streams: vec![], rows: vec![] }
    }

    fn begun(&mut self, fields: &[Field]) -> Result<()> {
        let tell = |why: String| Fault::new("these records cannot be written as columns").why(why);
        match &self.open {
            Some(open) if open.fields == fields => return Ok(()),
            Some(open) => {
                let new = fields.iter().find(|field| !open.fields.contains(field));
                let what = new.map_or("fewer columns".into(), |field| format!("a column {}", field.name()));
                return Err(Fault::new(format!("a record has {what}, and the file was begun without"))
                    .why("a file of columns has those of its first record")
                    .fix("write json, or a file for each"));
            }
            None => {}
        }
        let schema = Arc::new(schema(fields).map_err(tell)?);
        let writer = match self.file {
            File::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::default());
                let how = WriterProperties::builder()
                    .set_compression(zstd)
                    .set_max_row_group_row_count(Some(self.most))
                    .build();
                let made = ArrowWriter::try_new(self.taken.clone(), schema.clone(), Some(how));
                Writer::Parquet(Box::new(made.map_err(|error| tell(error.to_string()))?))
            }
            File::Arrow => {
                let made = FileWriter::try_new(self.taken.clone(), &schema);
                Writer::Arrow(Box::new(made.map_err(|error| tell(error.to_string()))?))
            }
        };
        self.open = Some(Open { fields: fields.to_vec(), schema, writer });
        Ok(())
    }

    /// Writes the buffered rows.
    fn flush(&mut self) -> Result<()> {
        let Some(Open { fields, schema, writer }) = &mut self.open else { return Ok(()) };
        let tell = |why: String| Fault::new("records cannot be written as columns").why(why);
        if !self.rows.is_empty() {
            let batch = batch(schema, fields, &self.streams, &self.rows).map_err(tell)?;
            self.rows.clear();
            self.streams.clear();
            match writer {
                Writer::Parquet(writer) => writer.write(&batch).map_err(|error| tell(error.to_string()))?,
                Writer::Arrow(writer) => writer.write(&batch).map_err(|error| tell(error.to_string()))?,
            }
        }
        Ok(())
    }

    fn give(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.taken.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn waiting(&self) -> usize {
        let row = self.rows.last().map_or(0, |row| row.iter().map(|value| value.items().unwrap_or(1)).sum());
        row * self.rows.len()
    }
}

impl Format for Columns {
    fn encode(&mut self, _: &Data, _: &mut Vec<u8>) -> Result<()> {
        Err(Fault::new("columns are for files").fix("write avro or json"))
    }
    fn decode(&mut self, _: Kind, _: &Message<'_>) -> Result<Data, String> {
        Err("files of columns are written, and not read".into())
    }
    fn refuses(&self, kind: Kind) -> Option<String> {
        kind.declaration().is_none().then(|| format!("there are no columns of {kind}"))
    }
    fn unread(&self, _: Kind) -> Option<String> {
        Some("files of columns are written, and not read".into())
    }
    fn is_for_files(&self) -> bool {
        true
    }
    fn is_text(&self) -> bool {
        false
    }
    fn append_of(&mut self, stream: &str, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        let Some(record) = data.record() else {
            return Err(Fault::new(format!("there are no columns of {}", data.kind())));
        };
        self.begun(record.fields(Form::Plain))?;
        self.rows.push(record.values(Form::Plain).into_iter().map(Value::into_owned).collect());
        match self.streams.last() {
            Some(last) if **last == *stream => self.streams.push(last.clone()),
            _ => self.streams.push(stream.into()),
        }
        if self.rows.len() >= self.most || self.waiting() >= NUMBERS {
            self.flush()?;
        }
        self.give(out);
        Ok(())
    }
    fn end(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.flush()?;
        let tell = |why: String| Fault::new("the end of the file cannot be written").why(why);
        match self.open.take().map(|open| open.writer) {
            Some(Writer::Parquet(writer)) => {
                writer.close().map_err(|error| tell(error.to_string()))?;
            }
            Some(Writer::Arrow(mut writer)) => writer.finish().map_err(|error| tell(error.to_string()))?,
            None => {}
        }
        self.give(out);
        Ok(())
    }
}
