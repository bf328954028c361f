//! Readings: `schemas/reading.avsc`.

#[cfg(test)]
mod tests;

use super::Framing;
use super::input::Input;
use super::write::{array, double, long, text};
use crate::data::{Arrival, Reading, Readings};
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

/// Decodes readings.
pub struct Reader {
    framing: Framing,
    names: Arc<[String]>,
    values: Vec<f64>,
}

impl Reader {
    pub fn new(framing: Framing, names: Arc<[String]>) -> Self {
        Self { framing, values: vec![f64::NAN; names.len()], names }
    }

    /// Decodes and adds a reading.
    ///
    /// # Errors   why the message is invalid
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
            return Err(format!("{} bytes follow the datum", input.left()));
        }
        if values.iter().all(|value| value.is_nan()) {
            let why = |name: &String| format!("the value {name} is missing or not a number");
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
