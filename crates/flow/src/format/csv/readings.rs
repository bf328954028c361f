//! Readings of CSV: one per row of a table, or one per column and row.

use super::fields::{Broken, Fields};
use super::head::{self, Head};
use super::numbers::{Numbers, Value};
use super::table::Table;
use super::{Csv, Extra, Melt};
use crate::data::{Arrival, Readings};
use crate::format::time::{Clock, NoTime, named};
use crate::format::value::no_value;
use crate::format::{Holds, Joined, Message, Reach, ReadReadings, name_hash};
use std::borrow::Cow;
use std::sync::Arc;

/// Decodes readings.
pub struct Reader {
    settings: Csv,
    clock: Clock,
    numbers: Numbers,
    names: Arc<[String]>,
    head: head::Reader,
    /// The columns, once they are known.
    table: Option<Table>,
    /// Number of fields before the first column; unknown before the first row.
    shift: Option<usize>,
    fields: Fields,
    row: Vec<f64>,
    /// Date and time of day, joined.
    moment: String,
    reach: Reach,
}

/// Why a row cannot be used.
struct Wrong {
    why: String,
    reach: Reach,
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Self { why, reach: Reach::Line }
    }
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Self {
        Self::from(why.to_owned())
    }
}

impl Wrong {
    /// An error that a setting can resolve.
    fn undecided(why: String) -> Self {
        Self { why, reach: Reach::Setting }
    }
}

impl Reader {
    /// Creates the decoder from settings.
    ///
    /// # Errors   invalid settings
    pub fn new(settings: &Csv) -> Result<Self, String> {
        let melt = settings.melt == Melt::Yes;
        if melt && settings.key.is_some() {
            return Err("with melt, the names of the columns are the keys: remove key or melt".into());
        }
        let names = match melt {
            true => ["value".to_owned()].into(),
            false => named(&settings.values).into_iter().map(|(name, _)| name).collect(),
        };
        let clock = Clock::new(settings.time_zone.as_deref(), settings.time_unit)?;
        let mut head = head::Reader::new(settings)?;
        // messages have no header
        head.next = Head::Over;
        let table = match settings.columns.is_empty() {
            true => None,
            false => Some(Table::new(&settings.columns, settings)?),
        };
        Ok(Self {
            clock: clock.with(settings.time_format.as_deref())?,
            numbers: Numbers::new(settings)?,
            settings: settings.clone(),
            names,
            head,
            table,
            shift: None,
            fields: Fields::default(),
            row: vec![],
            moment: String::new(),
            reach: Reach::Line,
        })
    }

    /// Whether a line is a comment.
    fn is_comment(&self, line: &[u8]) -> bool {
        self.settings
            .comment
            .as_deref()
            .is_some_and(|sign| !sign.is_empty() && line.starts_with(sign.as_bytes()))
    }

    /// Whether a line before the first row repeats the column names that are set.
    #[cold]
    fn repeats_names(&mut self, line: &[u8]) -> bool {
        let names = &self.settings.columns;
        if names.is_empty() {
            return false;
        }
        let delimiter = self.head.of_row(line, names.len(), &mut self.fields);
        self.fields.split(line, delimiter).is_ok()
            && self.fields.len() == names.len()
            && names.iter().zip(0..).all(|(name, at)| *self.fields.get(at, line) == *name.as_bytes())
    }

