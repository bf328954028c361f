//! Readings, and what windows say of them: `schemas/reading.avsc` and `schemas/aggregate.avsc`.

#[cfg(test)]
mod tests;

use super::Framing;
use super::input::Input;
use super::write::{array, double, long, text};
use crate::data::{Aggregate, Arrival, Column, Of, Reading, Readings, ResultState, Shape};
use crate::format::Message;
use crate::format::value::no_value;
use std::sync::Arc;

/// Appends a reading.
pub fn write_reading(names: &[String], reading: &Reading<'_>, out: &mut Vec<u8>) {
    text(reading.key, out);
    long(reading.time, out);
    array(names.len(), out);
    for (name, value) in names.iter().zip(reading.values) {
        text(name, out);
        double(*value, out);
    }
    out.push(0);
}

/// Appends what a window says.
pub fn write_aggregate(aggregate: &Aggregate, out: &mut Vec<u8>) {
    text(&aggregate.key, out);
    long(aggregate.start, out);
    long(aggregate.end, out);
    out.push(u8::from(aggregate.result == ResultState::Final));
    long(aggregate.readings as i64, out);
    let values = aggregate.shape.0.iter().filter_map(|column| match column.of {
        Of::Value { index, .. } => Some((column.path.join("."), aggregate.values.get(index)?)),
        _ => None,
    });
    let values: Vec<_> = values.collect();
    array(values.len(), out);
    for (name, value) in values {
        text(&name, out);
        double(*value, out);
    }
    out.push(0);
}

/// Reads what a window says. Its columns are those of the values; the last name of a path tells which counts.
pub fn aggregate(input: &mut Input<'_>) -> Result<Aggregate, String> {
    let (key, start, end) = (input.text()?.into(), input.long()?, input.long()?);
    let result = if input.truth()? { ResultState::Final } else { ResultState::Early };
    let readings = input.index()?;
    let (mut shape, mut values) = (Shape::default(), vec![]);
    input.map(|name, value| {
        let path: Vec<_> = name.split('.').map(str::to_owned).collect();
        let counts = path.last().is_some_and(|last| last == "count");
        shape.0.push(Column { path, of: Of::Value { index: values.len(), counts } });
        values.push(value);
    })?;
    Ok(Aggregate { key, start, end, result, readings, shape: Arc::new(shape), values: values.into() })
}

/// Reads readings.
pub struct Reader {
    framing: Framing,
    names: Arc<[String]>,
    values: Vec<f64>,
}

impl Reader {
    pub fn new(framing: Framing, names: Arc<[String]>) -> Self {
        Self { framing, values: vec![f64::NAN; names.len()], names }
    }

    /// Adds a reading; the error says what is wrong with its message.
    pub fn take(
        &mut self,
        message: &Message<'_>,
        arrival: Arrival,
        into: &mut Readings,
    ) -> Result<(), String> {
        let mut input = Input::new(self.framing.plain(message.bytes)?);
        let (key, time) = (input.borrowed()?, input.long()?);
        let (names, values) = (&self.names, &mut self.values);
        values.fill(f64::NAN);
        input.map(|name, value| {
            if let Some(at) = names.iter().position(|known| known == name) {
                values[at] = if value.is_finite() { value } else { f64::NAN };
            }
        })?;
        if input.left() > 0 {
            return Err(format!("{} bytes are left over after the datum", input.left()));
        }
        if values.iter().all(|value| value.is_nan()) {
            let why = |name: &String| format!("the value {name} is missing or no number");
            return Err(no_value(&names.iter().map(why).collect::<Vec<_>>()));
        }
        let key = match key {
            "" => std::str::from_utf8(message.key).map_err(|_| "its key is not UTF-8")?,
            key => key,
        };
        if key.is_empty() {
            return Err("it has no key".into());
        }
        into.push(key, time, values, arrival, message.bytes);
        Ok(())
    }
}
