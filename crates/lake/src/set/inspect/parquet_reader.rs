//! Reads records from Parquet row by row, so that memory is bounded by pages, not row groups.

use super::record_reader::RecordReader;
use super::shard::unread;
use crate::set::record::{Feature, Kind, Record, Schema, Tensor};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use passband_signal::{Fault, Result};
use std::fs::File;

pub struct ParquetReader {
    file: SerializedFileReader<File>,
    /// The features of the manifest that have a column: the index of the column, and that of the column with the shape.
    features: Vec<(String, Kind, usize, Option<usize>)>,
    /// The next row group, and the rows left in the current one.
    group: usize,
    left: i64,
    readers: Vec<ColumnReader>,
    row: u64,
}

impl ParquetReader {
    pub fn new(file: File, schema: &Schema) -> Result<Self> {
        let file = SerializedFileReader::new(file).map_err(unreadable)?;
        let columns = file.metadata().file_metadata().schema_descr().columns();
        let find =
            |name: &str| columns.iter().position(|c| c.path().parts().first().is_some_and(|n| n == name));
        let mut features = vec![];
        for (name, kind) in schema.features() {
            let shape = if kind == Kind::Tensor { find(&format!("{name}_shape")) } else { None };
            if let Some(column) = find(name) {
                features.push((name.to_owned(), kind, column, shape));
            }
        }
        Ok(Self { file, features, group: 0, left: 0, readers: vec![], row: 0 })
    }

    fn open_group(&mut self) -> Result<(), ParquetError> {
        let group = self.file.get_row_group(self.group)?;
        self.left = group.metadata().num_rows();
        self.readers =
            (0..group.num_columns()).map(|n| group.get_column_reader(n)).collect::<Result<_, _>>()?;
        self.group += 1;
        Ok(())
    }

    fn feature(&mut self, at: usize) -> Result<Option<Feature>> {
        let (kind, column, shape) = (self.features[at].1, self.features[at].2, self.features[at].3);
        let value = value(&mut self.readers[column], kind).map_err(unreadable)?;
        let shape = match shape {
            Some(column) => self::value(&mut self.readers[column], Kind::Ints).map_err(unreadable)?,
            None => None,
        };
        Ok(match (value, shape) {
            (Some(Feature::Floats(values)), Some(Feature::Ints(shape))) if kind == Kind::Tensor => {
                let sizes = shape.iter().map(|size| u64::try_from(*size));
                let sizes = sizes.collect::<Result<_, _>>().map_err(|error| Fault::new(error.to_string()))?;
                Some(Tensor::new(sizes, values)?.into())
            }
            (value, _) => value,
        })
    }
}

impl RecordReader for ParquetReader {
    fn next(&mut self) -> Result<Option<Record>> {
        while self.left == 0 {
            if self.group == self.file.num_row_groups() {
                return Ok(None);
            }
            self.open_group().map_err(unreadable)?;
        }
        let row = self.row;
        let mut record = Record::new(row.to_string());
        for at in 0..self.features.len() {
            if let Some(feature) = self.feature(at).map_err(|fault| fault.at(format!("record {row}")))? {
                record.push(self.features[at].0.as_str(), feature)?;
            }
        }
        self.left -= 1;
        self.row += 1;
        Ok(Some(record))
    }
}

/// The next value of a column, if it is not null.
fn value(reader: &mut ColumnReader, kind: Kind) -> Result<Option<Feature>, ParquetError> {
    Ok(match reader {
        ColumnReader::Int64ColumnReader(reader) => row(reader)?.map(Feature::Ints),
        ColumnReader::FloatColumnReader(reader) => row(reader)?.map(Feature::Floats),
        ColumnReader::ByteArrayColumnReader(reader) => {
            let blob = row(reader)?.and_then(|mut blobs| blobs.pop());
            match (blob, kind) {
                (Some(blob), Kind::Text) => Some(blob.as_utf8()?.into()),
                (blob, _) => blob.map(|blob| blob.data().to_vec().into()),
            }
        }
        _ => return Err(ParquetError::General("a column is of a type that Passband does not write".into())),
    })
}

fn row<T: DataType>(reader: &mut ColumnReaderImpl<T>) -> Result<Option<Vec<T::T>>, ParquetError> {
    let (mut definitions, mut repetitions, mut values) = (vec![], vec![], vec![]);
    let (rows, ..) = reader.read_records(1, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
    if rows == 0 {
        return Err(ParquetError::EOF("a column has fewer rows than its group".into()));
    }
    Ok((definitions.first() != Some(&0)).then_some(values))
}

fn unreadable(error: ParquetError) -> Fault {
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => unread(*error),
            Err(error) => Fault::new("a shard cannot be read as Parquet").why(error),
        },
        error => Fault::new("a shard cannot be read as Parquet").why(error),
    }
}