    fn row(
        &mut self,
        line: &[u8],
        message: &Message<'_>,
        mut arrival: Arrival,
        into: &mut Readings,
    ) -> Result<(), Wrong> {
        let Self { settings, clock, numbers, table, fields, row, moment, .. } = self;
        let table = table.as_ref().ok_or("there is no header line")?;
        let delimiter = match self.head.delimiter {
            Some(delimiter) => delimiter,
            None => self.head.of_row(line, table.width, fields),
        };
        fields.split(line, delimiter).map_err(|broken| broken.to_string())?;
        let shift = match fields.len() > table.width || self.shift == Some(1) {
            true => shift(fields, line, table, settings, self.shift, clock)?,
            false => 0,
        };
        let field = |column: usize| fields.get(column + shift, line);
        let time = match table.time {
            None if arrival.time == 0 => return Err("the transport provides no time of arrival".into()),
            None => arrival.time,
            Some(at) => time(clock, table.date.map(field), field(at), moment)
                .map_err(|why| Wrong { why: format!("{}: {why}", settings.time), reach: why.reach })?,
        };
        arrival.id = match table.id.map(field) {
            Some(id) if !id.is_empty() => Some(name_hash(&id)),
            _ => arrival.id,
        };
        self.shift = Some(shift);
        if settings.melt == Melt::Yes {
            row.clear();
            let mut lost = 0;
            for (name, column) in &table.values {
                let text = field(*column);
                row.push(match numbers.read(&text) {
                    Value::Number(value) => value,
                    Value::Missing => f64::NAN,
                    Value::Other => {
                        lost += 1;
                        f64::NAN
                    }
                    Value::Undecided => return Err(undecided(name, &text)),
                });
            }
            if lost > 0 && row.iter().all(|value| value.is_nan()) {
                return Err(no_value(&whys(table, numbers, &field)).into());
            }
            for ((name, _), value) in table.values.iter().zip(&*row).filter(|(_, value)| !value.is_nan()) {
                into.push(name, time, &[*value], arrival, message.bytes);
            }
            into.lose(arrival.offset, lost);
            return Ok(());
        }
        let key = match table.key {
            Some(at) => field(at),
            None => message.key.into(),
        };
        let key = std::str::from_utf8(&key).map_err(|_| match table.key {
            Some(_) => Wrong::undecided(
                "its key is not UTF-8: set encoding of the source files, such as latin-1".into(),
            ),
            None => "its key is not UTF-8".into(),
        })?;
        if key.is_empty() {
            return Err("it has no key".into());
        }
        row.clear();
        let mut any = false;
        for (name, column) in &table.values {
            let text = field(*column);
            row.push(match numbers.read(&text) {
                Value::Number(value) => {
                    any = true;
                    value
                }
                Value::Missing | Value::Other => f64::NAN,
                Value::Undecided => return Err(undecided(name, &text)),
            });
        }
        if !any {
            return Err(no_value(&whys(table, numbers, &field)).into());
        }
        into.push(key, time, row, arrival, message.bytes);
        Ok(())
    }
}

/// The time of a row.
#[inline]
fn time(
    clock: &mut Clock,
    date: Option<Cow<'_, [u8]>>,
    time: Cow<'_, [u8]>,
    moment: &mut String,
) -> Result<i64, NoTime> {
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or("\u{fffd}");
    match date {
        None => clock.text(text(&time)),
        Some(date) => {
            moment.clear();
            moment.push_str(text(&date));
            moment.push(' ');
            moment.push_str(text(&time));
            clock.text(moment)
        }
    }
}

/// Number of fields before the first column, in a row that has too many.
#[cold]
fn shift(
    fields: &Fields,
    line: &[u8],
    table: &Table,
    settings: &Csv,
    known: Option<usize>,
    clock: &mut Clock,
) -> Result<usize, Wrong> {
    let (count, width) = (fields.len(), table.width);
    if settings.extra == Extra::First || known == Some(1) {
        return match count == width + 1
            || count > width && (width + 1..count).all(|at| fields.is_empty(at, line))
        {
            true => Ok(1),
            false => Err(format!("{count} fields, but {width} columns and the name of a row").into()),
        };
    }
    if settings.extra == Extra::Last || (width..count).all(|at| fields.is_empty(at, line)) {
        return Ok(0);
    }
    let mut is_time = |shift: usize| {
        let get = |at: usize| fields.get(at + shift, line);
        let mut moment = String::new();
        table.time.is_some_and(|at| time(clock, table.date.map(get), get(at), &mut moment).is_ok())
    };
    if known.is_none() && count == width + 1 && !is_time(0) && is_time(1) {
        return Ok(1);
    }
    Err(Wrong::undecided(format!(
        "{count} fields where there are {width} columns: set extra to first or last where one has no name, decimal or \
         delimiter where a comma stands in numbers"
    )))
}

/// The error for digits whose meaning depends on a setting.
#[cold]
fn undecided(name: &str, text: &[u8]) -> Wrong {
    let text = String::from_utf8_lossy(text);
    Wrong::undecided(format!(
        "{name} is '{text}': set decimal, and thousands if used, to the format of the numbers"
    ))
}

