//! What a window says, as a line of a table.

use crate::data::{Aggregate, Of, ResultState, Shape};
use crate::transform::run::Timestamp;
use passband_signal::{Fault, Result};
use std::io::Write;

/// Appends the line that names the columns; the key comes first, where it has no column.
pub fn names(shape: &Shape, delimiter: u8, out: &mut Vec<u8>) {
    let key = (!has(shape, Of::Key)).then(|| "key".to_owned());
    let columns = shape.0.iter().map(|column| column.path.join("."));
    for (at, name) in key.into_iter().chain(columns).enumerate() {
        separate(at, delimiter, out);
        text(&name, delimiter, out);
    }
    out.push(b'\n');
}

/// Appends a line, without its end.
pub fn row(aggregate: &Aggregate, delimiter: u8, out: &mut Vec<u8>) -> Result<()> {
    let shape = &aggregate.shape;
    if aggregate.result == ResultState::Early && !has(shape, Of::Result) {
        return Err(Fault::new("a table without a column for it cannot tell early results")
            .fix("add result = \"result\" to the output of aggregate, or write json"));
    }
    let key = (!has(shape, Of::Key)).then_some(Of::Key);
    for (at, of) in key.into_iter().chain(shape.0.iter().map(|column| column.of)).enumerate() {
        separate(at, delimiter, out);
        value(aggregate, of, delimiter, out);
    }
    Ok(())
}

fn has(shape: &Shape, of: Of) -> bool {
    shape.0.iter().any(|column| column.of == of)
}

fn separate(at: usize, delimiter: u8, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(delimiter);
    }
}

/// A number as short as reads back the same; nothing where it is none.
fn value(aggregate: &Aggregate, of: Of, delimiter: u8, out: &mut Vec<u8>) {
    // writing to memory cannot fail
    let _ = match of {
        Of::Key => return text(&aggregate.key, delimiter, out),
        Of::Result => return text(aggregate.result.name(), delimiter, out),
        Of::Start => write!(out, "{}", aggregate.start.div_euclid(1000)),
        Of::End => write!(out, "{}", aggregate.end.div_euclid(1000)),
        Of::StartIso => write!(out, "{}", Timestamp(aggregate.start)),
        Of::EndIso => write!(out, "{}", Timestamp(aggregate.end)),
        Of::Readings => write!(out, "{}", aggregate.readings),
        Of::Value { index, counts } => match aggregate.values.get(index) {
            Some(value) if value.is_finite() && counts => write!(out, "{}", *value as i64),
            Some(value) if value.is_finite() => write!(out, "{value:?}"),
            _ => return,
        },
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
