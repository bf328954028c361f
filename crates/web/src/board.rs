//! The windows of many sensors, kept for browsers: a short history of each sensor, in the order that they came.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Windows of one sensor that are kept.
const EACH: usize = 120;
/// Windows of all sensors that are kept; the oldest go first.
const ALL: usize = 50_000;
/// Windows in one message.
const BATCH: usize = 1000;

/// A sensor.
pub(crate) struct Key {
    name: Box<str>,
    /// The number of its newest window.
    newest: AtomicU64,
}

/// What a window says of one sensor.
pub(crate) struct Row {
    key: Arc<Key>,
    start: i64,
    end: i64,
    readings: u64,
    early: bool,
    values: Box<[f64]>,
}

/// One window as it comes: its values in the order of the panel's columns.
pub(crate) struct Told<'a> {
    pub key: &'a str,
    pub start: i64,
    pub end: i64,
    pub readings: u64,
    /// A later one of the same window will follow.
    pub early: bool,
    pub values: Box<[f64]>,
}

/// Shared by whoever publishes and by all browsers.
#[derive(Default)]
pub(crate) struct Board {
    log: Mutex<Log>,
    /// A browser found nothing and wants to be woken.
    asked: AtomicBool,
}

#[derive(Default)]
struct Log {
    keys: HashMap<Box<str>, Known>,
    /// By number, from 1 on.
    rows: BTreeMap<u64, Arc<Row>>,
    total: u64,
}

struct Known {
    key: Arc<Key>,
    rows: VecDeque<u64>,
}

/// Windows for a browser.
#[derive(Default)]
pub(crate) struct Batch {
    pub rows: Vec<Arc<Row>>,
    /// Some gave way to newer ones of the same sensor.
    pub put_off: bool,
    /// How many there ever were.
    pub total: u64,
}

impl Board {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a window; the same window of the same sensor gives way to it. True: browsers wait for it.
    pub fn put(&self, told: Told<'_>) -> bool {
        self.log().put(told);
        self.asked.swap(false, Relaxed)
    }

    /// How many windows there ever were: the number of the newest.
    pub fn total(&self) -> u64 {
        self.log().total
    }

    /// What came after that number, the oldest first. Where it is more than fits, only the newest of each sensor.
    pub fn newer(&self, after: &mut u64) -> Batch {
        let log = self.log();
        let waiting = || log.rows.range(*after + 1..).map(|(number, row)| (*number, row));
        let all = waiting().take(BATCH + 1).count() <= BATCH;
        let newest = |(number, row): &(u64, &Arc<Row>)| all || row.key.newest.load(Relaxed) == *number;
        let some: Vec<_> = waiting().filter(newest).take(BATCH).collect();
        let last = if some.len() == BATCH { some[BATCH - 1].0 } else { log.total };
        *after = last;
        if some.is_empty() {
            // under the lock: what is put in next finds that somebody asks
            self.asked.store(true, Relaxed);
        }
        Batch {
            rows: some.into_iter().map(|(_, row)| row.clone()).collect(),
            put_off: !all,
            total: log.total,
        }
    }

    /// What came after one number, up to another, the newest first.
    pub fn between(&self, after: u64, to: &mut u64) -> Batch {
        let log = self.log();
        let some: Vec<_> = log.rows.range(after + 1..=(*to).max(after + 1)).rev().take(BATCH).collect();
        *to = if some.len() < BATCH { after } else { some[BATCH - 1].0 - 1 };
        Batch {
            rows: some.into_iter().map(|(_, row)| row.clone()).collect(),
            put_off: false,
            total: log.total,
        }
    }
}

