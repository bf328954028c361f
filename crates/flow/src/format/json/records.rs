//! Records as JSON objects, derived from their declarations.

use super::write::{members, name};
use crate::data::{AnyRecord, Data, Declaration, Field, Form, Role, Type, Value};
use passband_signal::Result;
use serde_json::value::{Map, Value as Json};

/// Appends a record; in a file, the name of its stream comes first, if no field contains it.
pub fn write(record: &dyn AnyRecord, file: Option<&str>, out: &mut Vec<u8>) -> Result<()> {
    let (fields, values) = (record.fields(Form::Plain), record.values(Form::Plain));
    out.push(b'{');
    let named = fields.iter().any(|field| field.role == Role::Stream);
    let streamed = || (record.declaration().of)(Form::Exact).iter().any(|field| field.role == Role::Stream);
    if let Some(stream) = file.filter(|_| record.declaration().streams) {
        name("stream", out)?;
        super::write(&stream, out)?;
    }
    if file.is_some() && !named && streamed() {
        name("key", out)?;
        super::write(&record.key().unwrap_or_default(), out)?;
    }
    let said = |at: &usize| fields[*at].default.as_ref() != values.get(*at);
    let which: Vec<usize> = (0..fields.len()).filter(said).collect();
    members(&which, 0, &|at| &fields[at].path, out, &mut |at, out| {
        value(&values[at], &fields[at].kind, out)
    })?;
    out.push(b'}');
    Ok(())
}

/// Appends a value.
pub fn value(of: &Value<'_>, kind: &Type, out: &mut Vec<u8>) -> Result<()> {
    if let Type::Optional(kind) = kind {
        return value(of, kind, out);
    }
    match of {
        Value::Null => super::write(&(), out),
        Value::Bool(truth) => super::write(truth, out),
        Value::Long(number) => super::write(number, out),
        Value::Double(number) => super::write(number, out),
        Value::Text(text) => super::write(text, out),
        Value::Symbol(at) => match kind {
            Type::Symbol(_, words) => super::write(&words.get(*at), out),
            _ => super::write(at, out),
        },
        Value::Longs(numbers) => super::write(numbers, out),
        Value::Doubles(numbers) => super::write(numbers, out),
        Value::Floats(numbers) => super::write(numbers, out),
        Value::List(items) => {
            let Type::List(kind) = kind else { return Ok(()) };
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                value(item, kind, out)?;
            }
            out.push(b']');
            Ok(())
        }
        Value::Map(entries) => {
            let Type::Map(kind) = kind else { return Ok(()) };
            out.push(b'{');
            for (key, of) in entries {
                name(key, out)?;
                value(of, kind, out)?;
            }
            out.push(b'}');
            Ok(())
        }
        Value::Record(values) => {
            let Type::Record(_, fields) = kind else { return Ok(()) };
            out.push(b'{');
            for (field, of) in fields.iter().zip(values) {
                name(&field.name(), out)?;
                value(of, &field.kind, out)?;
            }
            out.push(b'}');
            Ok(())
        }
    }
}

/// Reads a record.
///
/// # Errors   what is wrong with it
pub fn read(declaration: &Declaration, bytes: &[u8]) -> Result<Data, String> {
    let invalid = |error: String| format!("not the JSON of {}: {error}", declaration.name);
    let object: Map<String, Json> =
        serde_json::from_slice(bytes).map_err(|error| invalid(error.to_string()))?;
    let values = fields((declaration.of)(Form::Plain), object).map_err(invalid)?;
    (declaration.read)(Form::Plain, values)
}

fn fields(fields: &[Field], mut object: Map<String, Json>) -> Result<Vec<Value<'static>>, String> {
    let one = |field: &Field| {
        let name = field.name();
        match (object.remove(&*name), &field.default, &field.kind) {
            (Some(found), _, _) => typed(found, &field.kind).map_err(|why| format!("{name}: {why}")),
            (None, Some(default), _) => Ok(default.clone()),
            (None, None, Type::Optional(_)) => Ok(Value::Null),
            (None, None, _) => Err(format!("the field {name} is missing")),
        }
    };
    fields.iter().map(one).collect()
}

fn typed(found: Json, kind: &Type) -> Result<Value<'static>, String> {
    let unlike = |wanted: &str, found: &Json| Err(format!("{} is not {wanted}", shortened(found)));
    Ok(match (kind, found) {
        (Type::Optional(_), Json::Null) => Value::Null,
        (Type::Optional(kind), found) => typed(found, kind)?,
        (Type::Bool, Json::Bool(truth)) => Value::Bool(truth),
        (Type::Long | Type::Time, found) => match found.as_i64() {
            Some(number) => Value::Long(number),
            None => return unlike("a whole number of 64 bits", &found),
        },
        (Type::Double | Type::Float, found) => Value::Double(double(&found)?),
        (Type::Text, Json::String(text)) => Value::Text(text.into()),
        (Type::Symbol(_, words), Json::String(text)) => {
            let at = words.iter().position(|word| *word == text);
            Value::Symbol(
                at.ok_or_else(|| format!("there is no \"{text}\"; there are {}", words.join(", ")))?,
            )
        }
        (Type::List(kind), Json::Array(items)) => match &**kind {
            Type::Double => Value::Doubles(items.iter().map(double).collect::<Result<_, String>>()?),
            Type::Float => {
                let float = |item: &Json| double(item).map(|number| number as f32);
                Value::Floats(items.iter().map(float).collect::<Result<_, String>>()?)
            }
            Type::Long | Type::Time => {
                let long = |item: &Json| {
                    item.as_i64().ok_or_else(|| format!("{} is not a whole number", shortened(item)))
                };
                Value::Longs(items.iter().map(long).collect::<Result<_, String>>()?)
            }
            kind => Value::List(items.into_iter().map(|item| typed(item, kind)).collect::<Result<_, _>>()?),
        },
        (Type::Map(kind), Json::Object(object)) => {
            let entry = |(name, of): (String, Json)| Ok((name.into(), typed(of, kind)?));
            Value::Map(object.into_iter().map(entry).collect::<Result<_, String>>()?)
        }
        (Type::Record(_, of), Json::Object(object)) => Value::Record(fields(of, object)?),
        (Type::Bool, found) => return unlike("true or false", &found),
        (Type::Text | Type::Symbol(..), found) => return unlike("a string", &found),
        (Type::List(_), found) => return unlike("a list", &found),
        (Type::Map(_) | Type::Record(..), found) => return unlike("an object", &found),
    })
}

/// A number; null is NaN.
fn double(found: &Json) -> Result<f64, String> {
    match found {
        Json::Null => Ok(f64::NAN),
        found => found.as_f64().ok_or_else(|| format!("{} is not a number", shortened(found))),
    }
}

fn shortened(found: &Json) -> String {
    let text = found.to_string();
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text,
    }
}
