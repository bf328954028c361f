//! Readings of JSON: objects with a few selected fields, one or several per message.

mod fields;
mod quick;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod usual;
#[cfg(test)]
mod values;

use super::pattern::{Pattern, Slot};
use super::scan::{Found, Is, Scan};
use super::text::unescape;
use super::{Json, NoTime};
use crate::data::{Arrival, Readings};
use crate::format::time::{Clock, named};
use crate::format::value::{NumbersAsText, Said, Words, no_value};
use crate::format::{Holds, Message, Reach, ReadReadings, name_hash};
use fields::{Fields, unfit};
use std::sync::Arc;

/// Decodes readings.
pub struct Reader {
    fields: Fields,
    names: Arc<[String]>,
    clock: Clock,
    words: Words,
    texts: NumbersAsText,
    no_time: NoTime,
    // state of the current message
    pattern: Pattern,
    slots: Vec<Slot>,
    found: Vec<Found>,
    numbers: Vec<f64>,
    inner: String,
    scratch: String,
    /// A dropped value to report, and whether one was reported.
    lost: (Option<String>, bool),
    /// How much of the file the last error affects.
    reach: Reach,
}

/// The unit of reading: a message, or a part of it.
#[derive(Clone, Copy)]
struct Part<'a> {
    message: &'a Message<'a>,
    arrival: Arrival,
    /// The only value that it contains, if its topic names it.
    only: Option<usize>,
    /// The bytes to keep as the original.
    bytes: &'a [u8],
}

impl Reader {
    /// Creates the decoder from settings.
    ///
    /// # Errors   invalid settings
    pub fn new(settings: &Json) -> Result<Self, String> {
        let fields = Fields::new(settings)?;
        Ok(Self {
            names: named(&settings.values).into_iter().map(|(name, _)| name).collect(),
            clock: Clock::new(settings.time_zone.as_deref(), settings.time_unit)?
                .with(settings.time_format.as_deref())?,
            words: Words::new(&settings.missing, &settings.words)?,
            texts: settings.numbers_as_text,
            no_time: settings.no_time,
            pattern: Pattern::default(),
            slots: vec![Slot::default(); fields.len()],
            found: vec![Found::default(); fields.len()],
            numbers: vec![0.0; fields.values.len()],
            inner: String::new(),
            scratch: String::new(),
            lost: (None, false),
            reach: Reach::Line,
            fields,
        })
    }

    /// Adds the readings of a text; with `again`, it may be a string that contains JSON.
    fn text(&mut self, text: &str, part: Part<'_>, again: bool, into: &mut Readings) -> Result<(), String> {
        let found = match self.scan(text) {
            Ok(found) => found,
            Err(why) => return self.bare(text, None, part, into).unwrap_or(Err(why)),
        };
        match found.is {
            Is::Object => self.object(text, part, into),
            Is::List => self.list(text, part, into),
            Is::Text | Is::Escaped if again => {
                // JSON in a string of JSON
                let mut inner = std::mem::take(&mut self.inner);
                let taken = match unescape(&text[found.from..found.to], &mut inner) {
                    Err(why) => Err(why.into()),
                    Ok(()) if self.quick(inner.as_bytes(), part, into).is_some() => Ok(()),
                    Ok(()) => self.text(&inner, part, false, into),
                };
                self.inner = inner;
                taken
            }
            Is::Text | Is::Escaped => Err("it is a string that contains no object".into()),
            _ => self.bare(&text[found.from..found.to], Some(found.is), part, into).unwrap_or_else(|| {
                Err(unfit("it", found, text, "an object")
                    + " (with time = \"arrival\" and without key, a single number is the value)")
            }),
        }
    }

