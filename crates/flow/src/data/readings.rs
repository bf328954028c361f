//! Readings: timestamped values of many keys; and aggregates, what a window says of the readings of one key.

mod spare;

pub use spare::Spare;
use std::sync::Arc;

/// Readings of one shard in the order they came, column by column, with the bytes they came as.
///
/// ```
/// use passband_flow::data::Readings;
/// let mut readings = Readings::new(["temperature".to_owned()].into(), "topic t, partition 0, offset ".into());
/// let arrived = 1_700_000_001_000_000;
/// let place = passband_flow::data::Arrival { time: arrived, offset: 7, id: None };
/// readings.push("Sensor1", 1_700_000_000_000_000, &[21.5], place, b"21.5");
/// let reading = readings.iter().next().unwrap();
/// assert_eq!((reading.key, reading.values, reading.bytes), ("Sensor1", &[21.5][..], &b"21.5"[..]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// The names of the values, the same for every reading.
    pub fields: Arc<[String]>,
    /// Where they come from, for people: what the number of a reading is put behind.
    pub place: Arc<str>,
    /// What is taken off an offset to have the number that is put behind the place.
    pub before: i64,
    columns: Columns,
    spare: Spare,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Columns {
    rows: Vec<Row>,
    values: Vec<f64>,
    keys: String,
    bytes: Vec<u8>,
    /// Offset of each reading that lacked values, and how many.
    lost: Vec<(i64, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    /// Where its key and its bytes end.
    ends: (u32, u32),
    time: i64,
    arrival: Arrival,
}

/// How a reading came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrival {
    /// When, by the transport (µs since 1970); 0 where that is not known.
    pub time: i64,
    /// Its place in the order of its shard.
    pub offset: i64,
    /// A hash of what names it, where readings have names of their own.
    pub id: Option<u64>,
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<'a> {
    /// The sensor.
    pub key: &'a str,
    /// When it was taken (µs since 1970).
    pub time: i64,
    /// Its values, a field each; one that is missing is NaN.
    pub values: &'a [f64],
    /// How it came.
    pub arrival: Arrival,
    /// The bytes it came as.
    pub bytes: &'a [u8],
}

impl Readings {
    /// None yet.
    pub fn new(fields: Arc<[String]>, place: Arc<str>) -> Self {
        Self { fields, place, before: 0, columns: Columns::default(), spare: Spare::none() }
    }
    /// Adds one. Its values are as many as there are fields, and at least one is a number; those that are missing are
    /// NaN, and counted.
    #[inline]
    pub fn push(&mut self, key: &str, time: i64, values: &[f64], arrival: Arrival, bytes: &[u8]) {
        self.push_part(key, time, values, arrival, bytes);
        if values.len() > 1 {
            let missing = values.iter().filter(|value| value.is_nan()).count();
            self.lose(arrival.offset, missing);
        }
    }
    /// Adds one that is not meant to have all values: those that are NaN are not counted as missing.
    #[inline]
    pub fn push_part(&mut self, key: &str, time: i64, values: &[f64], arrival: Arrival, bytes: &[u8]) {
        let columns = &mut self.columns;
        columns.keys.push_str(key);
        columns.bytes.extend_from_slice(bytes);
        match values {
            // without a copy in a loop
            [value] => columns.values.push(*value),
            values => columns.values.extend_from_slice(values),
        }
        let ends = (columns.keys.len() as u32, columns.bytes.len() as u32);
        columns.rows.push(Row { ends, time, arrival });
    }
    /// Counts values of the message at that offset that were missing or no number, and are in no reading of it.
    #[inline]
    pub fn lose(&mut self, offset: i64, values: usize) {
        if values > 0 {
            self.columns.lost.push((offset, values as u32));
        }
    }
    /// How many values were missing in readings from that offset on.
    pub fn missing(&self, from: i64) -> u64 {
        let lost = self.columns.lost.iter().filter(|(offset, _)| *offset >= from);
        lost.map(|(_, values)| u64::from(*values)).sum()
    }
    /// Takes back what was added since there were that many.
    pub fn cut(&mut self, len: usize) {
        let Columns { rows, values, keys, bytes, lost } = &mut self.columns;
        let (of_keys, of_bytes) = rows.get(len.wrapping_sub(1)).map_or((0, 0), |row| row.ends);
        if let Some(first) = rows.get(len).map(|row| row.arrival.offset) {
            lost.retain(|(offset, _)| *offset < first);
        }
        rows.truncate(len);
        values.truncate(len * self.fields.len());
        keys.truncate(of_keys as usize);
        bytes.truncate(of_bytes as usize);
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.columns.rows.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.rows.is_empty()
    }
    /// Whether another should be begun: places in it are 32-bit numbers, and memory is to stay small.
    pub fn is_full(&self) -> bool {
        self.len() >= 65_536 || self.columns.bytes.len() >= 16 << 20
    }
    /// Each in turn.
    pub fn iter(&self) -> impl Iterator<Item = Reading<'_>> {
        let (mut key, mut byte) = (0, 0);
        let Columns { rows, values, keys, bytes, .. } = &self.columns;
        let width = self.fields.len();
        rows.iter().enumerate().map(move |(at, row)| {
            let (of_key, of_bytes) = (key..row.ends.0 as usize, byte..row.ends.1 as usize);
            (key, byte) = (of_key.end, of_bytes.end);
            Reading {
                key: &keys[of_key],
                time: row.time,
                values: &values[at * width..(at + 1) * width],
                arrival: row.arrival,
                bytes: &bytes[of_bytes],
            }
        })
    }
    /// Where the one of that offset comes from, for people.
    pub fn place_of(&self, offset: i64) -> String {
        format!("{}{}", self.place, offset - self.before)
    }
    /// The place of the first and of the last.
    pub fn offsets(&self) -> Option<(i64, i64)> {
        let rows = &self.columns.rows;
        Some((rows.first()?.arrival.offset, rows.last()?.arrival.offset))
    }
}
