//! Readings: timestamped values of many keys.

mod spare;

pub use spare::Spare;
use std::sync::Arc;

/// Readings of one shard in order of arrival, stored by column, with their original bytes.
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
    /// Their origin as text, which the number of a reading is appended to.
    pub place: Arc<str>,
    /// The offset of the reading with number 0.
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
    /// Offset of each reading with missing values, and their number.
    lost: Vec<(i64, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    /// Where its key and its bytes end.
    ends: (u32, u32),
    time: i64,
    arrival: Arrival,
}

/// The arrival of a reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrival {
    /// The time of the transport (µs since 1970); 0 if unknown.
    pub time: i64,
    /// The offset in its shard.
    pub offset: i64,
    /// A hash of its id, if readings have ids.
    pub id: Option<u64>,
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<'a> {
    /// The sensor.
    pub key: &'a str,
    /// When it was taken (µs since 1970).
    pub time: i64,
    /// Its values, one per field; NaN if missing.
    pub values: &'a [f64],
    /// Its arrival.
    pub arrival: Arrival,
    /// The original bytes.
    pub bytes: &'a [u8],
}

impl Readings {
    /// Creates an empty list.
    pub fn new(fields: Arc<[String]>, place: Arc<str>) -> Self {
        Self { fields, place, before: 0, columns: Columns::default(), spare: Spare::none() }
    }
    /// Adds a reading, with one value per field. At least one is a number; missing values are NaN, and are counted.
    #[inline]
    pub fn push(&mut self, key: &str, time: i64, values: &[f64], arrival: Arrival, bytes: &[u8]) {
        self.push_part(key, time, values, arrival, bytes);
        if values.len() > 1 {
            let missing = values.iter().filter(|value| value.is_nan()).count();
            self.lose(arrival.offset, missing);
        }
    }
    /// Adds a reading that contains only some of the fields: NaN is not counted as missing.
    #[inline]
    pub fn push_part(&mut self, key: &str, time: i64, values: &[f64], arrival: Arrival, bytes: &[u8]) {
        let columns = &mut self.columns;
        columns.keys.push_str(key);
        columns.bytes.extend_from_slice(bytes);
        match values {
            // avoids a copy in a loop
            [value] => columns.values.push(*value),
            values => columns.values.extend_from_slice(values),
        }
        let ends = (columns.keys.len() as u32, columns.bytes.len() as u32);
        columns.rows.push(Row { ends, time, arrival });
    }
    /// Counts missing or non-numeric values of the message at that offset that belong to no reading of it.
    #[inline]
    pub fn lose(&mut self, offset: i64, values: usize) {
        if values > 0 {
            self.columns.lost.push((offset, values as u32));
        }
    }
    /// The number of missing values in readings from that offset on.
    pub fn missing(&self, from: i64) -> u64 {
        let lost = self.columns.lost.iter().filter(|(offset, _)| *offset >= from);
        lost.map(|(_, values)| u64::from(*values)).sum()
    }
    /// Truncates to the first `len` readings.
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
    /// Number of readings.
    pub fn len(&self) -> usize {
        self.columns.rows.len()
    }
    /// Whether there are no readings.
    pub fn is_empty(&self) -> bool {
        self.columns.rows.is_empty()
    }
    /// Whether a new list should be started: indices are 32-bit numbers, and memory should stay small.
    pub fn is_full(&self) -> bool {
        self.len() >= 65_536 || self.columns.bytes.len() >= 16 << 20
    }
    /// Iterates over the readings.
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
    /// The origin of the reading at that offset, as text.
    pub fn place_of(&self, offset: i64) -> String {
        format!("{}{}", self.place, offset - self.before)
    }
    /// Offsets of the first and the last reading.
    pub fn offsets(&self) -> Option<(i64, i64)> {
        let rows = &self.columns.rows;
        Some((rows.first()?.arrival.offset, rows.last()?.arrival.offset))
    }
}
