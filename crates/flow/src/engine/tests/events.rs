//! Event-time aggregation without a broker: out-of-order, late and duplicate readings, wrong clocks, and crashes at
//! random moments. The results must equal those computed from a table of all readings, each once.

use super::super::Delivery;
use super::super::worker::Worker;
use super::crashes::Random;
use crate::config::Place;
use crate::cut::{At, Cuts, Keyed, Onto};
use crate::data::{
    Aggregate, Arrival, Data, Input, Kind, Origin, Output, Pane, Positions, Readings, ResultState, Stream,
};
use crate::engine::Pipeline;
use crate::part::{
    Context, Control, Fold, Load, Placed, Sink, SinkPlan, Source, SourcePlan, Sums, Tally, WindowPlan,
};
use crate::transform::aggregate::Aggregate as Plan;
use crate::window::hopping::Hopping;
use crate::window::session::Session;
use passband_signal::{Duration as Time, Fault, Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

const SECOND: i64 = 1_000_000;

/// A source simulated by the test.
struct Given;
impl SourcePlan for Given {
    fn gives(&self) -> Kind {
        Kind::Readings
    }
    fn value_names(&self) -> Vec<String> {
        vec!["value".into()]
    }
    fn keeps_positions(&self) -> bool {
        true
    }
    fn open(&self, _: &Context) -> Result<Box<dyn Source>> {
        Err(Fault::new("the test reads by itself"))
    }
}

/// The content of a compacted topic.
#[derive(Default)]
struct Topic(Mutex<BTreeMap<(i64, String), Pane>>);
impl Topic {
    /// Stores an output that is state; returns any other as an aggregate.
    fn take(&self, output: Output) -> Option<Aggregate> {
        let mut topic = self.0.lock().unwrap();
        match output.data {
            Data::Row(row) => return row.take(),
            Data::Pane(pane) => {
                let key = (pane.part.start, pane.part.name.clone());
                match pane.part.bytes {
                    Some(_) => topic.insert(key, *pane),
                    None => topic.remove(&key),
                };
            }
            other => panic!("{other:?}"),
        }
        None
    }
}
impl Load for Topic {
    fn load(&self, _: i32) -> Result<HashMap<Stream, Vec<Data>>> {
        let panes = self.0.lock().unwrap();
        let panes: Vec<_> = panes.values().map(|pane| Data::Pane(Box::new(pane.clone()))).collect();
        Ok([(Stream::from("t"), panes)].into_iter().filter(|(_, panes)| !panes.is_empty()).collect())
    }
}

/// A sink of panes simulated by the test.
struct Keeps;
impl SinkPlan for Keeps {
    fn commit_every(&self) -> Duration {
        Duration::ZERO
    }
    fn open(&self, _: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        Err(Fault::new("the test keeps by itself"))
    }
}

#[derive(Clone)]
struct Row {
    key: String,
    time: i64,
    value: f64,
    id: u64,
    named: bool,
}

/// Readings of five sensors over six minutes: most up to 3 s late, some 20 s, some twice, some hours in the future; two
/// of three have value names, or none has.
fn log(random: &mut Random, named: bool) -> Vec<Row> {
    let mut log: Vec<Row> = vec![];
    for n in 0..1500 {
        let now = n * SECOND / 4;
        let time = match random.below(100) {
            0..3 => now - 20 * SECOND,
            3 => now + 7200 * SECOND,
            _ => now - random.below(3 * SECOND as u64) as i64,
        };
        let (key, named) = (format!("Sensor{}", random.below(5)), named && n % 3 > 0);
        log.push(Row { key, time, value: random.below(1000) as f64 / 8.0, id: n as u64, named });
        if random.below(20) == 0 {
            log.push(log[log.len() - 1].clone());
        }
    }
    log
}

/// The arrival time of reading number `at`.
fn arrival(at: usize, row: &Row) -> Arrival {
    Arrival { time: row.id as i64 * SECOND / 4, offset: at as i64, id: row.named.then_some(row.id) }
}

fn batch(log: &[Row], from: usize, to: usize) -> Data {
    let mut readings = Readings::new(["value".to_owned()].into(), "test, reading ".into());
    for (at, row) in log.iter().enumerate().take(to).skip(from) {
        readings.push(&row.key, row.time, &[row.value], arrival(at, row), b"raw");
    }
    Data::Readings(Box::new(readings))
}

type Table = BTreeMap<(i64, String), (u64, f64, f64, f64)>;

/// The windows computed from the whole log by their definition: a reading is late if its last window is closed.
fn table(log: &[Row], length: i64, hop: i64, grace: i64) -> (Table, [u64; 4]) {
    let (mut table, mut counts) = (Table::new(), [0; 4]);
    let (mut watermark, mut names) = (i64::MIN / 2, HashSet::new());
    for (at, row) in log.iter().enumerate() {
        let last = row.time.div_euclid(hop) * hop;
        if row.time > arrival(at, row).time + 3600 * SECOND {
            counts[2] += 1;
        } else if last + length + grace <= watermark {
            counts[1] += 1;
        } else if row.named && !names.insert(row.id) {
            counts[3] += 1;
        } else {
            counts[0] += 1;
            for start in (0..length / hop).map(|n| last - n * hop) {
                if start + length + grace > watermark {
                    let cell = table.entry((start, row.key.clone()));
                    let cell = cell.or_insert((0, f64::INFINITY, f64::NEG_INFINITY, 0.0));
                    *cell = (cell.0 + 1, cell.1.min(row.value), cell.2.max(row.value), cell.3 + row.value);
                }
            }
            watermark = watermark.max(row.time);
        }
    }
    (table, counts)
}

/// A process that reads until it crashes before reading number `crash`; returns what it committed, and its counts.
fn read(
    pipeline: &Pipeline,
    log: &[Row],
    (kept, topic): (&mut Positions, &Topic),
    crash: usize,
    random: &mut Random,
) -> (Vec<Aggregate>, [u64; 4]) {
    let (out, _) = sync_channel(1); // no caller waits for the settlement
    let control = Control::default();
    let counters = &*control.counters;
    let tally = Tally { came: counters, out: counters, all: counters };
    let worker = Worker::new(pipeline, &control, tally, Duration::ZERO, out);
    let mut worker = worker.carrying(pipeline.stage().is_saved().then_some(topic as &dyn Load));
    let (mut committed, mut open, mut counts) = (vec![], Delivery::default(), [0; 4]);
    open = worker.input(Input::Assigned(0, kept.get(&0).cloned()), open).unwrap();
    let mut at = kept.get(&0).map_or(0, |position| position.offset) as usize;
    let known = at;
    while at < log.len() {
        let to = (at + 1 + random.below(40) as usize).min(log.len());
        if to - known > crash {
            return (committed, counts);
        }
        let origin = Origin { shard: 0, offset: at as i64 };
        open = worker.input(Input::Datum(Stream::from("t"), origin, batch(log, at, to)), open).unwrap();
        at = to;
        if random.below(3) == 0 || at == log.len() {
            if random.below(2) == 0 || at == log.len() {
                worker.settle(false, &mut open).unwrap();
            }
            for (shard, position) in worker.positions() {
                let text = serde_json::to_string(&position).unwrap();
                let mut back: crate::data::Position = serde_json::from_str(&text).unwrap();
                back.offset = position.offset;
                kept.insert(shard, back);
            }
            committed.extend(open.outputs.drain(..).filter_map(|output| topic.take(output)));
            let now = [&counters.folded, &counters.late, &counters.refused, &counters.duplicate];
            counts = now.map(|counter| counter.get());
        }
    }
    (committed, counts)
}

fn pipeline(window: impl WindowPlan + 'static) -> Pipeline {
    let sink = crate::sink::each::Each::new(|_| Ok(()));
    let plan = Plan { output: Default::default() };
    let made = Pipeline::builder(Given).window(window).transform(plan).sink(sink);
    made.build().unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Reads the log to its end with this many crashes.
fn until_the_end(
    pipeline: &Pipeline,
    log: &[Row],
    crashes: usize,
    (kept, topic): (&mut Positions, &Topic),
    got: &mut Vec<Aggregate>,
    sums: &mut [u64; 4],
    random: &mut Random,
) {
    for crash in 0..=crashes {
        let crash = if crash == crashes { usize::MAX } else { random.below(500) as usize };
        let (rows, counts) = read(pipeline, log, (kept, topic), crash, random);
        got.extend(rows);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
}

#[test]
fn sessions_are_the_same_whatever_crashes() {
    let mut lengths = HashSet::new();
    for seed in 100..140 {
        let random = &mut Random(seed);
        let log = log(random, seed % 5 > 1);
        let time = |seconds: f64| Some(Time(seconds));
        let window = Session {
            gap: Time(4.0),
            grace: time(1.0),
            idle_after: None,
            max_ahead: time(3600.0),
            early: None,
        };
        let pipeline = pipeline(window);
        let mut read = |crashes: usize| {
            let (mut got, mut sums) = (vec![], [0; 4]);
            let kept = (&mut Positions::new(), &Topic::default());
            until_the_end(&pipeline, &log, crashes, kept, &mut got, &mut sums, random);
            (got, sums)
        };
        let ((want, counted), (got, counts)) = (read(0), read(8));
        assert_eq!(counts, counted, "seed {seed}");
        assert_eq!(counts.iter().sum::<u64>(), log.len() as u64);
        assert!(got == want, "seed {seed}: {} and {}", got.len(), want.len());
        assert!(
            want.iter().map(|row| row.readings).sum::<u64>() <= counted[0],
            "a reading is in one session"
        );
        for row in &want {
            lengths.insert((row.end - row.start) / SECOND);
        }
    }
    assert!(lengths.len() > 5, "sessions of many lengths: {lengths:?}");
}

#[test]
fn windows_are_those_of_the_whole_table_whatever_crashes() {
    for (seed, (length, hop, grace)) in
        (0..120).zip([(10, 10, 1), (60, 10, 2), (10, 10, 0)].into_iter().cycle())
    {
        let saves = seed % 2 == 1;
        let random = &mut Random(seed);
        let log = log(random, seed % 5 > 1);
        let time = |seconds: i64| Time(seconds as f64);
        let window = Hopping {
            length: time(length),
            hop: time(hop),
            grace: Some(time(grace)),
            idle_after: None,
            max_ahead: Some(time(3600)),
            early: (seed % 4 > 1).then_some(time(2)),
        };
        assert!(window.clock().is_some_and(|clock| clock.is_ok()));
        let mut pipeline = pipeline(window);
        if saves {
            pipeline.sinks.push(Placed {
                place: Place::named("sink"),
                plan: Box::new(Keeps),
                only: vec![Kind::Panes],
            });
        }
        let (mut kept, topic, mut got, mut sums) = (Positions::new(), Topic::default(), vec![], [0; 4]);
        until_the_end(&pipeline, &log, 8, (&mut kept, &topic), &mut got, &mut sums, random);
        if saves {
            let position = &kept[&0];
            assert_eq!(
                position.offset, position.reached,
                "what is open is saved, and need not be read again"
            );
            let panes: HashSet<_> = topic.0.lock().unwrap().keys().map(|(start, _)| *start).collect();
            let most = (length / hop) as usize + 2;
            assert!((1..=most).contains(&panes.len()), "panes of open windows only: {}", panes.len());
        }
        let early = got.iter().filter(|row| row.result == ResultState::Early).count();
        assert_eq!(early > 100, seed % 4 > 1, "{early} early results");
        got.retain(|row| row.result == ResultState::Final);
        let (want, counted) = table(&log, length * SECOND, hop * SECOND, grace * SECOND);
        assert_eq!(sums, counted, "seed {seed}: folded, late, refused, duplicate");
        assert_eq!(sums.iter().sum::<u64>(), log.len() as u64);
        let mut seen = HashSet::new();
        for row in &got {
            let of = (row.start, row.key.to_string());
            let (count, least, greatest, sum) = want[&of];
            assert!(seen.insert(of), "seed {seed}: {row:?} came twice");
            assert_eq!((row.readings, row.end - row.start), (count, length * SECOND));
            assert_eq!(row.values[..3], [count as f64, least, greatest], "seed {seed}");
            assert!((row.values[3] - sum / count as f64).abs() < 1e-9, "seed {seed}");
        }
        // windows that are not complete yet stay open
        let newest = log.iter().filter(|row| row.time < 1000 * SECOND).map(|row| row.time).max().unwrap();
        let over = |(start, _): &&(i64, String)| start + (length + grace) * SECOND <= newest;
        assert_eq!(got.len(), want.keys().filter(over).count(), "seed {seed}");
    }
}

#[test]
fn the_end_closes_what_is_open() {
    let plan = Plan { output: Default::default() };
    let sums: Sums = plan.sums(&["value".into()]).unwrap();
    let window = Hopping {
        length: Time(10.0),
        hop: Time(10.0),
        grace: None,
        idle_after: None,
        max_ahead: None,
        early: None,
    };
    let mut keyed = Keyed::new((window.clock().unwrap().unwrap(), sums, None), &[], 0, None);
    let rows = [Row { key: "a".into(), time: 3 * SECOND, value: 2.5, id: 0, named: true }];
    let control = Control::default();
    let tally = Tally { came: &control.counters, out: &control.counters, all: &control.counters };
    let mut given: Vec<Aggregate> = vec![];
    let mut give = |row: Data| {
        given.extend(row.take());
        Ok(())
    };
    let mut onto = Onto { tally, offset: &Default::default(), refuse: &mut |_| {}, give: &mut give };
    keyed.take(At { offset: 0, known: 0 }, batch(&rows, 0, 1), &mut onto).unwrap();
    keyed.end(&mut give).unwrap();
    assert!(given.is_empty());
    let mut give = |row: Data| {
        given.extend(row.take());
        Ok(())
    };
    keyed.close(&mut give).unwrap();
    assert_eq!((given.len(), given[0].start, given[0].end), (1, 0, 10 * SECOND));
    assert_eq!((&*given[0].key, &given[0].values[..]), ("a", &[1.0, 2.5, 2.5, 2.5][..]));
}
