//! Inspects every blob once, before the plan is made.

use super::Labelled;
use super::blobs::{BlobInfo, BlobReader};
use super::decode_pool::panicked;
use crate::set::labels::Table;
use crate::set::plan::Inspections;
use passband_flow::Control;
use passband_flow::part::Ahead;
use passband_signal::Result;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Rows that a thread claims at once.
const ROWS: usize = 32;
/// Interval of progress notes.
const TOLD: Duration = Duration::from_secs(10);

/// Decodes the blobs of all rows, and checks with the transforms whether they can be measured. Returns `None`
/// if the build was stopped.
pub fn inspect(
    settings: &Labelled,
    ahead: &[Arc<dyn Ahead>],
    table: &Table,
    control: &Control,
) -> Result<Option<Inspections>> {
    let (cut, all) = (settings.cut(), Mutex::new(Inspections::new(table.len())));
    let (next, done, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let pace = Pace::new(table.len());
    let work = || -> Result<()> {
        let mut blobs = BlobReader::open(&settings.blobs, &settings.store, control)?;
        let mut bytes_read = 0;
        while !control.stopping() && failed.load(Ordering::Relaxed) == 0 {
            let from = next.fetch_add(ROWS, Ordering::Relaxed);
            if from >= table.len() {
                break;
            }
            let rows = from..(from + ROWS).min(table.len());
            let mut found = Vec::with_capacity(ROWS);
            for row in rows.clone() {
                let one = blobs.inspect(&table.blob(row), &cut)?;
                let refuses =
                    |found: &BlobInfo| ahead.iter().find_map(|one| one.refuses(found.rate, found.frames));
                found.push(one.and_then(|found| refuses(&found).map_or(Ok(found), Err)));
                if control.stopping() {
                    return Ok(());
                }
            }
            let rows_done = done.fetch_add(rows.len(), Ordering::Relaxed) + rows.len();
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            rows.zip(found).for_each(|(row, found)| match found {
                Ok(found) => {
                    all.add_rate(found.rate.0);
                    all.add_values(found.values);
                    all.good(row, found.content, found.examples);
                }
                Err(why) => all.refuse(row, &why),
            });
            drop(all);
            control.tell_progress(rows_done as u64, table.len() as u64);
            pace.tell(rows_done, blobs.bytes_read() - bytes_read, control);
            bytes_read = blobs.bytes_read();
        }
        Ok(())
    };
    // a failure also ends the other threads
    let work = || work().inspect_err(|_| failed.store(1, Ordering::Relaxed));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.thread_count()).map(|_| scope.spawn(work)).collect();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(ended) => ended,
            Err(panic) => Err(panicked(&*panic)),
        });
        ended.collect::<Vec<_>>().into_iter().collect::<Result<()>>()
    })?;
    let stopped = control.stopping();
    Ok((!stopped).then(|| all.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// The rate of inspection.
struct Pace {
    rows: usize,
    began: Instant,
    bytes: AtomicU64,
    told: Mutex<Instant>,
}

impl Pace {
    fn new(rows: usize) -> Self {
        Self { rows, began: Instant::now(), bytes: AtomicU64::new(0), told: Mutex::new(Instant::now()) }
    }

    fn tell(&self, done: usize, bytes: u64, control: &Control) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // another thread is reporting now
        let Ok(mut told) = self.told.try_lock() else { return };
        if told.elapsed() >= TOLD {
            *told = Instant::now();
            control.note(|| said(done, self.rows, bytes, self.began.elapsed()));
        }
    }
}

fn said(done: usize, rows: usize, bytes: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(1e-9);
    let rate = done as f64 / seconds;
    let (megabytes, left) =
        (bytes as f64 / 1e6 / seconds, (rows.saturating_sub(done)) as f64 / rate.max(1e-9));
    format!("inspected {done} of {rows} records, {rate:.0} records/s, {megabytes:.1} MB/s, {left:.0} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_note_has_rate_and_time_left() {
        assert_eq!(
            said(500, 2000, 30_000_000, Duration::from_secs(10)),
            "inspected 500 of 2000 records, 50 records/s, 3.0 MB/s, 30 s left"
        );
    }
}