/// Why each value cannot be used.
#[cold]
fn whys<'a>(table: &Table, numbers: &mut Numbers, field: &dyn Fn(usize) -> Cow<'a, [u8]>) -> Vec<String> {
    let mut why = |(name, column): &(String, usize)| match (&*field(*column), numbers.read(&field(*column))) {
        (b"", _) => format!("{name} is empty"),
        (text, Value::Missing) => {
            format!("{name} is '{}', a word for a missing value", String::from_utf8_lossy(text))
        }
        (text, _) => {
            let text: String = String::from_utf8_lossy(text).chars().take(40).collect();
            format!("{name} is '{text}', and should be a number")
        }
    };
    table.values.iter().take(10).map(&mut why).collect()
}

impl ReadReadings for Reader {
    fn value_names(&self) -> Arc<[String]> {
        self.names.clone()
    }
    fn holds(&self) -> Holds {
        Holds { key: self.settings.key.is_some() || self.settings.melt == Melt::Yes, ..Holds::default() }
    }

    fn begin(&mut self) {
        if let Ok(head) = head::Reader::new(&self.settings) {
            self.head = head;
        }
        self.shift = None;
        if self.settings.columns.is_empty() {
            self.table = None;
        }
    }

    fn in_head(&self) -> bool {
        self.head.next != Head::Over
    }

    fn goes_on(&mut self, line: &[u8]) -> bool {
        if memchr::memchr(b'"', line).is_none() {
            return false;
        }
        if self.is_comment(line) {
            return false;
        }
        let delimiter = match (self.head.next, self.head.delimiter) {
            (Head::Names, None) => super::delimiter(line),
            (Head::Names | Head::Over, delimiter) => delimiter.unwrap_or(b','),
            _ => return false,
        };
        matches!(self.fields.split(line, delimiter), Err(Broken::Open(_)))
    }

    fn joins(&mut self, lines: &[u8], next: usize) -> Joined {
        if memchr::memchr(b'"', &lines[next..]).is_none() {
            return Joined::Unfinished;
        }
        let delimiter = self.head.delimiter.unwrap_or_else(|| super::delimiter(lines));
        match self.fields.split(lines, delimiter) {
            Ok(()) => {}
            Err(Broken::Open(_)) => return Joined::Unfinished,
            Err(Broken::Follows(_)) => return Joined::No,
        }
        let Some(table) = &self.table else { return Joined::One };
        let width = self.fields.len();
        if width > table.width
            && !(table.width..width).all(|at| self.fields.is_empty(at, lines))
            && self.shift != Some(1)
        {
            return Joined::No;
        }
        // an unclosed quote has swallowed following rows; only the part of the last line before the closing quote belongs to
        // the field
        let shift = self.shift.unwrap_or(0);
        let mut is_row = |line: &[u8], least: usize| {
            self.fields.split(line, delimiter).is_ok()
                && self.fields.len() >= least
                && table.time.is_none_or(|at| {
                    let field = |at: usize| self.fields.get(at + shift, line);
                    time(&mut self.clock, table.date.map(field), field(at), &mut self.moment).is_ok()
                })
        };
        let last = lines[next..].split(|byte| *byte == b'"').next().unwrap_or_default();
        let swallowed =
            table.time.is_some_and(|at| is_row(last, at.max(table.date.unwrap_or(0)) + shift + 2))
                || next > 0
                    && lines[..next - 1]
                        .split(|byte| matches!(byte, b'\n' | b'\r'))
                        .skip(1)
                        .any(|line| is_row(line, table.width.max(2)));
        if swallowed { Joined::No } else { Joined::One }
    }

    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        let line = message.bytes;
        let end = line.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        let line = &line[..line.len() - end];
        if self.in_head() {
            return match self.head.line(line, &self.settings, &mut self.fields) {
                Ok(table) => {
                    self.table = table.or(self.table.take());
                    Ok(())
                }
                Err(why) => {
                    self.reach = Reach::File;
                    Err(why)
                }
            };
        }
        if line.is_empty() || self.is_comment(line) || self.shift.is_none() && self.repeats_names(line) {
            return Ok(());
        }
        self.row(line, message, arrival, into).map_err(|wrong| {
            self.reach = wrong.reach;
            wrong.why
        })
    }

    fn reach(&self) -> Reach {
        self.reach
    }
}
