//! The latest records of each kind, in order of arrival. Each browser reads them at its own pace.

use passband_flow::data::{Row, Stream};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Maximum number of stored records of one kind, and of numbers in them; the oldest are evicted first.
const RECORDS: usize = 2000;
const NUMBERS: usize = 1_000_000;
/// Maximum number of records and numbers in one message.
const BATCH: usize = 500;
const BATCH_NUMBERS: usize = 100_000;

/// A record with the columns of its fields.
pub(crate) struct Entry {
    pub stream: Stream,
    pub row: Row,
    /// The column in the panel of each field.
    pub columns: Arc<[usize]>,
}

/// Records for a browser.
pub(crate) struct Batch {
    pub entries: Vec<Arc<Entry>>,
    /// The number of the last one, counted from 1.
    pub last: u64,
    /// Number of records ever added.
    pub total: u64,
}

/// A log shared by the sink and the tasks of all browsers.
#[derive(Default)]
pub(crate) struct RecordLog {
    /// By the number of the stream.
    logs: Mutex<BTreeMap<usize, Log>>,
    /// Whether a browser has read everything and waits to be woken.
    asked: AtomicBool,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<Arc<Entry>>,
    numbers: usize,
    total: u64,
}

impl RecordLog {
    fn logs(&self) -> MutexGuard<'_, BTreeMap<usize, Log>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a record. Returns true if a browser waits to be woken.
    pub fn put(&self, stream: usize, entry: Entry) -> bool {
        let mut logs = self.logs();
        let log = logs.entry(stream).or_default();
        log.total += 1;
        log.numbers += entry.row.numbers();
        log.entries.push_back(Arc::new(entry));
        while log.entries.len() > RECORDS || log.numbers > NUMBERS && log.entries.len() > 1 {
            let Some(oldest) = log.entries.pop_front() else { break };
            log.numbers = log.numbers.saturating_sub(oldest.row.numbers());
        }
        self.asked.swap(false, Relaxed)
    }

    /// Number of records ever added to each stream.
    pub fn totals(&self) -> BTreeMap<usize, u64> {
        self.logs().iter().map(|(stream, log)| (*stream, log.total)).collect()
    }

    /// Unread records of the stream that is farthest behind, oldest first. Records that were evicted unread are
    /// skipped.
    pub fn newer(&self, read: &BTreeMap<usize, u64>) -> Option<(usize, Batch)> {
        let logs = self.logs();
        let unread = |(stream, log): &(&usize, &Log)| log.total > read.get(stream).copied().unwrap_or(0);
        // the stream that is farthest behind, so that no stream starves
        let behind = |(stream, log): &(&usize, &Log)| log.total - read.get(stream).copied().unwrap_or(0);
        let Some((stream, log)) = logs.iter().filter(unread).max_by_key(behind) else {
            // set while holding the lock, so that adding the next record sees the flag
            self.asked.store(true, Relaxed);
            return None;
        };
        let evicted = log.total - log.entries.len() as u64;
        let from = read.get(stream).copied().unwrap_or(0).max(evicted);
        let mut numbers = 0;
        let fits = |entry: &&Arc<Entry>| {
            let fits = numbers < BATCH_NUMBERS;
            numbers += entry.row.numbers();
            fits
        };
        let waiting = log.entries.range((from - evicted) as usize..);
        let entries: Vec<_> = waiting.take(BATCH).take_while(fits).cloned().collect();
        let last = from + entries.len() as u64;
        Some((*stream, Batch { entries, last, total: log.total }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    passband_flow::record! {
        /// A record of the test.
        pub struct Wide("wides", "Wide") {
            /// Its number.
            n: u64,
        } with {
            fn numbers(&self) -> usize {
                10_000
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_unread_records_that_were_evicted_are_skipped() {
        let log = RecordLog::default();
        let put =
            |n| log.put(3, Entry { stream: "s".into(), row: Row::new(Wide { n }), columns: [0].into() });
        assert!(log.newer(&BTreeMap::new()).is_none());
        assert!(put(0), "the browser is woken");
        (1..1000).for_each(|n| {
            put(n);
        });
        let mut read = BTreeMap::new();
        let mut seen = vec![];
        while let Some((stream, batch)) = log.newer(&read) {
            seen.extend(batch.entries.iter().map(|entry| entry.row.get::<Wide>().unwrap().n));
            assert_eq!((stream, batch.total), (3, 1000));
            assert!(batch.entries.len() <= 10);
            read.insert(stream, batch.last);
        }
        assert_eq!(seen, (900..1000).collect::<Vec<_>>());
    }
}
