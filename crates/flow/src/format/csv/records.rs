//! Records as rows of a table, by their declarations.
//!
//! A record whose lists lie along an axis gives one row per item: identifying fields, the axis, the lists and the
//! number of folded parts. A record with a list of records gives one row per item, preceded by its other fields. Any
//! other record is one row, in which a list of events is one cell.

use crate::data::{AnyRecord, Field, Form, Role, Type, Value};
use passband_signal::{Fault, Result};
use std::io::Write;

/// Writes rows under a header line.
#[derive(Default)]
pub struct Rows {
    /// The columns, once the header is written.
    columns: Option<Vec<String>>,
}

/// A column: its name, and its value for an item.
type Column<'a> = (String, Box<dyn Fn(usize) -> Value<'a> + 'a>);

impl Rows {
    /// Appends a record, and the header before the first one.
    pub fn write(
        &mut self,
        stream: &str,
        record: &dyn AnyRecord,
        delimiter: u8,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let (mut columns, rows) = columns(record);
        if record.declaration().streams {
            let name = stream.to_owned();
            columns.insert(0, ("stream".into(), Box::new(move |_| Value::Text(name.clone().into()))));
        }
        let names = || columns.iter().map(|(name, _)| name);
        match &self.columns {
            None => {
                names().enumerate().for_each(|(at, name)| {
                    separate(at, delimiter, out);
                    text(name, delimiter, out);
                });
                out.push(b'\n');
                self.columns = Some(names().cloned().collect());
            }
            Some(known) if names().eq(known) => {}
            Some(known) => {
                let new = names().find(|name| !known.contains(name));
                let what = new.map_or("fewer columns".to_owned(), |name| format!("a column {name}"));
                return Err(Fault::new(format!("a row has {what}, which the header of the table has not"))
                    .why("a table has the columns of its first row")
                    .fix("add the column to output of the transform (early results: result = \"result\"), or write json"));
            }
        }
        for row in 0..rows {
            for (at, (_, value)) in columns.iter().enumerate() {
                separate(at, delimiter, out);
                cell(&value(row), delimiter, out);
            }
            out.push(b'\n');
        }
        Ok(())
    }
}

/// The columns of a record, and its number of rows.
fn columns(record: &dyn AnyRecord) -> (Vec<Column<'_>>, usize) {
    let fields = record.fields(Form::Plain);
    let values = record.values(Form::Plain);
    let mut all: Vec<Column<'_>> = vec![];
    let (mut scalars, mut lists): (Vec<_>, Vec<_>) =
        fields.iter().zip(values).partition(|(_, value)| value.items().is_none());
    if fields.iter().all(|field| field.role != Role::Stream)
        && (record.declaration().of)(Form::Exact).iter().any(|field| field.role == Role::Stream)
    {
        let key = record.key().unwrap_or_default();
        all.push(("key".into(), Box::new(move |_| Value::Text(key.clone().into()))));
    }
    if let Some(along) = record.along() {
        // the remaining fields are lists with one item per row
        lists.retain(|(field, _)| matches!(&field.kind, Type::List(kind) if **kind == Type::Double));
        let counts: Vec<_> = scalars.extract_if(.., |(field, _)| field.role == Role::Count).collect();
        scalars.retain(|(field, _)| matches!(field.role, Role::Stream | Role::Key | Role::Name));
        let rows = lists.iter().filter_map(|(_, list)| list.items()).max().unwrap_or(0);
        all.extend(scalars.into_iter().map(same));
        all.push((along.name.into(), Box::new(move |row| Value::Double((along.at)(row)))));
        all.extend(lists.into_iter().map(item));
        all.extend(counts.into_iter().map(same));
        return (all, rows);
    }
    all.extend(scalars.into_iter().map(same));
    for (field, list) in lists.extract_if(.., |(field, _)| field.role == Role::Events) {
        let events = events(&list);
        all.push((field.name().into_owned(), Box::new(move |_| Value::Text(events.clone().into()))));
    }
    for (field, list) in
        lists.extract_if(.., |(_, list)| matches!(list, Value::Floats(_) | Value::Doubles(_)))
    {
        all.extend((0..list.items().unwrap_or(0)).map(|at| {
            let value = match &list {
                // the shortest text that gives the same 32-bit number
                Value::Floats(values) if values[at].is_finite() => {
                    Value::Text(format!("{:?}", values[at]).into())
                }
                Value::Doubles(values) => Value::Double(values[at]),
                _ => Value::Null,
            };
            (format!("{}_{at}", field.name()), Box::new(move |_| value.clone()) as _)
        }));
    }
    let records = lists.into_iter().find_map(|(field, list)| match (&field.kind, list) {
        (Type::List(kind), Value::List(items)) => match &**kind {
            Type::Record(_, inner) => Some((inner, items)),
            _ => None,
        },
        _ => None,
    });
    let Some((inner, items)) = records else { return (all, 1) };
    let rows = items.len();
    let mut columns: Vec<Vec<Value<'_>>> = inner.iter().map(|_| Vec::with_capacity(rows)).collect();
    for item in items {
        let Value::Record(values) = item else { continue };
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    let named = inner.iter().zip(columns);
    all.extend(named.map(|(field, column)| {
        let of = move |row: usize| column.get(row).cloned().unwrap_or(Value::Null);
        (field.name().into_owned(), Box::new(of) as _)
    }));
    (all, rows)
}

/// A field with the same value in each row.
fn same<'a>((field, value): (&'a Field, Value<'a>)) -> Column<'a> {
    let value = match (&field.kind, value) {
        (Type::Symbol(_, words), Value::Symbol(at)) => {
            Value::Text(words.get(at).copied().unwrap_or("").into())
        }
        (_, value) => value,
    };
    (field.name().into_owned(), Box::new(move |_| value.clone()))
}

/// The events of a list, separated by spaces.
fn events(list: &Value<'_>) -> String {
    let all: Vec<String> = match list {
        Value::Doubles(times) => times.iter().map(|time| format!("{time:?}")).collect(),
        Value::List(items) => {
            let word = |item: &Value<'_>| {
                if let Value::Text(word) = item { word.to_string() } else { String::new() }
            };
            items.iter().map(word).collect()
        }
        _ => vec![],
    };
    all.join(" ")
}

/// A list with one item per row.
fn item<'a>((field, value): (&'a Field, Value<'a>)) -> Column<'a> {
    let of = move |row: usize| match &value {
        Value::Doubles(values) => values.get(row).map_or(Value::Null, |value| Value::Double(*value)),
        _ => Value::Null,
    };
    (field.name().into_owned(), Box::new(of))
}

fn separate(at: usize, delimiter: u8, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(delimiter);
    }
}

/// The shortest text that gives the same number; empty for NaN and infinity.
fn cell(value: &Value<'_>, delimiter: u8, out: &mut Vec<u8>) {
    // writing to memory cannot fail
    let _ = match value {
        Value::Text(letters) => return text(letters, delimiter, out),
        Value::Bool(truth) => write!(out, "{truth}"),
        Value::Long(number) => write!(out, "{number}"),
        Value::Double(number) if number.is_finite() => write!(out, "{number:?}"),
        _ => return,
    };
}

fn text(text: &str, delimiter: u8, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let plain =
        !bytes.iter().any(|byte| [delimiter, b'"', b'\n', b'\r'].contains(byte)) && text.trim() == text;
    if plain {
        return out.extend_from_slice(bytes);
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
