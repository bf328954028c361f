//! Sinks that keep positions themselves and commit at different times, with crashes: each holds every result once.

use super::super::run;
use super::crashes::Random;
use crate::data::{Data, Input, Kind, Origin, Output, Position, Positions, Stream};
use crate::engine::{Builder, Pipeline};
use crate::part::{
    Commit, Commits, Committed, Context, Control, End, Ledger, Ledgers, Settle, Sink, SinkPlan, Source,
    SourcePlan, Turn,
};
use crate::transform::spectrum::Spectrum;
use crate::window::sliding::{Gaps, Hop, Sliding};
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec, Span};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const BLOCKS: i64 = 120;
const BLOCK: u64 = 3;
const LENGTH: u64 = 8;
const HOP: u64 = 4;

/// Storage that survives a crash.
#[derive(Default)]
struct Store {
    results: Vec<u64>,
    /// Per shard; `None` means from the first datum.
    positions: Mutex<BTreeMap<i32, Option<Position>>>,
}

impl Ledger for Mutex<Store> {
    fn positions(&self) -> Result<BTreeMap<i32, Option<Position>>> {
        Ok(self.lock().unwrap().positions.lock().unwrap().clone())
    }
    fn begin(&self, shard: i32, position: Option<&Position>) -> Result<()> {
        self.lock().unwrap().positions.lock().unwrap().insert(shard, position.cloned());
        Ok(())
    }
}

/// A log of blocks; with `own`, it keeps its own positions.
#[derive(Clone)]
struct Log {
    own: Option<Arc<Mutex<Store>>>,
    crash: Arc<Crash>,
}

/// Ends the process before the nth step of any part.
struct Crash {
    left: Mutex<u64>,
    /// Instead of a crash, a stop is requested and the storage fails at that moment.
    stopped: Option<Control>,
}

impl Crash {
    fn step(&self) -> Result<()> {
        let mut left = self.left.lock().unwrap();
        *left = left.saturating_sub(1);
        match &self.stopped {
            _ if *left > 0 => Ok(()),
            None => Err(Fault::new("crashed")),
            Some(control) => {
                control.stop();
                Err(Fault::new("no broker answers").passing())
            }
        }
    }
}

struct Reader {
    log: Log,
    ledgers: Arc<Ledgers>,
    next: Option<i64>,
}

impl SourcePlan for Log {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn ends(&self) -> bool {
        true
    }
    fn keeps_positions(&self) -> bool {
        self.own.is_some()
    }
    fn resumes(&self) -> bool {
        self.own.is_none()
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let next = self.own.is_none().then_some(0);
        Ok(Box::new(Reader { log: self.clone(), ledgers: context.ledgers.clone(), next }))
    }
}

impl Source for Reader {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        self.log.crash.step()?;
        let next = match (self.next, &self.log.own) {
            (Some(next), _) => next,
            (None, Some(own)) => {
                let own = own.positions()?.remove(&0).flatten();
                for (shard, position) in self.ledgers.begin(vec![(0, own)])? {
                    self.next = Some(position.as_ref().map_or(0, |position| position.offset));
                    batch.push(Input::Assigned(shard, position));
                }
                return Ok(Turn::More);
            }
            (None, None) => 0,
        };
        if next == BLOCKS {
            return Ok(Turn::End);
        }
        let (spec, index) = (SignalSpec::real(Hertz(1000.0), 1), next as u64 * BLOCK);
        let samples = vec![0.5; BLOCK as usize];
        let block = Block { spec, recording: 1, index, time: index as i64 * 1000, of: 0, samples };
        let origin = Origin { shard: 0, offset: next };
        batch.push(Input::Datum(Stream::from("s"), origin, Data::Samples(block)));
        self.next = Some(next + 1);
        // leaves time for checkpoints between blocks
        std::thread::sleep(Duration::from_micros(300));
        Ok(Turn::More)
    }
    fn settle(&self) -> Option<Arc<dyn Settle>> {
        self.log.own.clone().map(|own| own as Arc<dyn Settle>)
    }
    fn resume(&mut self, positions: &Positions) -> Result<()> {
        self.next = Some(positions.get(&0).map_or(0, |position| position.offset));
        Ok(())
    }
}