    /// Adds a single value; returns nothing if single values are not allowed.
    fn bare(
        &mut self,
        text: &str,
        is: Option<Is>,
        part: Part<'_>,
        into: &mut Readings,
    ) -> Option<Result<(), String>> {
        let number = match (part.only, self.numbers.len()) {
            (Some(only), _) => only,
            (None, 1) => 0,
            _ => return None,
        };
        if !self.takes_bare() {
            return None;
        }
        let text = text.trim();
        let said = match is {
            Some(Is::Number) => self.words.number(text),
            None if self.texts == NumbersAsText::Yes => self.words.number(text),
            _ => self.words.word(text),
        };
        let value = match said {
            Said::Number(value) => value,
            Said::Missing if text.is_empty() => return Some(Err("it is empty".into())),
            Said::Missing => return Some(Err(format!("it is {text}, and should be a number"))),
            Said::Other if is == Some(Is::Number) => {
                return Some(Err(format!("it is out of range: {text}")));
            }
            Said::Other => return None,
        };
        self.numbers.fill(f64::NAN);
        self.numbers[number] = value;
        let time = match part.arrival.time {
            0 => return Some(Err("the transport provides no time of arrival".into())),
            time => time,
        };
        Some(message_key(part.message).map(|key| {
            into.push_part(key, time, &self.numbers, part.arrival, part.bytes);
        }))
    }

    /// Adds the readings of a list: all, or none.
    fn list(&mut self, text: &str, part: Part<'_>, into: &mut Readings) -> Result<(), String> {
        let (mut scan, before, mut count) = (Scan::new(text), into.len(), 0);
        while let Ok(Some(item)) = scan.item() {
            count += 1;
            let object = &text[item.from..item.to];
            let part = Part { bytes: object.as_bytes(), ..part };
            let added = match item.is {
                Is::Object if self.quick(object.as_bytes(), part, into).is_some() => Ok(()),
                Is::Object => self.scan(object).and_then(|_| self.object(object, part, into)),
                _ => Err(unfit("it", item, text, "an object")),
            };
            if let Err(why) = added {
                into.cut(before);
                return Err(format!("item {count} of its list: {why}"));
            }
        }
        if count == 0 { Err("its list is empty".into()) } else { Ok(()) }
    }

    /// Whether a message may lack time and key.
    fn takes_bare(&self) -> bool {
        (self.fields.time.is_none() || self.no_time == NoTime::Arrival) && self.fields.key.is_none()
    }

    fn scan(&mut self, text: &str) -> Result<Found, String> {
        self.found.fill(Found::default());
        let mut scan = Scan::new(text);
        scan.whole(&self.fields.wanted, &mut self.found)
            .map_err(|_| format!("it is not JSON: {}", scan.reason()))
    }

    /// Adds the reading of an object that was scanned.
    fn object(&mut self, text: &str, part: Part<'_>, into: &mut Readings) -> Result<(), String> {
        self.fields.choose(&mut self.found)?;
        self.take(text, part, into)?;
        if self.pattern.learns() {
            self.pattern.learn(text, &self.fields.wanted, &self.found, &mut self.slots);
        }
        Ok(())
    }

    /// The value of a field.
    ///
    /// # Errors   whether it is missing, or something else
    fn value(&mut self, slot: usize, text: &str) -> Result<f64, Said> {
        let found = self.found[slot];
        let raw = &text[found.from..found.to];
        let said = match found.is {
            Is::Number | Is::Truth => self.words.number(raw),
            Is::Missing | Is::Null | Is::NoNumber => Said::Missing,
            Is::List | Is::Object => Said::Other,
            Is::Text | Is::Escaped => {
                let raw = match found.is {
                    Is::Text => raw,
                    _ if unescape(raw, &mut self.scratch).is_ok() => &self.scratch,
                    _ => return Err(Said::Other),
                };
                match self.texts {
                    NumbersAsText::Yes => self.words.number(raw),
                    NumbersAsText::No => self.words.word(raw),
                }
            }
        };
        if let Said::Number(value) = said { Ok(value) } else { Err(said) }
    }

    /// Reads all values.
    ///
    /// # Errors   why there is none
    fn values(&mut self, text: &str, part: Part<'_>, into: &Readings) -> Result<(), String> {
        let (mut any, mut other) = (false, None);
        for at in 0..self.numbers.len() {
            let value = match part.only {
                Some(only) if only != at => Err(Said::Missing),
                _ => self.value(self.fields.values[at], text),
            };
            any |= value.is_ok();
            if value == Err(Said::Other) {
                other.get_or_insert(at);
            }
            self.numbers[at] = value.unwrap_or(f64::NAN);
        }
        if any && other.is_none() {
            return Ok(());
        }
        let why = |at: usize| self.fields.no_number(self.fields.values[at], &self.found, text);
        match other {
            Some(at) if any && !self.lost.1 => {
                let place = into.place_of(part.arrival.offset);
                self.lost = (Some(format!("{place}: {}; its other values were used", why(at))), true);
                Ok(())
            }
            _ if any => Ok(()),
            _ => {
                let all = (0..self.numbers.len()).filter(|at| part.only.is_none_or(|only| only == *at));
                Err(no_value(&all.map(why).collect::<Vec<_>>()))
            }
        }
    }

