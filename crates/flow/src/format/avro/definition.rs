//! Avro schemas derived from the declarations of records: the files in `schemas/`.

use crate::data::{Declaration, Field, Form, Type, Value, text};
use std::fmt::Write;

/// The schema of a kind of record.
pub fn of(declaration: &Declaration) -> String {
    let fields = (declaration.of)(Form::Exact);
    let mut out = format!(
        "{{\n  \"type\": \"record\",\n  \"name\": \"{}\",\n  \"namespace\": \"passband\",\n  \"doc\": {},\n  \"fields\": [\n",
        declaration.title,
        quoted(&text(declaration.doc))
    );
    members(fields, "    ", &mut out);
    out + "  ]\n}\n"
}

/// The schema of a reading, whose values are named by the pipeline.
pub fn of_readings() -> String {
    of(&Declaration {
        name: "readings",
        title: "Reading",
        doc: &["A timestamped set of values of one sensor."],
        fields: Vec::new,
        streams: false,
        of: |_| {
            static FIELDS: std::sync::LazyLock<Vec<Field>> = std::sync::LazyLock::new(|| {
                vec![
                    Field::new("key", "The sensor.", Type::Text),
                    Field::new("time", "When it was taken.", Type::Time),
                    Field::new("values", "Its values by name.", Type::Map(Box::new(Type::Double))),
                ]
            });
            &FIELDS
        },
        read: |_, _| Err("readings have a reader of their own".into()),
    })
}

fn members(fields: &[Field], indent: &str, out: &mut String) {
    for (at, field) in fields.iter().enumerate() {
        let _ = write!(out, "{indent}{{\"name\": {}, \"type\": ", quoted(&field.name()));
        kind(&field.kind, indent, out);
        if let Some(default) = &field.default {
            let _ = write!(out, ", \"default\": {}", literal(default, &field.kind));
        }
        let _ = write!(out, ", \"doc\": {}}}", quoted(&field.doc));
        *out += if at + 1 < fields.len() { ",\n" } else { "\n" };
    }
}

fn kind(of: &Type, indent: &str, out: &mut String) {
    match of {
        Type::Bool => *out += "\"boolean\"",
        Type::Long => *out += "\"long\"",
        Type::Time => *out += "{\"type\": \"long\", \"logicalType\": \"timestamp-micros\"}",
        Type::Double => *out += "\"double\"",
        Type::Float => *out += "\"float\"",
        Type::Text => *out += "\"string\"",
        Type::Symbol(name, words) => {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            let (name, words) = (quoted(name), words.join(", "));
            let _ = write!(out, "{{\"type\": \"enum\", \"name\": {name}, \"symbols\": [{words}]}}");
        }
        Type::Optional(inner) => {
            *out += "[\"null\", ";
            kind(inner, indent, out);
            *out += "]";
        }
        Type::List(inner) => {
            *out += "{\"type\": \"array\", \"items\": ";
            kind(inner, indent, out);
            *out += "}";
        }
        Type::Map(inner) => {
            *out += "{\"type\": \"map\", \"values\": ";
            kind(inner, indent, out);
            *out += "}";
        }
        Type::Record(name, fields) => {
            let _ = writeln!(out, "{{\"type\": \"record\", \"name\": {}, \"fields\": [", quoted(name));
            members(fields, &format!("{indent}  "), out);
            let _ = write!(out, "{indent}]}}");
        }
    }
}

fn literal(default: &Value<'_>, kind: &Type) -> String {
    match (default, kind) {
        (Value::Long(value), _) => value.to_string(),
        (Value::Double(value), _) => value.to_string(),
        (Value::Symbol(at), Type::Symbol(_, words)) => quoted(words[*at]),
        _ => "null".into(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