impl Settle for Mutex<Store> {
    fn settle(&self, positions: &Positions) -> Result<()> {
        let store = self.lock().unwrap();
        store.positions.lock().unwrap().extend(positions.iter().map(|(id, p)| (*id, Some(p.clone()))));
        Ok(())
    }
}

/// A sink that commits results together with positions every few checkpoints, or at each as a transaction of the
/// source.
#[derive(Clone)]
struct Keeps {
    store: Arc<Mutex<Store>>,
    every: u64,
    of_source: bool,
    crash: Arc<Crash>,
}

struct Writer {
    plan: Keeps,
    open: Vec<u64>,
    checkpoints: u64,
}

impl SinkPlan for Keeps {
    fn exactly_once(&self) -> bool {
        true
    }
    fn commit_every(&self) -> Duration {
        Duration::from_micros(100)
    }
    fn open(&self, _: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        Ok(Box::new(Writer { plan: self.clone(), open: vec![], checkpoints: 0 }))
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        self.plan.crash.step()?;
        let Data::Spectrum(spectrum) = &output.data else { panic!("{output:?}") };
        self.open.push(spectrum.start);
        Ok(())
    }
    fn ledger(&self) -> Commits {
        if self.plan.of_source { Commits::OfSource } else { Commits::Kept(self.plan.store.clone()) }
    }
    fn commit(&mut self, positions: &Positions, when: Commit) -> Result<Committed> {
        self.plan.crash.step()?;
        self.checkpoints += 1;
        if when == Commit::Due && !self.checkpoints.is_multiple_of(self.plan.every) {
            return Ok(Committed::Later);
        }
        let mut store = self.plan.store.lock().unwrap();
        store.results.append(&mut self.open);
        store.positions.lock().unwrap().extend(positions.iter().map(|(id, p)| (*id, Some(p.clone()))));
        Ok(if self.plan.of_source { Committed::WithPositions } else { Committed::Safe })
    }
    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }
}

/// Runs until everything is read, with crashes, or with stops while the storage fails; returns the results in each
/// sink.
fn run_with_crashes(seed: u64, own: bool, stopped: bool) -> Vec<Vec<u64>> {
    let mut random = Random(seed);
    let stores: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(Store::default()))).collect();
    for life in 0.. {
        let steps = if life < 12 { 1 + random.below(120) } else { u64::MAX };
        let control = Control::default();
        let crash = Crash { left: Mutex::new(steps), stopped: stopped.then(|| control.clone()) };
        let crash = Arc::new(crash);
        // the source's positions are part of the first sink's transaction
        let log = Log { own: own.then(|| stores[0].clone()), crash: crash.clone() };
        let sink = |(at, store): (usize, &Arc<Mutex<Store>>)| {
            let (every, of_source) = ([1, 3, 7][at], own && at == 0);
            Keeps { store: store.clone(), every, of_source, crash: crash.clone() }
        };
        let window =
            Sliding { length: Span::Samples(LENGTH), hop: Hop::Span(Span::Samples(HOP)), gaps: Gaps::Forbid };
        let pipeline = Pipeline::builder(log).window(window).transform(Spectrum::default());
        let pipeline = stores.iter().enumerate().map(sink).fold(pipeline, Builder::sink);
        let pipeline = pipeline.build().unwrap_or_else(|faults| panic!("{faults:?}"));
        match run(&pipeline, &control) {
            Ok(summary) if summary.end == End::Complete => break,
            Ok(summary) => assert!(stopped && summary.end == End::Interrupted, "{:?}", summary.end),
            Err(fault) => assert!(!stopped, "{fault}"),
        }
    }
    stores.iter().map(|store| store.lock().unwrap().results.clone()).collect()
}

#[test]
fn sinks_that_commit_at_different_times_hold_each_result_once() {
    let samples = BLOCKS as u64 * BLOCK;
    let wanted: Vec<u64> = (0..=samples - LENGTH).step_by(HOP as usize).collect();
    for seed in 0..12 {
        for (own, stopped) in [(true, false), (false, false), (true, true), (false, true)] {
            for (sink, results) in run_with_crashes(seed, own, stopped).iter().enumerate() {
                assert_eq!(
                    *results, wanted,
                    "seed {seed}, own positions {own}, stopped {stopped}, sink {sink}"
                );
            }
        }
    }
}
