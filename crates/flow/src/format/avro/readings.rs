//! Readings with schemas of other writers: that of a container file, or of the setting `schema`.

#[cfg(test)]
mod tests;

use super::input::Input;
use super::schema::{Found, Logical, Schema, Wanted};
use super::{Avro, Framing, keyed};
use crate::data::{Arrival, Readings};
use crate::format::json::path::Path;
use crate::format::time::{ARRIVAL, Clock, NoTime};
use crate::format::value::{Said, Words, no_value};
use crate::format::{Holds, Message, Reach, ReadReadings, TimeUnit};
use std::sync::Arc;

/// Decodes readings.
pub struct Reader {
    settings: Avro,
    names: Arc<[String]>,
    clock: Clock,
    words: Words,
    /// Decodes messages with Passband's own schema, if no other is set.
    own: keyed::Reader,
    plan: Option<Plan>,
    file: File,
    numbers: Vec<f64>,
    /// A dropped value to report, and whether one was reported.
    lost: (Option<String>, bool),
    /// How much of the file the last error affects.
    reach: Reach,
}

/// The state of reading a container file.
#[derive(Clone, Copy, PartialEq)]
enum File {
    /// Not a container file: the input is messages.
    No,
    /// The schema is next.
    Head,
    /// Data is next.
    Data,
}

/// The positions of the selected fields in data of a schema.
struct Plan {
    schema: Schema,
    wanted: Wanted,
    /// The paths as text: those of the values, of the key and of the time.
    paths: Vec<String>,
    key: Option<usize>,
    time: Option<usize>,
}

impl Plan {
    fn new(text: &str, settings: &Avro) -> Result<Self, String> {
        let schema = Schema::read(text)?;
        let own = schema.is("passband.Reading");
        let names = |path: &str| Path::read(path).map(|path| path.names());
        let (mut wanted, mut paths, mut any) = (Wanted::default(), vec![], false);
        let mut add = |path: &str, names: Vec<String>| {
            let known = schema.has(&names);
            wanted.add(&names, paths.len());
            paths.push(path.to_owned());
            known.then(|| paths.len() - 1).ok_or_else(|| {
                let fields = schema.fields().join(", ");
                format!("its schema has no {path}; its fields are: {fields}")
            })
        };
        let mut none = None;
        for (name, path) in named(&settings.values) {
            let names = if own { vec!["values".into(), name.into()] } else { names(path)? };
            match add(path, names) {
                Ok(_) => any = true,
                Err(why) => none = none.or(Some(why)),
            }
        }
        // a value that the schema lacks is missing in each reading
        if let Some(why) = none.filter(|_| !any) {
            return Err(why);
        }
        let key = if own { Some("key") } else { settings.key.as_deref() };
        let key = key.map(|path| add(path, names(path)?)).transpose()?;
        let time = if own { "time" } else { &settings.time };
        let time = (time != ARRIVAL).then(|| add(time, names(time)?)).transpose()?;
        Ok(Self { schema, wanted, paths, key, time })
    }
}

/// The names and paths of the values.
fn named(values: &[String]) -> impl Iterator<Item = (&str, &str)> {
    values.iter().map(|value| match value.split_once('=') {
        Some((name, path)) => (name.trim(), path.trim()),
        None => (&value[..], &value[..]),
    })
}

impl Reader {
    /// Creates the decoder from settings.
    ///
    /// # Errors   invalid settings, or an invalid schema
    pub fn new(settings: &Avro) -> Result<Self, String> {
        let mut settings = settings.clone();
        settings.values.retain(|value| !value.trim().is_empty());
        if settings.values.is_empty() {
            return Err("no values are selected: name at least one".into());
        }
        let plan = settings.schema.as_deref().map(|schema| match schema.trim_start().chars().next() {
            Some('{' | '[' | '"') => Plan::new(schema, &settings),
            _ => std::fs::read_to_string(schema)
                .map_err(|error| format!("the schema {schema} cannot be read: {error}"))
                .and_then(|text| Plan::new(&text, &settings)),
        });
        let names: Arc<[String]> = named(&settings.values).map(|(name, _)| name.to_owned()).collect();
        Ok(Self {
            clock: Clock::new(settings.time_zone.as_deref(), settings.time_unit)?
                .with(settings.time_format.as_deref())?,
            words: Words::new(&[], &settings.words)?,
            own: keyed::Reader::new(settings.framing, names.clone()),
            plan: plan.transpose()?,
            file: File::No,
            numbers: vec![f64::NAN; names.len()],
            lost: (None, false),
            reach: Reach::Line,
            names,
            settings,
        })
    }

