//! The schema of a table: derived from the declaration of its records, compared with an existing one, and extended.

use super::fault;
use crate::table::columns;
use arrow_array::{
    Array, ArrayRef, ListArray, RecordBatch, StructArray, TimestampMicrosecondArray, new_null_array,
};
use arrow_schema::{DataType, Field as Column, Schema as ArrowSchema, TimeUnit};
use iceberg::arrow::{arrow_schema_to_schema_auto_assign_ids, schema_to_arrow_schema};
use iceberg::spec::{NestedFieldRef, Schema, Transform, Type, UnboundPartitionSpec};
use passband_flow::config::{Named, unknown};
use passband_flow::data::{Field, Role};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// The column with the origin of a row: `SHARD@OFFSET` of the datum in the source, such as the partition and offset in
/// a Kafka topic.
pub const SOURCE: &str = "_source";
/// The column with the run that wrote the row; `passband table history` lists runs.
pub const RUN: &str = "_run";

/// The column with the event time, for records without a timestamp field.
pub const TIME: &str = "_time";

/// Whether records with these fields have a column for their event time.
pub fn lacks_time(fields: &[Field]) -> bool {
    fields.iter().all(|field| field.role != Role::Time)
}

/// The Arrow columns of records with these fields. All are nullable, so that a later run may omit one. Names in nested
/// objects are joined by `_`, because `.` separates names in SQL. `rename` renames columns.
pub fn columns(fields: &[Field], rename: &Named) -> Result<Arc<ArrowSchema>> {
    let tell = |why: String| Fault::new("these records cannot be rows of a table").why(why);
    let plain = columns::schema(fields).map_err(tell)?;
    let mut all: Vec<Column> = vec![];
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let own = [
        (TIME, time, "The event time of the row."),
        (SOURCE, DataType::Utf8, "The datum that completed the row: shard and offset of the source."),
        (RUN, DataType::Utf8, "The run that wrote the row."),
    ];
    let own =
        own.into_iter().filter(|(name, ..)| *name != TIME || lacks_time(fields)).map(|(name, kind, doc)| {
            Arc::new(Column::new(name, kind, true).with_metadata([("doc".into(), doc.into())].into()))
        });
    let own: Vec<_> = own.collect();
    for column in plain.fields().iter().chain(&own) {
        let name = column.name().replace('.', "_");
        let name = rename.0.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| to.clone());
        if all.iter().any(|known| *known.name() == name) {
            return Err(tell(format!("two columns would have the name {name}")));
        }
        let mut about = column.metadata().clone();
        if let Some(unit) = about.get("unit") {
            // Iceberg stores no units, so they are part of the description
            let doc = about.get("doc").map_or(String::new(), |doc| format!("{doc} "));
            about.insert("doc".into(), format!("{doc}Unit: {unit}."));
        }
        all.push(column.as_ref().clone().with_name(name).with_nullable(true).with_metadata(about));
    }
    Ok(Arc::new(ArrowSchema::new(all)))
}

/// Converts the columns to a schema of Iceberg.
pub fn declared(columns: &ArrowSchema) -> Result<Schema> {
    arrow_schema_to_schema_auto_assign_ids(columns)
        .map_err(|error| fault("these records cannot be rows of a table", error))
}

/// The columns that a table lacks, in order.
///
/// # Errors   a column that exists with another type
pub fn missing<'a>(wanted: &'a Schema, there: &Schema, table: &str) -> Result<Vec<&'a NestedFieldRef>> {
    let mut missing = vec![];
    for field in wanted.as_struct().fields() {
        match there.as_struct().fields().iter().find(|known| known.name == field.name) {
            None => missing.push(field),
            Some(known) if same(&known.field_type, &field.field_type) => {}
            Some(known) => {
                let what = format!("the column {} of the table {table} has another type", field.name);
                let (is, comes) = (words(&known.field_type), words(&field.field_type));
                let fault = Fault::new(what).why(format!("it is {is}, and the results have {comes}"));
                return Err(fault
                    .fix("write to another table, or give the sink the kind of data that is in this one"));
            }
        }
    }
    let ours = |name: &str| wanted.as_struct().fields().iter().any(|field| field.name == name);
    if let Some(other) = there.as_struct().fields().iter().find(|known| known.required && !ours(&known.name))
    {
        let what = format!("the table {table} is not one of these results");
        let fault = Fault::new(what)
            .why(format!("it needs a value in the column {}, and they have none", other.name));
        return Err(fault.fix("write to another table"));
    }
    Ok(missing)
}

