//! Readings of JSON: an object a message, of which a few fields are wanted.

mod quick;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod usual;

use super::Json;
use super::pattern::{Pattern, Slot};
use super::scan::{Found, Is, Scan, Wanted};
use super::text::unescape;
use crate::data::{Arrival, Readings};
use crate::format::number::number;
use crate::format::time::{ARRIVAL, Clock, named};
use crate::format::{Message, ReadReadings, name_hash};
use std::sync::Arc;

/// Reads them.
pub struct Reader {
    wanted: Wanted,
    /// The path of each wanted field.
    paths: Vec<String>,
    // which of them is what
    key: Option<usize>,
    time: Option<usize>,
    id: Option<usize>,
    values: Vec<usize>,
    names: Arc<[String]>,
    clock: Clock,
    // what the message at hand holds
    pattern: Pattern,
    slots: Vec<Slot>,
    found: Vec<Found>,
    numbers: Vec<f64>,
    inner: String,
    scratch: String,
}

impl Reader {
    /// As the settings say; the error says what is wrong with them.
    pub fn new(settings: &Json) -> Result<Self, String> {
        let (mut wanted, mut paths) = (Wanted::default(), vec![]);
        let mut want = |path: &str| {
            let slot = wanted.add(path, paths.len());
            if slot == paths.len() {
                paths.push(path.to_owned());
            }
            slot
        };
        let key = settings.key.as_deref().map(&mut want);
        let time = (settings.time != ARRIVAL).then(|| want(&settings.time));
        let id = settings.id.as_deref().map(&mut want);
        let named = named(&settings.values);
        let values: Vec<_> = named.iter().map(|(_, path)| want(path)).collect();
        Ok(Self {
            key,
            time,
            id,
            names: named.into_iter().map(|(name, _)| name).collect(),
            clock: Clock::new(settings.time_zone.as_deref(), settings.time_unit)?,
            pattern: Pattern::default(),
            slots: vec![Slot::default(); paths.len()],
            found: vec![Found::default(); paths.len()],
            numbers: vec![0.0; values.len()],
            inner: String::new(),
            scratch: String::new(),
            wanted,
            paths,
            values,
        })
    }

    /// Adds what a text holds in which there is an object.
    fn object(
        &mut self,
        text: &str,
        message: &Message<'_>,
        arrival: Arrival,
        into: &mut Readings,
    ) -> Result<(), String> {
        self.take(text, message, arrival, into)?;
        if self.pattern.learns() {
            self.pattern.learn(text, &self.wanted, &self.found, &mut self.slots);
        }
        Ok(())
    }

    /// What a field holds, as text: a number by its digits.
    fn text<'a>(&'a mut self, slot: usize, text: &'a str) -> Result<&'a str, String> {
        let found = self.found[slot];
        let held = &text[found.from..found.to];
        match found.is {
            Is::Text | Is::Number => Ok(held),
            Is::Escaped => {
                unescape(held, &mut self.scratch).map_err(|why| format!("{}: {why}", self.paths[slot]))?;
                Ok(&self.scratch)
            }
            _ => Err(unfit(&self.paths[slot], found, text, "a text or a number")),
        }
    }

    fn take(
        &mut self,
        text: &str,
        message: &Message<'_>,
        mut arrival: Arrival,
        into: &mut Readings,
    ) -> Result<(), String> {
        for (number_, slot) in self.numbers.iter_mut().zip(&self.values) {
            let (found, path) = (self.found[*slot], &self.paths[*slot]);
            if found.is != Is::Number {
                return Err(unfit(path, found, text, "a number"));
            }
            let digits = &text[found.from..found.to];
            *number_ =
                number(digits).ok_or_else(|| format!("{path} is beyond what a number can hold: {digits}"))?;
        }
        let time = match self.time {
            None if arrival.time == 0 => return Err("the transport tells no time of arrival".into()),
            None => arrival.time,
            Some(slot) => {
                let found = self.found[slot];
                let time = match found.is {
                    Is::Text => self.clock.text(&text[found.from..found.to]),
                    Is::Number => self.clock.number(&text[found.from..found.to]),
                    Is::Escaped => {
                        let time = self.text(slot, text)?.to_owned();
                        self.clock.text(&time)
                    }
                    _ => return Err(unfit(&self.paths[slot], found, text, "a time")),
                };
                time.map_err(|why| format!("{}: {why}", self.paths[slot]))?
            }
        };
        if let Some(slot) = self.id {
            arrival.id = match self.found[slot].is {
                Is::Missing | Is::Null => arrival.id,
                _ => Some(name_hash(self.text(slot, text)?.as_bytes())),
            };
        }
        let slot = self.key;
        let numbers = std::mem::take(&mut self.numbers);
        let key = match slot {
            None => std::str::from_utf8(message.key).map_err(|_| "its key is not UTF-8".into()),
            Some(slot) => self.text(slot, text),
        };
        let added = match key {
            Ok("") => Err("it has no key".into()),
            Ok(key) => {
                into.push(key, time, &numbers, arrival, message.bytes);
                Ok(())
            }
            Err(why) => Err(why),
        };
        self.numbers = numbers;
        added
    }
}

impl ReadReadings for Reader {
    fn value_names(&self) -> Arc<[String]> {
        self.names.clone()
    }

    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        if self.quick(message.bytes, message, arrival, into).is_some() {
            return Ok(());
        }
        let text = std::str::from_utf8(message.bytes)
            .map_err(|error| format!("it is not UTF-8: byte {}", error.valid_up_to()))?;
        let found = scan(text, &self.wanted, &mut self.found)?;
        match found.is {
            Is::Object => self.object(text, message, arrival, into),
            Is::Text | Is::Escaped => {
                // JSON in a string of JSON
                let mut inner = std::mem::take(&mut self.inner);
                let taken = match unescape(&text[found.from..found.to], &mut inner) {
                    Err(why) => Err(why.into()),
                    Ok(()) if self.quick(inner.as_bytes(), message, arrival, into).is_some() => Ok(()),
                    Ok(()) => scan(&inner, &self.wanted, &mut self.found).and_then(|found| match found.is {
                        Is::Object => self.object(&inner, message, arrival, into),
                        _ => Err("it is a text in which there is no object".into()),
                    }),
                };
                self.inner = inner;
                taken
            }
            _ => Err(unfit("it", found, text, "an object")),
        }
    }
}

fn scan(text: &str, wanted: &Wanted, found: &mut [Found]) -> Result<Found, String> {
    found.fill(Found::default());
    let mut scan = Scan::new(text);
    scan.whole(wanted, found).map_err(|_| format!("it is no JSON: {}", scan.reason()))
}

/// "value is null, and should be a number".
fn unfit(path: &str, found: Found, text: &str, wanted: &str) -> String {
    let is = match found.is {
        Is::Missing => return format!("there is no field {path}"),
        Is::Null => "null",
        Is::Truth | Is::NoNumber => &text[found.from..found.to],
        Is::Number => "a number",
        Is::Text | Is::Escaped => "a text",
        Is::List => "a list",
        Is::Object => "an object",
    };
    format!("{path} is {is}, and should be {wanted}")
}