    fn take(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        let Some(plan) = &self.plan else { return Err("its schema is unknown".into()) };
        let framing = if self.file == File::No { self.settings.framing } else { Framing::Plain };
        let mut input = Input::new(framing.plain(message.bytes)?);
        let mut found = vec![Found::Missing; plan.paths.len()];
        plan.schema.walk(&mut input, Some(&plan.wanted), &mut found)?;
        if input.left() > 0 {
            return Err(format!(
                "{} bytes follow the datum: it was written with another schema",
                input.left()
            ));
        }
        let unfit = |slot: usize, wanted: &str| {
            format!("{} is {}, and should be {wanted}", plan.paths[slot], describe(found[slot]))
        };
        let mut other = None;
        for (slot, value) in self.numbers.iter_mut().enumerate() {
            let said = number(found[slot], &self.words);
            if said == Said::Other {
                other = other.or(Some(slot));
            }
            *value = if let Said::Number(number) = said { number } else { f64::NAN };
        }
        if self.numbers.iter().all(|value| value.is_nan()) {
            let whys: Vec<_> = (0..self.numbers.len()).map(|slot| unfit(slot, "a number")).collect();
            return Err(no_value(&whys));
        }
        let time = match plan.time {
            None if arrival.time == 0 => return Err("the transport provides no time of arrival".into()),
            None => arrival.time,
            Some(slot) => {
                time(found[slot], &mut self.clock).ok_or_else(|| unfit(slot, "a time"))?.map_err(|why| {
                    self.reach = why.reach;
                    format!("{}: {why}", plan.paths[slot])
                })?
            }
        };
        let digits;
        let key = match plan.key.map(|slot| (slot, found[slot])) {
            Some((_, Found::Text(key))) if !key.is_empty() => key,
            Some((_, Found::Integer(key, _))) => {
                digits = key.to_string();
                &digits
            }
            Some((slot, found)) if found != Found::Text("") => return Err(unfit(slot, "a string")),
            _ => std::str::from_utf8(message.key).map_err(|_| "its key is not UTF-8")?,
        };
        if key.is_empty() {
            return Err("it has no key".into());
        }
        if let Some(slot) = other.filter(|_| !self.lost.1) {
            let (place, why) = (into.place_of(arrival.offset), unfit(slot, "a number"));
            self.lost = (Some(format!("{place}: {why}; its other values were used")), true);
        }
        into.push(key, time, &self.numbers, arrival, message.bytes);
        Ok(())
    }
}

/// The meaning of a value.
fn number(found: Found<'_>, words: &Words) -> Said {
    match found {
        Found::Integer(number, _) => Said::Number(number as f64),
        Found::Real(number) if number.is_finite() => Said::Number(number),
        Found::Real(_) | Found::Missing | Found::Null => Said::Missing,
        Found::Decimal(digits, scale) => match format!("{digits}e-{scale}").parse() {
            Ok(number) => Said::Number(number),
            Err(_) => Said::Other,
        },
        Found::Truth(truth) => words.word(if truth { "true" } else { "false" }),
        Found::Text(text) => words.word(text),
        Found::Other(_) => Said::Other,
    }
}

/// The time of a reading; `None` if the value is not a time.
fn time(found: Found<'_>, clock: &mut Clock) -> Option<Result<i64, NoTime>> {
    Some(match found {
        Found::Integer(count, Some(Logical::Timestamp(unit))) => clock.stamp(count, unit),
        Found::Integer(count, Some(Logical::Local(unit))) => clock.local_stamp(count, unit),
        // the underlying type is an int
        Found::Integer(days, Some(Logical::Date)) => {
            clock.local_stamp(days.saturating_mul(86_400), TimeUnit::Seconds)
        }
        Found::Integer(_, Some(Logical::TimeOfDay)) => return None,
        Found::Integer(count, None) => clock.number(&count.to_string()),
        Found::Real(count) if count.is_finite() => clock.number(&count.to_string()),
        Found::Decimal(digits, scale) => clock.number(&format!("{digits}e-{scale}")),
        Found::Text(text) => clock.text(text),
        _ => return None,
    })
}

/// A value as text, for errors.
fn describe(found: Found<'_>) -> String {
    match found {
        Found::Missing => "missing".into(),
        Found::Null => "null".into(),
        Found::Truth(truth) => truth.to_string(),
        Found::Integer(_, Some(Logical::TimeOfDay)) => "a time of day without a day".into(),
        Found::Integer(number, _) => number.to_string(),
        Found::Real(number) => number.to_string(),
        Found::Text(text) => format!("the text '{}'", text.chars().take(40).collect::<String>()),
        Found::Decimal(digits, scale) => format!("{digits}e-{scale}"),
        Found::Other(what) => what.into(),
    }
}

impl ReadReadings for Reader {
    fn value_names(&self) -> Arc<[String]> {
        self.names.clone()
    }
    fn holds(&self) -> Holds {
        Holds { key: self.settings.schema.is_some() && self.settings.key.is_some(), ..Holds::default() }
    }
    fn in_container(&self) -> bool {
        true
    }
    fn begin(&mut self) {
        (self.file, self.plan) = (File::Head, None);
    }
    fn in_head(&self) -> bool {
        self.file == File::Head
    }
    fn reach(&self) -> Reach {
        if self.file == File::Head { Reach::File } else { self.reach }
    }
    fn datum(&mut self, bytes: &[u8]) -> Result<usize, String> {
        let Some(plan) = &self.plan else { return Err("its schema is unknown".into()) };
        let mut input = Input::new(bytes);
        plan.schema.walk(&mut input, None, &mut [])?;
        Ok(bytes.len() - input.left())
    }
    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        self.reach = Reach::Line;
        if self.file == File::Head {
            let text = std::str::from_utf8(message.bytes).map_err(|_| "its schema is not UTF-8")?;
            self.plan = Some(Plan::new(text, &self.settings)?);
            self.file = File::Data;
            return Ok(());
        }
        let read = match self.plan {
            None => self.own.take(message, arrival, into),
            Some(_) => self.take(message, arrival, into),
        };
        read.map_err(|why| format!("not an Avro datum of readings: {why}"))
    }
    fn note(&mut self) -> Option<String> {
        self.lost.0.take()
    }
}