    fn time(&mut self, text: &str, arrival: Arrival) -> Result<i64, String> {
        let arrived = || match arrival.time {
            0 => Err("the transport provides no time of arrival".into()),
            time => Ok(time),
        };
        let Some(slot) = self.fields.time else { return arrived() };
        let found = self.found[slot];
        let raw = &text[found.from..found.to];
        let time = match found.is {
            Is::Missing | Is::Null if self.no_time == NoTime::Arrival => return arrived(),
            Is::Text => self.clock.text(raw),
            Is::Number => self.clock.number(raw),
            Is::Escaped => {
                let time = self.fields.text(slot, &self.found, text, &mut self.scratch)?.to_owned();
                self.clock.text(&time)
            }
            _ => return Err(unfit(&self.fields.paths[slot], found, text, "a time")),
        };
        time.map_err(|why| {
            self.reach = why.reach;
            format!("{}: {why}", self.fields.paths[slot])
        })
    }

    fn take(&mut self, text: &str, part: Part<'_>, into: &mut Readings) -> Result<(), String> {
        self.values(text, part, into)?;
        let mut arrival = part.arrival;
        let time = self.time(text, arrival)?;
        if let Some(slot) = self.fields.id {
            arrival.id = match self.found[slot].is {
                Is::Missing | Is::Null => arrival.id,
                _ => {
                    let id = self.fields.text(slot, &self.found, text, &mut self.scratch)?;
                    Some(name_hash(id.as_bytes()))
                }
            };
        }
        let key = match self.fields.key {
            None => message_key(part.message)?,
            Some(slot) => self.fields.text(slot, &self.found, text, &mut self.scratch)?,
        };
        match key {
            "" => return Err("it has no key".into()),
            key if part.only.is_some() => into.push_part(key, time, &self.numbers, arrival, part.bytes),
            key => into.push(key, time, &self.numbers, arrival, part.bytes),
        }
        Ok(())
    }

    fn part(&mut self, part: Part<'_>, into: &mut Readings) -> Result<(), String> {
        let bytes = part.bytes;
        let text = super::text::utf8(bytes)?;
        self.text(text, part, true, into).map_err(|why| super::text::or_utf16(bytes, why))
    }
}

/// The key of a message without a key in its content.
pub(super) fn message_key<'a>(message: &Message<'a>) -> Result<&'a str, String> {
    match std::str::from_utf8(message.key) {
        Ok("") => Err("it has no key".into()),
        Ok(key) => Ok(key),
        Err(_) => Err("its key is not UTF-8".into()),
    }
}

impl ReadReadings for Reader {
    fn value_names(&self) -> Arc<[String]> {
        self.names.clone()
    }

    fn holds(&self) -> Holds {
        let bare = self.numbers.len() == 1 && self.takes_bare();
        Holds { key: self.fields.key.is_some(), bare, named: true }
    }

    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        self.reach = Reach::Line;
        let part = Part { message, arrival, only: None, bytes: message.bytes };
        if self.quick(message.bytes, part, into).is_some() {
            return Ok(());
        }
        self.part(part, into)
    }

    fn reach(&self) -> Reach {
        self.reach
    }

    fn read_value(
        &mut self,
        name: &str,
        message: &Message<'_>,
        arrival: Arrival,
        into: &mut Readings,
    ) -> Result<(), String> {
        let only = self.names.iter().position(|known| known == name);
        let only = only.ok_or_else(|| {
            format!("its topic names the value {name}; the selected values are {}", self.names.join(", "))
        })?;
        self.part(Part { message, arrival, only: Some(only), bytes: message.bytes }, into)
    }

    fn note(&mut self) -> Option<String> {
        self.lost.0.take()
    }
}