impl Log {
    fn put(&mut self, told: Told<'_>) {
        self.total += 1;
        let number = self.total;
        if !self.keys.contains_key(told.key) {
            let key = Arc::new(Key { name: told.key.into(), newest: AtomicU64::new(number) });
            self.keys.insert(told.key.into(), Known { key, rows: VecDeque::new() });
        }
        let Some(known) = self.keys.get_mut(told.key) else { return };
        let rows = &mut self.rows;
        let same = |at: &u64| rows.get(at).is_some_and(|r| (r.start, r.end) == (told.start, told.end));
        // an early result is of one of the newest windows; a longer look back would cost more than it spares
        let back = known.rows.len().saturating_sub(16);
        let again = known.rows.range(back..).position(same).map(|at| at + back);
        if let Some(gone) = again.and_then(|at| known.rows.remove(at)) {
            rows.remove(&gone);
        }
        if known.rows.len() >= EACH
            && let Some(gone) = known.rows.pop_front()
        {
            rows.remove(&gone);
        }
        known.rows.push_back(number);
        known.key.newest.store(number, Relaxed);
        let Told { start, end, readings, early, values, .. } = told;
        rows.insert(number, Arc::new(Row { key: known.key.clone(), start, end, readings, early, values }));
        while self.rows.len() > ALL {
            self.forget();
        }
    }

    /// The oldest window goes, and with its last one the sensor.
    fn forget(&mut self) {
        let Some((_, row)) = self.rows.pop_first() else { return };
        let Some(known) = self.keys.get_mut(&row.key.name) else { return };
        known.rows.pop_front();
        if known.rows.is_empty() {
            self.keys.remove(&row.key.name);
        }
    }
}

impl Serialize for Row {
    /// `[key, start, end, readings, early, value, …]`; what is not finite becomes null.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut seq = to.serialize_seq(Some(5 + self.values.len()))?;
        seq.serialize_element(&self.key.name)?;
        seq.serialize_element(&self.start)?;
        seq.serialize_element(&self.end)?;
        seq.serialize_element(&self.readings)?;
        seq.serialize_element(&u8::from(self.early))?;
        self.values.iter().try_for_each(|value| seq.serialize_element(value))?;
        seq.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(board: &Board, key: &str, start: i64, value: f64) {
        let end = start + 1;
        board.put(Told { key, start, end, readings: 1, early: false, values: [value].into() });
    }
    fn values(batch: &Batch) -> Vec<f64> {
        batch.rows.iter().map(|row| row.values[0]).collect()
    }

    #[test]
    fn the_newest_of_each_sensor_stays_when_too_much_waits() {
        let board = Board::default();
        let mut after = 0;
        for n in 0..60_000i64 {
            put(&board, &format!("s{}", n % 300), n, n as f64);
        }
        let batch = board.newer(&mut after);
        assert_eq!(values(&batch), (59_700..60_000).map(f64::from).collect::<Vec<_>>());
        assert_eq!((batch.put_off, batch.total, after), (true, 60_000, 60_000));
        assert!(board.newer(&mut after).rows.is_empty());
        assert!(board.put(Told { key: "s0", start: 0, end: 0, readings: 0, early: true, values: [].into() }));

        let (mut to, mut seen) = (60_001, 0);
        while to > 0 {
            seen += board.between(0, &mut to).rows.len();
        }
        assert_eq!(seen, 300 * 120, "of s0 the oldest has gone for the newest");
    }

    #[test]
    fn a_window_that_comes_again_replaces_itself_and_memory_is_bounded() {
        let board = Board::default();
        for value in 0..5 {
            put(&board, "a", 7, f64::from(value));
        }
        assert_eq!(values(&board.newer(&mut 0)), [4.0]);
        (0..70_000).for_each(|n| put(&board, &format!("{n}"), 0, 0.0));
        let log = board.log();
        assert_eq!((log.rows.len(), log.keys.len()), (ALL, ALL));
    }

    #[test]
    fn rows_are_short_json() {
        let board = Board::default();
        put(&board, "a\"b", -3, f64::NAN);
        let batch = board.newer(&mut 0);
        assert_eq!(serde_json::to_string(&*batch.rows[0]).unwrap(), r#"["a\"b",-3,-2,1,0,null]"#);
    }
}
