//! Rows distributed over several threads: order is preserved, a fault ends the run, and buffering is bounded.

use super::super::{Context, Control, End, run};
use crate::data::{Data, Input, Kind, Origin, Output, Positions, Refusal, Stream};
use crate::engine::Pipeline;
use crate::part::{
    Commit, Committed, Cut, Sink, SinkPlan, Source, SourcePlan, Start, Takes, Transform, TransformPlan, Turn,
};
use crate::transform::noise::NoiseLevel;
use passband_signal::{Fault, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ROWS: u64 = 3000;

/// The source: sends rows, some of them invalid.
#[derive(Clone)]
struct Rows {
    kind: Kind,
    given: Arc<AtomicU64>,
}

/// The transform: doubles the number, on this many threads.
struct Twice {
    threads: usize,
    started: Arc<AtomicU64>,
    faulty: u64,
    gives: usize,
}

/// The data written, and the maximum number of batches by which the source was ahead.
#[derive(Clone, Default)]
struct Kept {
    rows: Arc<Mutex<Vec<u64>>>,
    refused: Arc<AtomicU64>,
    given: Arc<AtomicU64>,
    ahead: Arc<AtomicU64>,
}

fn row(scans: u64) -> Data {
    Data::row(NoiseLevel { run: None, time: 0, scans, sigma: 0.0, expected: 0.0, slope: None })
}

impl SourcePlan for Rows {
    fn gives(&self) -> Kind {
        self.kind
    }
    fn ends(&self) -> bool {
        true
    }
    fn open(&self, _: &Context) -> Result<Box<dyn Source>> {
        Ok(Box::new(self.clone()))
    }
}

impl Source for Rows {
    /// Batches of 0 to 4 rows, some with a refused datum.
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let from = self.given.load(Ordering::SeqCst);
        let to = (from + from % 4 + 1).min(ROWS);
        for number in from..to {
            let origin = Origin { shard: 0, offset: number as i64 };
            if number % 100 == 7 {
                let (place, reason) = (format!("row {number}"), "bad".to_owned());
                batch.push(Input::Refused(Refusal { origin, place, reason, bytes: vec![] }));
            } else {
                batch.push(Input::Datum(Stream::from("s"), origin, row(number)));
            }
        }
        self.given.store(to, Ordering::SeqCst);
        Ok(if to == ROWS { Turn::End } else { Turn::More })
    }
}

impl TransformPlan for Twice {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[NoiseLevel::KIND, Kind::Spectra], self)
    }
    fn gives(&self) -> Kind {
        NoiseLevel::KIND
    }
    fn apart(&self) -> Option<usize> {
        Some(self.threads)
    }
}

impl Start for Twice {
    fn start(&self) -> Result<Box<dyn Transform>> {
        self.started.fetch_add(1, Ordering::SeqCst);
        let Self { threads, faulty, gives, .. } = *self;
        Ok(Box::new(Twice { threads, started: Arc::default(), faulty, gives }))
    }
}

impl Transform for Twice {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(taken) = cut else { return Ok(()) };
        let noise: &NoiseLevel = taken.get().unwrap();
        if noise.scans == self.faulty {
            return Err(Fault::new("this row cannot be measured"));
        }
        // some rows take longer, so that threads overtake each other
        if noise.scans.is_multiple_of(13) {
            std::thread::sleep(Duration::from_micros(300));
        }
        (0..self.gives).try_for_each(|_| give(row(2 * noise.scans)))
    }
}

impl SinkPlan for Kept {
    fn open(&self, _: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        Ok(Box::new(self.clone()))
    }
}

impl Sink for Kept {
    fn write(&mut self, output: &Output) -> Result<()> {
        let noise: &NoiseLevel = output.data.get().unwrap();
        let mut rows = self.rows.lock().unwrap();
        if rows.is_empty() {
            // gives the source time to run ahead
            std::thread::sleep(Duration::from_millis(100));
        }
        rows.push(noise.scans);
        self.ahead.fetch_max(self.given.load(Ordering::SeqCst) - noise.scans / 2, Ordering::SeqCst);
        Ok(())
    }
    fn refuse(&mut self, _: &Refusal) -> Result<bool> {
        self.refused.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }
}

/// Runs the pipeline; returns its end, what was kept, and the number of transforms started.
fn ran(threads: usize, faulty: u64, gives: usize) -> (Result<End>, Kept, u64) {
    let (kept, started) = (Kept::default(), Arc::default());
    let source = Rows { kind: NoiseLevel::KIND, given: kept.given.clone() };
    let transform = Twice { threads, started: Arc::clone(&started), faulty, gives };
    let pipeline = Pipeline::builder(source).transform(transform).sink(kept.clone()).build().unwrap();
    let control = Control::default();
    let ended = run(&pipeline, &control).map(|summary| summary.end);
    let counted = [&control.counters.out, &control.counters.refused].map(|counter| counter.get());
    let written = kept.rows.lock().unwrap().len() as u64;
    if ended.is_ok() {
        assert_eq!(counted, [written, kept.refused.load(Ordering::SeqCst)]);
    }
    (ended, kept, started.load(Ordering::SeqCst))
}

#[test]
fn the_order_is_the_same_with_any_number_of_threads() {
    let expected: Vec<u64> = (0..ROWS).filter(|n| n % 100 != 7).map(|n| 2 * n).collect();
    for threads in [1, 2, 4, 7] {
        let (ended, kept, started) = ran(threads, u64::MAX, 1);
        assert_eq!(ended.unwrap(), End::Complete);
        assert_eq!(started, threads as u64);
        assert!(*kept.rows.lock().unwrap() == expected, "{threads} threads");
        assert_eq!(kept.refused.load(Ordering::SeqCst), ROWS / 100);
        // rows in batches of 4: before, in and after each thread, in the queues to the sink, and in the sink itself
        let most = 4 * (3 * threads as u64 + 2 * super::super::QUEUE as u64 + 4);
        let most = if threads == 1 { most + 4 * super::super::QUEUE as u64 } else { most };
        let ahead = kept.ahead.load(Ordering::SeqCst);
        assert!(ahead <= most, "{threads} threads: {ahead} rows wait, of {most} at most");
    }
}

#[test]
fn a_fault_ends_the_run_behind_the_rows_before_it() {
    for threads in [1, 4] {
        let (ended, kept, _) = ran(threads, 1000, 1);
        let fault = ended.unwrap_err().to_string();
        assert!(fault.contains("this row cannot be measured") && fault.contains("transform"), "{fault}");
        let rows = kept.rows.lock().unwrap();
        let expected = (0..1000).filter(|n| n % 100 != 7).map(|n| 2 * n);
        assert!(rows.iter().copied().eq(expected.take(rows.len())), "{rows:?}");
    }
}

#[test]
fn what_is_shared_makes_one_row_of_one() {
    for gives in [0, 2] {
        let fault = ran(2, u64::MAX, gives).0.unwrap_err().to_string();
        assert!(fault.contains(&format!("gave {gives} results for one row")), "{fault}");
    }
}

#[test]
fn what_follows_in_a_stream_of_samples_is_not_shared() {
    let apart = |kind| {
        let source = Rows { kind, given: Arc::default() };
        let transform = Twice { threads: 4, started: Arc::default(), faulty: 0, gives: 1 };
        Pipeline::builder(source).transform(transform).sink(Kept::default()).build().unwrap().apart()
    };
    assert_eq!(apart(NoiseLevel::KIND).map(|apart| (apart.transforms, apart.threads)), Some((1, 4)));
    assert!(apart(Kind::Spectra).is_none());
}
