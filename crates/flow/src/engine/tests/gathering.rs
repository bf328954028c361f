//! Files spread over shards and processes, without a broker: shares are folded and merged with crashes at random
//! moments, and each file must be emitted once, with the values of an undisturbed run.

use super::crashes::{Log, Random, read};
use crate::data::{Data, Output, Positions, Stream};
use crate::engine::Pipeline;
use crate::part::Registry;
use crate::transform::statistics::{State, Statistics};
use passband_signal::{Block, Hertz, SignalSpec};

const SCAN: u64 = 8;
const SCANS: u64 = 20;
const FILES: i64 = 40;

/// Forty files of 20 scans over three shards: scan 4 of file 3 is missing, and every seventh scan is repeated. The
/// fifth file is followed by half a file of another stream, which then ends.
fn log(random: &mut Random) -> Log {
    let mut log = vec![];
    for file in 0..FILES {
        let goose = if file == 5 { 0..SCANS / 2 } else { 0..0 };
        let duck = (0..SCANS).filter(|scan| (file, *scan) != (3, 4)).map(|scan| ("duck", scan));
        for (stream, scan) in goose.map(|scan| ("goose", scan)).chain(duck) {
            let samples = (0..2 * SCAN).map(|_| random.below(1000) as f32 - 500.0).collect();
            let spec = SignalSpec::iq(Hertz(1000.0), Hertz(1e6));
            let time = (file * SCANS as i64 + scan as i64) * 8000;
            let block =
                Block { spec, recording: file, index: scan * SCAN, time, of: SCANS * SCAN + 3, samples };
            let shard = (scan * 7 + file as u64) % 3;
            for _ in 0..if scan % 7 == 6 { 2 } else { 1 } {
                log.push((shard as i32, Stream::from(stream), Data::Samples(block.clone())));
            }
        }
    }
    log
}

fn until_the_end(pipeline: &Pipeline, log: &Log, crashes: usize, random: &mut Random) -> Vec<Output> {
    let (mut kept, mut all) = (Positions::new(), vec![]);
    for _ in 0..crashes {
        let crash = random.below(700);
        all.extend(read(pipeline, log, &mut kept, crash, random));
    }
    all.extend(read(pipeline, log, &mut kept, u64::MAX, random));
    all
}

fn pipeline(text: &str) -> Pipeline {
    let sinks = "[[sink]]\ntype = 'kafka'\ntopic = 'results'\ndelivery = 'exactly_once'";
    let text = format!(
        "[source]\ntype = 'kafka'\ntopic = 't'\ngroup = 'g'\n[window]\ntype = 'scan'\nlength = {SCAN}\n\
         [[transform]]\ntype = 'power_spectrum'\nover = 'file'\n{text}\n{sinks}"
    );
    Pipeline::parse(&text, "t.toml", &|_| None, &Registry::new(&[])).unwrap_or_else(|f| panic!("{f:?}"))
}

/// The results of the complete stream.
fn files(outputs: Vec<Output>) -> Vec<Statistics> {
    let outputs = outputs.into_iter().filter(|output| &*output.stream == "duck");
    let statistics = |output: Output| match output.data {
        Data::Row(row) => row.take().unwrap(),
        other => panic!("{other:?}"),
    };
    let mut all: Vec<_> = outputs.map(statistics).collect();
    all.sort_by_key(|s: &Statistics| s.recording);
    all
}

#[test]
fn each_file_comes_out_once_whatever_crashes() {
    let whole = pipeline("open_files = 4");
    let halves = pipeline("open_files = 4\nshares = 'shares'");
    let merging = halves.merging.as_deref().expect("two halves");
    for seed in 0..40 {
        let random = &mut Random(seed);
        let log = log(random);
        // a single process that has every shard as one log
        let one: Log = log.iter().map(|(_, stream, data)| (0, stream.clone(), data.clone())).collect();
        let expected = files(until_the_end(&whole, &one, 0, random));
        let again = files(until_the_end(&whole, &one, 10, random));
        let names = |files: &[Statistics]| {
            files.iter().map(|s| (s.recording, s.state, s.duplicates)).collect::<Vec<_>>()
        };
        assert_eq!(names(&again), names(&expected), "seed {seed}: replayed");
        assert!(again == expected, "seed {seed}: replayed");
        assert_eq!(expected[3].state, State::Incomplete);
        assert_eq!((expected[3].moments.count(), expected[3].of), (SCANS - 1, SCANS));

        let shares = until_the_end(&halves, &log, 10, random);
        let shares: Log = shares.into_iter().map(|output| (0, output.stream, output.data)).collect();
        let merged = files(until_the_end(merging, &shares, 10, random));
        let states = |files: &[Statistics]| files.iter().map(|s| (s.recording, s.state)).collect::<Vec<_>>();
        assert_eq!(states(&merged), states(&expected), "seed {seed}");
        for (a, b) in merged.iter().zip(&expected) {
            assert_eq!((a.moments.count(), &a.scans, a.of), (b.moments.count(), &b.scans, b.of));
            let close = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-12 * y.abs();
            assert!(
                a.moments.mean().iter().zip(b.moments.mean()).all(close),
                "seed {seed}, file {}",
                a.recording
            );
            let close = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-9 * y.abs();
            assert!(a.moments.squares().iter().zip(b.moments.squares()).all(close));
        }
    }
}
