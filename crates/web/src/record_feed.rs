//! One browser's position in the log of records, and the message `records`.

use crate::record_log::{Batch, Entry, RecordLog};
use passband_flow::data::{Form, Type, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Interval between two messages.
const PACE: Duration = Duration::from_millis(50);
/// Length above which lists of numbers are reduced to [`REDUCED`] values.
const LIST: usize = 512;
const REDUCED: usize = 256;
/// Maximum number of items of other lists, and of characters of text, that are sent.
const ITEMS: usize = 20;
const TEXT: usize = 400;
/// Integers beyond this are not exact in a browser: they are sent as text.
const EXACT: i64 = 1 << 53;

/// The position of one browser in the log.
pub(crate) struct RecordFeed {
    log: Arc<RecordLog>,
    /// By stream: the last record sent, and the last record from before this browser connected.
    read: BTreeMap<usize, u64>,
    before: BTreeMap<usize, u64>,
    due: Option<Instant>,
}

/// What to send to the browser next.
pub(crate) enum Next {
    /// These records.
    Records(Records),
    /// Nothing before this time.
    Until(Instant),
    /// Nothing until a record is added.
    Nothing,
}

/// The message `records`.
pub(crate) struct Records {
    stream: usize,
    batch: Batch,
    kept: bool,
}

impl RecordFeed {
    /// The feed of a browser that connects now.
    pub fn new(log: Arc<RecordLog>) -> Self {
        let before = log.totals();
        Self { log, read: BTreeMap::new(), before, due: None }
    }

    /// The next message to send.
    pub fn next(&mut self, now: Instant) -> Next {
        if let Some(due) = self.due.filter(|due| *due > now) {
            return Next::Until(due);
        }
        let Some((stream, batch)) = self.log.newer(&self.read) else { return Next::Nothing };
        self.due = Some(now + PACE);
        self.read.insert(stream, batch.last);
        let kept = batch.last <= self.before.get(&stream).copied().unwrap_or(0);
        Next::Records(Records { stream, batch, kept })
    }
}

impl Records {
    /// The message as text.
    pub fn encode(&self) -> String {
        // values always serialize; numbers that are not finite become null
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(6))?;
        map.serialize_entry("type", "records")?;
        map.serialize_entry("stream", &self.stream)?;
        map.serialize_entry("kept", &self.kept)?;
        map.serialize_entry("total", &self.batch.total)?;
        map.serialize_entry("first", &(self.batch.last + 1 - self.batch.entries.len() as u64))?;
        let rows: Vec<_> = self.batch.entries.iter().map(|entry| Cells(entry)).collect();
        map.serialize_entry("rows", &rows)?;
        map.end()
    }
}

/// A record as `[stream, key, time, value, …]`, with its values in the order of the columns.
struct Cells<'a>(&'a Entry);

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Entry { stream, row, columns } = self.0;
        let (fields, values) = (row.fields(Form::Plain), row.values(Form::Plain));
        let width = columns.iter().max().map_or(0, |last| last + 1);
        let mut cells: Vec<Option<Cell<'_>>> = (0..width).map(|_| None).collect();
        for ((field, value), column) in fields.iter().zip(&values).zip(columns.iter()) {
            cells[*column] = Some(Cell(value, &field.kind));
        }
        let mut seq = to.serialize_seq(Some(3 + width))?;
        seq.serialize_element(&**stream)?;
        seq.serialize_element(&row.key())?;
        seq.serialize_element(&Some(row.time()).filter(|time| *time != 0))?;
        cells.iter().try_for_each(|cell| seq.serialize_element(cell))?;
        seq.end()
    }
}

/// A value with its type.
struct Cell<'a>(&'a Value<'a>, &'a Type);

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let kind = match self.1 {
            Type::Optional(inner) => inner,
            kind => kind,
        };
        match (self.0, kind) {
            (Value::Bool(truth), _) => to.serialize_bool(*truth),
            (Value::Long(number), _) if number.unsigned_abs() > EXACT as u64 => to.collect_str(number),
            (Value::Long(number), _) => to.serialize_i64(*number),
            (Value::Double(number), _) => to.serialize_f64(*number),
            (Value::Text(text), _) => match text.char_indices().nth(TEXT) {
                Some((end, _)) => to.collect_str(&format_args!("{}…", &text[..end])),
                None => to.serialize_str(text),
            },
            (Value::Symbol(at), Type::Symbol(_, words)) => to.serialize_str(words.get(*at).unwrap_or(&"")),
            (Value::Floats(values), _) if values.len() <= LIST => to.collect_seq(values.iter()),
            (Value::Floats(values), _) => reduced(values.len(), |at| f64::from(values[at]), to),
            (Value::Doubles(values), _) if values.len() <= LIST => to.collect_seq(values.iter()),
            (Value::Doubles(values), _) => reduced(values.len(), |at| values[at], to),
            (Value::Longs(values), _) if values.len() <= LIST => to.collect_seq(values.iter()),
            (Value::Longs(values), _) => reduced(values.len(), |at| values[at] as f64, to),
            (Value::List(items), Type::List(inner)) => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("count", &items.len())?;
                let shown: Vec<_> = items.iter().take(ITEMS).map(|item| Cell(item, inner)).collect();
                map.serialize_entry("items", &shown)?;
                map.end()
            }
            (Value::Map(entries), Type::Map(inner)) => {
                to.collect_map(entries.iter().map(|(name, value)| (name, Cell(value, inner))))
            }
            (Value::Record(values), Type::Record(_, fields)) => {
                let plain = fields.iter().filter(|field| field.form != Some(Form::Exact));
                let named = plain.zip(values).map(|(field, value)| (field.name(), Cell(value, &field.kind)));
                to.collect_map(named)
            }
            _ => to.serialize_none(),
        }
    }
}

/// A long list: its length, minimum and maximum, and the maximum of each of [`REDUCED`] parts.
fn reduced<S: Serializer>(length: usize, value: impl Fn(usize) -> f64, to: S) -> Result<S::Ok, S::Error> {
    let greatest = |part: usize| {
        let range = part * length / REDUCED..(part + 1) * length / REDUCED;
        range.map(&value).fold(f64::NAN, f64::max)
    };
    let values: Vec<f64> = (0..REDUCED).map(greatest).collect();
    let all = || (0..length).map(&value);
    let mut map = to.serialize_map(Some(4))?;
    map.serialize_entry("count", &length)?;
    map.serialize_entry("min", &all().fold(f64::NAN, f64::min))?;
    map.serialize_entry("max", &all().fold(f64::NAN, f64::max))?;
    map.serialize_entry("values", &values)?;
    map.end()
}
