//! The contents of windows, computed from all readings of a topic by definition.

use crate::log::Entry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

const SECOND: i64 = 1_000_000;

/// A reading, with its time in µs since 1970.
pub struct Reading {
    pub key: String,
    pub time: i64,
    pub value: f64,
    pub id: String,
}

/// Count, minimum, maximum and sum of some readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub count: u64,
    pub least: f64,
    pub greatest: f64,
    pub sum: f64,
}

impl Cell {
    fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let none = Cell { count: 0, least: f64::INFINITY, greatest: f64::NEG_INFINITY, sum: 0.0 };
        values.into_iter().fold(none, |cell, value| Cell {
            count: cell.count + 1,
            least: cell.least.min(value),
            greatest: cell.greatest.max(value),
            sum: cell.sum + value,
        })
    }
}

/// By sensor, start and end of the window (µs).
pub type Table = BTreeMap<(String, i64, i64), Cell>;

/// Partitions and offsets.
pub type Places = BTreeSet<(i32, i64)>;

/// Closed windows, and the outcome of each reading.
#[derive(Default)]
pub struct Said {
    pub table: Table,
    /// Number of folded readings, including those in open windows.
    pub folded: u64,
    /// Number of duplicates.
    pub doubled: u64,
    /// Partition and offset of late readings.
    pub late: Places,
    /// Partition and offset of invalid messages.
    pub refused: Places,
}

/// A kind of window, over the readings of one partition. `mark` is the greatest time before a reading.
pub trait Windows {
    /// Whether an open window accepts the reading.
    fn open(&self, reading: &Reading, mark: i64) -> bool;
    /// Adds the reading.
    fn add(&mut self, reading: &Reading, mark: i64);
    /// All windows that are closed at the end.
    fn closed(self, mark: i64) -> Table;
}

/// The windows of a topic's readings, by partition and in order.
pub fn said<W: Windows>(entries: &[Entry], windows: impl Fn() -> W) -> Said {
    let mut said = Said::default();
    let mut partitions: BTreeMap<i32, Vec<&Entry>> = BTreeMap::new();
    entries.iter().for_each(|entry| partitions.entry(entry.partition).or_default().push(entry));
    for entries in partitions.into_values() {
        let (mut windows, mut mark, mut names) = (windows(), i64::MIN / 2, HashSet::new());
        for entry in entries {
            let at = (entry.partition, entry.offset);
            match reading(entry) {
                None => drop(said.refused.insert(at)),
                Some(reading) if !windows.open(&reading, mark) => drop(said.late.insert(at)),
                Some(reading) if !names.insert(reading.id.clone()) => said.doubled += 1,
                Some(reading) => {
                    windows.add(&reading, mark);
                    mark = mark.max(reading.time);
                    said.folded += 1;
                }
            }
        }
        said.table.extend(windows.closed(mark));
    }
    said
}

fn reading(entry: &Entry) -> Option<Reading> {
    let value: Value = serde_json::from_slice(&entry.value).ok()?;
    let (time, id) = (time(value["ts"].as_str()?), value["id"].to_string());
    Some(Reading { key: entry.key.clone(), time, value: value["value"].as_f64()?, id })
}

/// µs since 1970 of `2024-03-01T12:00:03` and `2024-03-01T12:00:03.12`.
pub fn time(ts: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| ts[range].parse::<i64>().unwrap();
    let fraction = ts.get(20..).map_or(0, |f| format!("{f:0<6}").parse::<i64>().unwrap());
    // years begin in March here, so that a leap day is the last day
    let (month, day) = (number(5..7), number(8..10));
    let year = number(0..4) - i64::from(month < 3);
    let days = 365 * year + year / 4 - year / 100 + year / 400;
    let days = days + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719_468;
    ((days * 24 + number(11..13)) * 3600 + number(14..16) * 60 + number(17..19)) * SECOND + fraction
}

/// Windows of one length (µs) that start at intervals of a hop.
pub struct Hopping {
    length: i64,
    hop: i64,
    grace: i64,
    values: BTreeMap<(String, i64, i64), Vec<f64>>,
}

impl Hopping {
    pub fn seconds(length: i64, hop: i64, grace: i64) -> Self {
        let [length, hop, grace] = [length, hop, grace].map(|time| time * SECOND);
        Self { length, hop, grace, values: BTreeMap::new() }
    }
    /// Ends of the windows that contain that time.
    fn ends(&self, time: i64) -> impl Iterator<Item = i64> + use<> {
        let (length, hop) = (self.length, self.hop);
        let last = time.div_euclid(hop) * hop + length;
        (0..).map(move |back| last - back * hop).take_while(move |end| *end > time)
    }
}

impl Windows for Hopping {
    fn open(&self, reading: &Reading, mark: i64) -> bool {
        self.ends(reading.time).any(|end| end + self.grace > mark)
    }
    fn add(&mut self, reading: &Reading, mark: i64) {
        for end in self.ends(reading.time).filter(|end| end + self.grace > mark) {
            let of = (reading.key.clone(), end - self.length, end);
            self.values.entry(of).or_default().push(reading.value);
        }
    }
    fn closed(self, mark: i64) -> Table {
        let over = self.values.into_iter().filter(|((.., end), _)| end + self.grace <= mark);
        over.map(|(of, values)| (of, Cell::of(values))).collect()
    }
}

/// Readings of a sensor that follow each other by less than a gap (µs).
pub struct Sessions {
    gap: i64,
    grace: i64,
    /// By sensor, times and values of each session.
    sessions: BTreeMap<String, Vec<Vec<(i64, f64)>>>,
}

impl Sessions {
    pub fn seconds(gap: i64, grace: i64) -> Self {
        Self { gap: gap * SECOND, grace: grace * SECOND, sessions: BTreeMap::new() }
    }
    fn end(&self, session: &[(i64, f64)]) -> i64 {
        session.iter().map(|(time, _)| *time).max().unwrap() + self.gap
    }
    /// Whether the session is open and the time is less than a gap from one of its readings.
    fn takes(&self, session: &[(i64, f64)], time: i64, mark: i64) -> bool {
        session.iter().any(|(other, _)| (other - time).abs() < self.gap)
            && self.end(session) + self.grace > mark
    }
}

impl Windows for Sessions {
    fn open(&self, reading: &Reading, mark: i64) -> bool {
        let mut sessions = self.sessions.get(&reading.key).into_iter().flatten();
        reading.time + self.gap + self.grace > mark
            || sessions.any(|session| self.takes(session, reading.time, mark))
    }
    fn add(&mut self, reading: &Reading, mark: i64) {
        let sessions = self.sessions.remove(&reading.key).unwrap_or_default();
        let (near, mut rest): (Vec<_>, Vec<_>) =
            sessions.into_iter().partition(|session| self.takes(session, reading.time, mark));
        let mut session = near.concat();
        session.push((reading.time, reading.value));
        rest.push(session);
        self.sessions.insert(reading.key.clone(), rest);
    }
    fn closed(self, mark: i64) -> Table {
        let mut table = Table::new();
        for (key, session) in self.sessions.iter().flat_map(|(key, all)| all.iter().map(move |s| (key, s))) {
            let (start, end) = (session.iter().map(|(time, _)| *time).min().unwrap(), self.end(session));
            if end + self.grace <= mark {
                table.insert((key.clone(), start, end), Cell::of(session.iter().map(|(_, value)| *value)));
            }
        }
        table
    }
}
