//! Parquet: one column per feature; a tensor has a second column, `NAME_shape`.
//!
//! All columns are nullable. Floats are encoded with BYTE_STREAM_SPLIT, which improves the compression of audio.

use super::column::Column;
use super::output::{Checked, unwritten};
use super::schema::place;
use super::{Kind, Record, Schema, ShardWriter, Written};
use ::parquet::basic::{Compression, Encoding, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::{ColumnPath, Type};
use passband_signal::{Fault, Result};
use std::io::Write;
use std::sync::Arc;

pub struct Parquet<W: Write + Send> {
    out: SerializedFileWriter<Checked<W>>,
    schema: Schema,
    columns: Vec<Column>,
    /// Number of bytes and rows in `columns`.
    waiting: usize,
    rows: usize,
    records: u64,
}

/// The size of a row group in bytes, which bounds the memory of writer and reader.
const GROUP: usize = 32 << 20;
const GROUP_ROWS: usize = 1 << 20;

impl<W: Write + Send> Parquet<W> {
    pub fn new(schema: &Schema, out: Checked<W>) -> Result<Self> {
        if schema.features().len() == 0 {
            return Err(Fault::new("a Parquet file needs a feature").why("without columns it has no rows"));
        }
        let (mut fields, mut columns) = (vec![], vec![]);
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(unsaved)?))
            .set_created_by("passband".to_owned());
        for (name, kind) in schema.features() {
            if kind == Kind::Tensor && schema.features().any(|(other, _)| other == shape_name(name)) {
                return Err(Fault::new(format!(
                    "the name of the feature {:?} is reserved",
                    shape_name(name)
                ))
                .why(format!("it is the name of the column for the shape of {name:?}"))
                .fix("rename it"));
            }
            let named = [(name.to_owned(), kind), (shape_name(name), Kind::Ints)];
            for (name, kind) in named.into_iter().take(if kind == Kind::Tensor { 2 } else { 1 }) {
                let column = Column::new(kind);
                let path = ColumnPath::new(match column.list {
                    true => vec![name.clone(), "list".into(), "element".into()],
                    false => vec![name.clone()],
                });
                if column.is_floats() {
                    properties = properties
                        .set_column_dictionary_enabled(path.clone(), false)
                        .set_column_encoding(path.clone(), Encoding::BYTE_STREAM_SPLIT);
                }
                if column.list || kind == Kind::Bytes {
                    // minimum and maximum of samples are of no use to queries
                    properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
                }
                fields.push(column.field(&name, kind).map_err(unsaved)?);
                columns.push(column);
            }
        }
        let root = Type::group_type_builder("schema").with_fields(fields).build().map_err(unsaved)?;
        let out =
            SerializedFileWriter::new(out, Arc::new(root), Arc::new(properties.build())).map_err(unsaved)?;
        Ok(Self { out, schema: schema.clone(), columns, waiting: 0, rows: 0, records: 0 })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.out.next_row_group()?;
        for column in &mut self.columns {
            let writer = group.next_column()?.ok_or_else(|| ParquetError::General("no column".into()))?;
            column.write(writer)?;
        }
        group.close()?;
        (self.waiting, self.rows) = (0, 0);
        Ok(())
    }
}

impl<W: Write + Send> ShardWriter for Parquet<W> {
    fn add(&mut self, record: &Record) -> Result<()> {
        self.schema.check(record)?;
        let mut columns = self.columns.iter_mut();
        for (name, kind) in self.schema.features() {
            let feature = record.get(name);
            let parts = if kind == Kind::Tensor { 2 } else { 1 };
            for (part, column) in columns.by_ref().take(parts).enumerate() {
                self.waiting += column.take(feature, part);
            }
        }
        self.rows += 1;
        self.records += 1;
        if self.waiting >= GROUP || self.rows >= GROUP_ROWS {
            self.write_group().map_err(|error| unsaved(error).at(place(record)))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written> {
        if self.rows > 0 {
            self.write_group().map_err(unsaved)?;
        }
        let mut out = self.out.into_inner().map_err(unsaved)?;
        out.flush().map_err(unwritten)?;
        Ok(Written { records: self.records, bytes: out.bytes, crc32c: out.crc.value() })
    }
}

fn shape_name(name: &str) -> String {
    format!("{name}_shape")
}

fn unsaved(error: ParquetError) -> Fault {
    Fault::new(format!("a shard cannot be written as Parquet: {error}"))
}
