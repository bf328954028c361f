//! The latest windows of many sensors, in order of arrival. Each browser reads them at its own pace.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Maximum number of stored windows of one sensor.
const EACH: usize = 120;
/// Maximum number of stored windows of all sensors; the oldest are evicted first.
const ALL: usize = 50_000;
/// Maximum number of windows in one message.
const BATCH: usize = 1000;

/// A sensor.
pub(crate) struct Key {
    name: Box<str>,
    /// The number of its newest window.
    newest: AtomicU64,
}

/// A window of one sensor.
pub(crate) struct Entry {
    key: Arc<Key>,
    start: i64,
    end: i64,
    readings: u64,
    early: bool,
    values: Box<[f64]>,
}

/// A window to add, with its values in the order of the panel's columns.
pub(crate) struct Window<'a> {
    pub key: &'a str,
    pub start: i64,
    pub end: i64,
    pub readings: u64,
    /// Whether a later result of the same window will follow.
    pub early: bool,
    pub values: Box<[f64]>,
}

/// A log shared by the sink and the tasks of all browsers.
#[derive(Default)]
pub(crate) struct WindowLog {
    log: Mutex<Log>,
    /// Whether a browser has read everything and waits to be woken.
    asked: AtomicBool,
}

#[derive(Default)]
struct Log {
    keys: HashMap<Box<str>, Known>,
    /// By number, starting with 1.
    rows: BTreeMap<u64, Arc<Entry>>,
    total: u64,
}

struct Known {
    key: Arc<Key>,
    rows: VecDeque<u64>,
}

/// Windows for a browser.
#[derive(Default)]
pub(crate) struct Batch {
    pub rows: Vec<Arc<Entry>>,
    /// Whether some windows were skipped in favour of newer ones of the same sensor.
    pub skipped: bool,
    /// Number of windows ever added.
    pub total: u64,
}

impl WindowLog {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a window, which replaces an earlier result of the same window and sensor. Returns true if a browser waits
    /// to be woken.
    pub fn put(&self, window: Window<'_>) -> bool {
        self.log().put(window);
        self.asked.swap(false, Relaxed)
    }

    /// Number of windows ever added, which is the number of the newest.
    pub fn total(&self) -> u64 {
        self.log().total
    }

    /// Windows with a greater number than `after`, oldest first; if they exceed a message, only the newest of each
    /// sensor.
    pub fn newer(&self, after: &mut u64) -> Batch {
        let log = self.log();
        let waiting = || log.rows.range(*after + 1..).map(|(number, row)| (*number, row));
        let all = waiting().take(BATCH + 1).count() <= BATCH;
        let newest = |(number, row): &(u64, &Arc<Entry>)| all || row.key.newest.load(Relaxed) == *number;
        let some: Vec<_> = waiting().filter(newest).take(BATCH).collect();
        let last = if some.len() == BATCH { some[BATCH - 1].0 } else { log.total };
        *after = last;
        if some.is_empty() {
            // set while holding the lock, so that adding the next window sees the flag
            self.asked.store(true, Relaxed);
        }
        Batch {
            rows: some.into_iter().map(|(_, row)| row.clone()).collect(),
            skipped: !all,
            total: log.total,
        }
    }

    /// Windows with numbers above `after` and up to `to`, newest first.
    pub fn between(&self, after: u64, to: &mut u64) -> Batch {
        let log = self.log();
        let some: Vec<_> = log.rows.range(after + 1..=(*to).max(after + 1)).rev().take(BATCH).collect();
        *to = if some.len() < BATCH { after } else { some[BATCH - 1].0 - 1 };
        Batch {
            rows: some.into_iter().map(|(_, row)| row.clone()).collect(),
            skipped: false,
            total: log.total,
        }
    }
}

impl Log {
    fn put(&mut self, window: Window<'_>) {
        self.total += 1;
        let number = self.total;
        if !self.keys.contains_key(window.key) {
            let key = Arc::new(Key { name: window.key.into(), newest: AtomicU64::new(number) });
            self.keys.insert(window.key.into(), Known { key, rows: VecDeque::new() });
        }
        let Some(known) = self.keys.get_mut(window.key) else { return };
        let rows = &mut self.rows;
        let same = |at: &u64| rows.get(at).is_some_and(|r| (r.start, r.end) == (window.start, window.end));
        // early results belong to the newest windows; a longer search would cost more than it saves
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
        let Window { start, end, readings, early, values, .. } = window;
        rows.insert(number, Arc::new(Entry { key: known.key.clone(), start, end, readings, early, values }));
        while self.rows.len() > ALL {
            self.evict();
        }
    }

    /// Removes the oldest window, and its sensor if it was the last one.
    fn evict(&mut self) {
        let Some((_, row)) = self.rows.pop_first() else { return };
        let Some(known) = self.keys.get_mut(&row.key.name) else { return };
        known.rows.pop_front();
        if known.rows.is_empty() {
            self.keys.remove(&row.key.name);
        }
    }
}

impl Serialize for Entry {
    /// `[key, start, end, readings, early, value, …]`; non-finite values become null.
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

    fn put(log: &WindowLog, key: &str, start: i64, value: f64) {
        let end = start + 1;
        log.put(Window { key, start, end, readings: 1, early: false, values: [value].into() });
    }
    fn values(batch: &Batch) -> Vec<f64> {
        batch.rows.iter().map(|row| row.values[0]).collect()
    }

    #[test]
    fn the_newest_of_each_sensor_stays_when_too_much_waits() {
        let log = WindowLog::default();
        let mut after = 0;
        for n in 0..60_000i64 {
            put(&log, &format!("s{}", n % 300), n, n as f64);
        }
        let batch = log.newer(&mut after);
        assert_eq!(values(&batch), (59_700..60_000).map(f64::from).collect::<Vec<_>>());
        assert_eq!((batch.skipped, batch.total, after), (true, 60_000, 60_000));
        assert!(log.newer(&mut after).rows.is_empty());
        assert!(log.put(Window { key: "s0", start: 0, end: 0, readings: 0, early: true, values: [].into() }));

        let (mut to, mut seen) = (60_001, 0);
        while to > 0 {
            seen += log.between(0, &mut to).rows.len();
        }
        assert_eq!(seen, 300 * 120, "of s0 the oldest has gone for the newest");
    }

    #[test]
    fn a_window_that_comes_again_replaces_itself_and_memory_is_bounded() {
        let log = WindowLog::default();
        for value in 0..5 {
            put(&log, "a", 7, f64::from(value));
        }
        assert_eq!(values(&log.newer(&mut 0)), [4.0]);
        (0..70_000).for_each(|n| put(&log, &format!("{n}"), 0, 0.0));
        let log = log.log();
        assert_eq!((log.rows.len(), log.keys.len()), (ALL, ALL));
    }

    #[test]
    fn rows_are_short_json() {
        let log = WindowLog::default();
        put(&log, "a\"b", -3, f64::NAN);
        let batch = log.newer(&mut 0);
        assert_eq!(serde_json::to_string(&*batch.rows[0]).unwrap(), r#"["a\"b",-3,-2,1,0,null]"#);
    }
}
