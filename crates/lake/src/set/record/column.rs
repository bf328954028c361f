//! Buffers the values of a Parquet column until their row group is written, with definition and repetition levels.

use super::{Feature, Kind};
use ::parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::column::writer::ColumnWriterImpl;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::writer::SerializedColumnWriter;
use ::parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// The values of a row group, in row order.
pub struct Column {
    /// The number of values of each row, `None` for null.
    lengths: Vec<Option<usize>>,
    pub list: bool,
    values: Values,
}

enum Values {
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Blobs(Vec<ByteArray>),
}

impl Column {
    pub fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Int | Kind::Ints => Values::Ints(vec![]),
            Kind::Float | Kind::Floats | Kind::Tensor => Values::Floats(vec![]),
            Kind::Text | Kind::Bytes => Values::Blobs(vec![]),
        };
        let list = matches!(kind, Kind::Ints | Kind::Floats | Kind::Tensor);
        Self { lengths: vec![], list, values }
    }

    /// The Parquet type: an optional value, or an optional list in three levels.
    pub fn field(&self, name: &str, kind: Kind) -> Result<TypePtr, ParquetError> {
        let physical = match self.values {
            Values::Ints(_) => Physical::INT64,
            Values::Floats(_) => Physical::FLOAT,
            Values::Blobs(_) => Physical::BYTE_ARRAY,
        };
        let (converted, logical) = match kind {
            Kind::Text => (ConvertedType::UTF8, Some(LogicalType::String)),
            _ => (ConvertedType::NONE, None),
        };
        let value = |name: &str, repetition| {
            Type::primitive_type_builder(name, physical)
                .with_repetition(repetition)
                .with_converted_type(converted)
                .with_logical_type(logical.clone())
                .build()
                .map(Arc::new)
        };
        if !self.list {
            return value(name, Repetition::OPTIONAL);
        }
        let elements = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![value("element", Repetition::REQUIRED)?])
            .build()?;
        Type::group_type_builder(name)
            .with_repetition(Repetition::OPTIONAL)
            .with_converted_type(ConvertedType::LIST)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(elements)])
            .build()
            .map(Arc::new)
    }

    /// Adds a row and returns its size in bytes. The values of a tensor are part 0, its shape is part 1.
    pub fn take(&mut self, feature: Option<&Feature>, part: usize) -> usize {
        let before = self.values.len();
        let blob = match (&mut self.values, feature) {
            (Values::Ints(values), Some(Feature::Ints(new))) => {
                values.extend(new);
                0
            }
            (Values::Ints(values), Some(Feature::Tensor(tensor))) if part == 1 => {
                values.extend(tensor.shape().iter().map(|size| *size as i64));
                0
            }
            (Values::Floats(values), Some(Feature::Floats(new))) => {
                values.extend(new);
                0
            }
            (Values::Floats(values), Some(Feature::Tensor(tensor))) => {
                values.extend(tensor.values());
                0
            }
            (Values::Blobs(values), Some(Feature::Text(text))) => {
                values.push(text.as_str().into());
                text.len()
            }
            (Values::Blobs(values), Some(Feature::Bytes(bytes))) => {
                values.push(bytes.clone().into());
                bytes.len()
            }
            // the record was checked against the schema, so the feature is missing
            _ => {
                self.lengths.push(None);
                return 0;
            }
        };
        let length = self.values.len() - before;
        self.lengths.push(Some(length));
        8 * length + blob // a float and its two levels
    }

    pub fn is_floats(&self) -> bool {
        matches!(self.values, Values::Floats(_))
    }

    /// Writes and clears the buffered rows.
    pub fn write(&mut self, mut writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let Self { lengths, list, values } = self;
        match values {
            Values::Ints(values) => write(writer.typed::<Int64Type>(), lengths, *list, values)?,
            Values::Floats(values) => write(writer.typed::<FloatType>(), lengths, *list, values)?,
            Values::Blobs(values) => write(writer.typed::<ByteArrayType>(), lengths, *list, values)?,
        }
        lengths.clear();
        match values {
            Values::Ints(values) => values.clear(),
            Values::Floats(values) => values.clear(),
            Values::Blobs(values) => values.clear(),
        }
        writer.close()
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Ints(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Blobs(values) => values.len(),
        }
    }
}

/// Number of levels after which a batch is written, at the end of a row.
const LEVELS: usize = 1 << 16;

/// Writes all rows with their levels. Definition level 0 is null; in a list, 1 is an empty list and 2 a value.
fn write<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    lengths: &[Option<usize>],
    list: bool,
    mut values: &[T::T],
) -> Result<(), ParquetError> {
    let (mut definitions, mut repetitions, mut count) = (vec![], vec![], 0);
    let present = if list { 2 } else { 1 };
    for (row, length) in lengths.iter().enumerate() {
        repetitions.push(0);
        match length {
            None => definitions.push(0),
            Some(0) => definitions.push(1),
            Some(length) => {
                definitions.resize(definitions.len() + length, present);
                repetitions.resize(definitions.len(), 1);
                count += length;
            }
        }
        if definitions.len() >= LEVELS || row + 1 == lengths.len() {
            let (now, later) = values.split_at(count);
            writer.write_batch(now, Some(&definitions), list.then_some(&repetitions[..]))?;
            (values, count) = (later, 0);
            definitions.clear();
            repetitions.clear();
        }
    }
    Ok(())
}
