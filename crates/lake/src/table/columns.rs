//! The fields of records as Arrow arrays.

use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int64Type};
use arrow_array::{
    ArrayRef, Float32Array, Float64Array, Int64Array, ListArray, PrimitiveArray, RecordBatch, StructArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field as Column, Schema, TimeUnit};
use passband_flow::data::{Field, Type, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The name of the column that holds the stream's name.
const STREAM: &str = "stream";

/// The Arrow schema of records with these fields: the unit and description of each field are stored as metadata.
pub fn schema(fields: &[Field]) -> Result<Schema, String> {
    let mut columns = vec![];
    if fields.iter().all(|field| field.name() != STREAM) {
        columns.push(Column::new(STREAM, DataType::Utf8, false));
    }
    for field in fields {
        columns.push(column(field)?);
    }
    Ok(Schema::new(columns))
}

/// The Arrow column of a field, with its unit and description as metadata.
pub fn column(field: &Field) -> Result<Column, String> {
    let kind = data_type(&field.kind).ok_or_else(|| format!("{} has no columns", field.name()))?;
    let about = [("unit", field.unit), ("doc", &*field.doc)];
    let about = about.into_iter().filter(|(_, text)| !text.is_empty());
    let about: HashMap<String, String> = about.map(|(key, text)| (key.into(), text.into())).collect();
    Ok(Column::new(field.name(), kind, nullable(&field.kind)).with_metadata(about))
}

fn nullable(kind: &Type) -> bool {
    matches!(kind, Type::Optional(_) | Type::Double)
}

fn data_type(kind: &Type) -> Option<DataType> {
    Some(match kind {
        Type::Bool => DataType::Boolean,
        Type::Long => DataType::Int64,
        Type::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::Double => DataType::Float64,
        Type::Float => DataType::Float32,
        Type::Text | Type::Symbol(..) => DataType::Utf8,
        Type::Optional(kind) => data_type(kind)?,
        Type::List(kind) => DataType::List(Arc::new(item(kind)?)),
        Type::Record(_, fields) => DataType::Struct(
            fields
                .iter()
                .map(|field| Some(Column::new(field.name(), data_type(&field.kind)?, nullable(&field.kind))))
                .collect::<Option<_>>()?,
        ),
        // its keys are unknown until there is a value
        Type::Map(_) => return None,
    })
}

fn item(kind: &Type) -> Option<Column> {
    Some(Column::new("item", data_type(kind)?, nullable(kind)))
}

/// Converts rows of records to a batch.
pub fn batch(
    schema: &Arc<Schema>,
    fields: &[Field],
    streams: &[Arc<str>],
    rows: &[Vec<Value<'_>>],
) -> Result<RecordBatch, String> {
    let mut columns: Vec<ArrayRef> = vec![];
    if schema.fields().len() > fields.len() {
        let mut names = StringBuilder::new();
        streams.iter().for_each(|name| names.append_value(name));
        columns.push(Arc::new(names.finish()));
    }
    for (at, field) in fields.iter().enumerate() {
        let values: Vec<&Value<'_>> = rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null)).collect();
        columns.push(array(&field.kind, &values)?);
    }
    RecordBatch::try_new(schema.clone(), columns).map_err(|error| error.to_string())
}

fn primitive<T: ArrowPrimitiveType>(
    values: &[&Value<'_>],
    of: impl Fn(&Value<'_>) -> Option<T::Native>,
) -> PrimitiveArray<T> {
    values.iter().map(|value| of(value)).collect()
}

fn long(value: &Value<'_>) -> Option<i64> {
    if let Value::Long(value) = value { Some(*value) } else { None }
}

fn double(value: &Value<'_>) -> Option<f64> {
    if let Value::Double(value) = value { Some(*value) } else { None }
}

/// Converts values of one type to a column.
pub fn array(kind: &Type, values: &[&Value<'_>]) -> Result<ArrayRef, String> {
    Ok(match kind {
        Type::Optional(kind) => return array(kind, values),
        Type::Bool => {
            let mut all = BooleanBuilder::new();
            let truth = |value: &Value<'_>| if let Value::Bool(truth) = value { Some(*truth) } else { None };
            values.iter().for_each(|value| all.append_option(truth(value)));
            Arc::new(all.finish())
        }
        Type::Long => Arc::new(primitive::<Int64Type>(values, long)),
        Type::Time => {
            let times: TimestampMicrosecondArray = values.iter().map(|value| long(value)).collect();
            Arc::new(times.with_timezone("UTC"))
        }
        Type::Double => Arc::new(primitive::<Float64Type>(values, double)),
        Type::Float => Arc::new(primitive::<Float32Type>(values, |value| double(value).map(|x| x as f32))),
        Type::Text | Type::Symbol(..) => {
            let mut all = StringBuilder::new();
            for value in values {
                match (value, kind) {
                    (Value::Text(text), _) => all.append_value(text),
                    (Value::Symbol(at), Type::Symbol(_, words)) => all.append_option(words.get(*at)),
                    _ => all.append_null(),
                }
            }
            Arc::new(all.finish())
        }
        Type::List(kind) => Arc::new(list(kind, values)?),
        Type::Record(_, fields) => {
            let mut columns: Vec<ArrayRef> = vec![];
            for (at, field) in fields.iter().enumerate() {
                let inner: Vec<&Value<'_>> = values
                    .iter()
                    .map(|value| match value {
                        Value::Record(values) => values.get(at).unwrap_or(&Value::Null),
                        _ => &Value::Null,
                    })
                    .collect();
                columns.push(array(&field.kind, &inner)?);
            }
            let DataType::Struct(columns_of) = data_type(kind).unwrap_or(DataType::Null) else {
                return Err("a record has no columns".into());
            };
            Arc::new(StructArray::try_new(columns_of, columns, None).map_err(|error| error.to_string())?)
        }
        Type::Map(_) => return Err("a map has no columns".into()),
    })
}

fn list(kind: &Type, values: &[&Value<'_>]) -> Result<ListArray, String> {
    let offsets = OffsetBuffer::from_lengths(values.iter().map(|value| value.items().unwrap_or(0)));
    let missing = values.iter().any(|value| value.items().is_none());
    let nulls = missing.then(|| NullBuffer::from_iter(values.iter().map(|value| value.items().is_some())));
    let items: ArrayRef = match kind {
        Type::Double => Arc::new(Float64Array::from_iter_values(values.iter().flat_map(|value| {
            match value {
                Value::Doubles(values) => &values[..],
                _ => &[],
            }
            .iter()
            .copied()
        }))),
        Type::Float => Arc::new(Float32Array::from_iter_values(values.iter().flat_map(|value| {
            match value {
                Value::Floats(values) => &values[..],
                _ => &[],
            }
            .iter()
            .copied()
        }))),
        Type::Long => Arc::new(Int64Array::from_iter_values(values.iter().flat_map(|value| {
            match value {
                Value::Longs(values) => &values[..],
                _ => &[],
            }
            .iter()
            .copied()
        }))),
        kind => {
            let inner: Vec<&Value<'_>> = values
                .iter()
                .flat_map(|value| match value {
                    Value::List(items) => &items[..],
                    _ => &[],
                })
                .collect();
            array(kind, &inner)?
        }
    };
    let item = item(kind).ok_or("a list of maps has no columns")?;
    ListArray::try_new(Arc::new(item), offsets, items, nulls).map_err(|error| error.to_string())
}
