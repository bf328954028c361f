//! Rows as files and lines: CSV, NDJSON, Parquet, Arrow.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::{Writer as Csv, WriterBuilder};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::writer::FileWriter as Arrow;
use datafusion::arrow::json::writer::{LineDelimited, Writer as Lines, WriterBuilder as JsonBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use passband_signal::{Fault, Result};
use std::io::Write;
use std::path::Path;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// A line with the names, then a line for each row. Lists are not for it.
    Csv,
    /// An object for each row, a line each.
    Json,
    /// Apache Parquet, compressed with Zstandard.
    Parquet,
    /// Apache Arrow IPC.
    Arrow,
}

/// Endings of files by format.
const ENDINGS: [(&str, OutputFormat); 6] = [
    ("parquet", OutputFormat::Parquet),
    ("arrow", OutputFormat::Arrow),
    ("csv", OutputFormat::Csv),
    ("json", OutputFormat::Json),
    ("ndjson", OutputFormat::Json),
    ("jsonl", OutputFormat::Json),
];

impl OutputFormat {
    /// The format that the ending of a file names.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let known = ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
        known.map(|(_, format)| *format).ok_or_else(|| {
            let names: Vec<_> = ENDINGS.iter().map(|(ending, _)| format!(".{ending}")).collect();
            let fault = Fault::new(format!("the ending of {} names no format", path.display()));
            fault.fix(format!("use one of {}", names.join(", ")))
        })
    }

    /// Whether it is text, and may go to a terminal.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json)
    }
}

/// Writes rows in a format.
///
/// ```
/// use passband_lake::table::sql::{Output, OutputFormat, Session};
/// let session = Session::new()?;
/// let statements = session.parse("SELECT 1 AS a, 'x' AS b")?;
/// let mut answer = session.run(&statements[0])?;
/// let mut out = Output::new(OutputFormat::Csv, Vec::new(), answer.schema())?;
/// while let Some(rows) = answer.next_rows()? {
///     out.write(&rows)?;
/// }
/// assert_eq!(out.finish()?, b"a,b\n1,x\n");
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub struct Output<W: Write + Send>(Writer<W>);

enum Writer<W: Write + Send> {
    Csv(Box<Csv<W>>),
    Json(Lines<W, LineDelimited>),
    Parquet(Box<ArrowWriter<W>>),
    Arrow(Box<Arrow<W>>),
}

fn tell(error: impl std::fmt::Display) -> Fault {
    Fault::new("the rows cannot be written").why(error).fix("make room, or write another format")
}

impl<W: Write + Send> Output<W> {
    /// Begins to write rows with these columns.
    ///
    /// # Errors  columns that the format does not have, such as lists in CSV
    pub fn new(format: OutputFormat, out: W, schema: &SchemaRef) -> Result<Self> {
        Ok(Self(match format {
            OutputFormat::Csv => {
                if let Some(column) = schema.fields().iter().find(|field| field.data_type().is_nested()) {
                    return Err(Fault::new(format!(
                        "the column {} holds lists or structures",
                        column.name()
                    ))
                    .why("CSV has one value in a field")
                    .fix(format!(
                        "write json or parquet, or select single values, such as {}[1]",
                        column.name()
                    )));
                }
                let mut csv = WriterBuilder::new().with_header(true).build(out);
                // without rows the names are all there is
                csv.write(&RecordBatch::new_empty(schema.clone())).map_err(tell)?;
                Writer::Csv(Box::new(csv))
            }
            OutputFormat::Json => Writer::Json(JsonBuilder::new().with_explicit_nulls(true).build(out)),
            OutputFormat::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder().set_compression(zstd).build();
                let made = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(tell)?;
                Writer::Parquet(Box::new(made))
            }
            OutputFormat::Arrow => Writer::Arrow(Box::new(Arrow::try_new(out, schema).map_err(tell)?)),
        }))
    }

    /// Writes rows.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        match &mut self.0 {
            Writer::Csv(out) => out.write(rows).map_err(tell),
            Writer::Json(out) => out.write(rows).map_err(tell),
            Writer::Parquet(out) => out.write(rows).map_err(tell),
            Writer::Arrow(out) => out.write(rows).map_err(tell),
        }
    }

    /// Ends the file, and gives back what it was written to.
    pub fn finish(self) -> Result<W> {
        match self.0 {
            Writer::Csv(out) => Ok(out.into_inner()),
            Writer::Json(mut out) => {
                out.finish().map_err(tell)?;
                Ok(out.into_inner())
            }
            Writer::Parquet(out) => out.into_inner().map_err(tell),
            Writer::Arrow(out) => (*out).into_inner().map_err(tell),
        }
    }
}