/// The name of a type in Iceberg's notation: `list<float>`.
pub fn words(kind: &Type) -> String {
    match kind {
        Type::Primitive(kind) => kind.to_string(),
        Type::List(list) => format!("list<{}>", words(&list.element_field.field_type)),
        Type::Map(map) => {
            format!("map<{}, {}>", words(&map.key_field.field_type), words(&map.value_field.field_type))
        }
        Type::Struct(record) => {
            let inner =
                record.fields().iter().map(|field| format!("{}: {}", field.name, words(&field.field_type)));
            format!("struct<{}>", inner.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether two types are equal except for field ids.
fn same(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Primitive(a), Type::Primitive(b)) => a == b,
        (Type::List(a), Type::List(b)) => same(&a.element_field.field_type, &b.element_field.field_type),
        (Type::Struct(a), Type::Struct(b)) => {
            a.fields().len() == b.fields().len()
                && a.fields()
                    .iter()
                    .zip(b.fields())
                    .all(|(a, b)| a.name == b.name && same(&a.field_type, &b.field_type))
        }
        _ => false,
    }
}

/// Parses the partition fields of a setting: columns, or `day(time)`, `bucket(16, stream)`, `truncate(4, name)`.
pub fn partitions(texts: &[String], schema: &Schema) -> Result<UnboundPartitionSpec> {
    let mut spec = UnboundPartitionSpec::builder().with_spec_id(0);
    for text in texts {
        let (transform, name) = partition(text)?;
        let Some(field) = schema.field_by_name(name) else {
            let known: Vec<&str> =
                schema.as_struct().fields().iter().map(|field| field.name.as_str()).collect();
            let fault =
                Fault::new(format!("partition names {name}, which is no column")).why(unknown(name, &known));
            return Err(fault.fix("name a column that every result has"));
        };
        let target = match transform {
            Transform::Identity => name.to_owned(),
            other => format!("{name}_{}", other.to_string().replace(['[', ']'], "")),
        };
        let added = spec.add_partition_field(field.id, target, transform);
        spec = added.map_err(|error| fault(format!("partition {text:?} cannot be used"), error))?;
    }
    Ok(spec.build())
}

/// Parses a partition transform and its column.
pub fn partition(text: &str) -> Result<(Transform, &str)> {
    let refused = || {
        Fault::new(format!("partition {text:?} is not understood"))
            .fix("write a column, or one of year, month, day, hour (of a time): day(time); bucket(16, stream); truncate(4, stream)")
    };
    let Some((name, rest)) = text.split_once('(') else { return Ok((Transform::Identity, text.trim())) };
    let inner = rest.trim_end().strip_suffix(')').ok_or_else(refused)?;
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(refused);
    Ok(match (name.trim(), inner.split_once(',')) {
        ("identity", None) => (Transform::Identity, inner.trim()),
        ("year", None) => (Transform::Year, inner.trim()),
        ("month", None) => (Transform::Month, inner.trim()),
        ("day", None) => (Transform::Day, inner.trim()),
        ("hour", None) => (Transform::Hour, inner.trim()),
        ("bucket", Some((n, column))) => (Transform::Bucket(number(n)?), column.trim()),
        ("truncate", Some((n, column))) => (Transform::Truncate(number(n)?), column.trim()),
        _ => return Err(refused()),
    })
}

/// The Arrow schema of a table's data files.
pub fn of_files(schema: &Schema) -> Result<Arc<ArrowSchema>> {
    let arrow = schema_to_arrow_schema(schema);
    arrow.map(Arc::new).map_err(|error| fault("the columns of the table cannot be written", error))
}

/// Converts a batch to the columns of a table, in their order and with their types; missing columns are null.
pub fn conform(batch: &RecordBatch, files: &Arc<ArrowSchema>) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let column = |wanted: &Arc<Column>| match batch.column_by_name(wanted.name()) {
        Some(array) => typed(array, wanted.data_type()),
        None => Ok(new_null_array(wanted.data_type(), rows)),
    };
    let columns: Result<Vec<ArrayRef>, String> = files.fields().iter().map(column).collect();
    let made =
        columns.and_then(|all| RecordBatch::try_new(files.clone(), all).map_err(|error| error.to_string()));
    made.map_err(|why| Fault::new("rows do not fit the table").why(why))
}

/// Converts an array to a type that differs only in the names and ids of nested fields.
fn typed(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, String> {
    let told = |error: arrow_schema::ArrowError| error.to_string();
    Ok(match (to, array.data_type()) {
        (to, from) if to == from => array.clone(),
        (DataType::List(item), _) => {
            let list = array.as_any().downcast_ref::<ListArray>().ok_or("a list was expected")?;
            let values = typed(list.values(), item.data_type())?;
            let made =
                ListArray::try_new(item.clone(), list.offsets().clone(), values, list.nulls().cloned());
            Arc::new(made.map_err(told)?)
        }
        (DataType::Struct(fields), _) => {
            let record = array.as_any().downcast_ref::<StructArray>().ok_or("a record was expected")?;
            let inner =
                fields.iter().zip(record.columns()).map(|(field, column)| typed(column, field.data_type()));
            let inner: Result<Vec<_>, String> = inner.collect();
            Arc::new(StructArray::try_new(fields.clone(), inner?, record.nulls().cloned()).map_err(told)?)
        }
        (DataType::Timestamp(_, Some(zone)), DataType::Timestamp(_, Some(_))) => {
            let times =
                array.as_any().downcast_ref::<TimestampMicrosecondArray>().ok_or("µs were expected")?;
            Arc::new(times.clone().with_timezone(zone.clone()))
        }
        (to, from) => return Err(format!("{from} where the table has {to}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_columns_and_what_is_made_of_them() {
        for (text, right) in [
            ("stream", Some((Transform::Identity, "stream"))),
            ("day(time)", Some((Transform::Day, "time"))),
            ("bucket(16, stream)", Some((Transform::Bucket(16), "stream"))),
            ("truncate( 4,name )", Some((Transform::Truncate(4), "name"))),
            ("bucket(0, stream)", None),
            ("week(time)", None),
            ("day(time", None),
        ] {
            assert_eq!(partition(text).ok(), right, "{text}");
        }
    }
}
