//! The recovery rule without a broker: a log is read with crashes at random moments, and the results must equal those
//! of an undisturbed run.

use super::crashes::{Log, Random, read};
use crate::data::{Data, Output, Positions, Stream};
use crate::engine::Pipeline;
use crate::part::Registry;
use passband_signal::{Block, Hertz, SignalSpec};

/// A log of two shards and five streams: blocks of any length, gaps, repeats, overlaps, a recording that starts again.
fn log(random: &mut Random) -> Log {
    let mut at = [(1i64, 0u64); 5];
    let mut blocks = vec![];
    for _ in 0..600 {
        let who = random.below(5) as usize;
        let (recording, next) = &mut at[who];
        let frames = 1 + random.below(40);
        match random.below(40) {
            0 => *next += random.below(30),
            1 => *next = next.saturating_sub(random.below(60)),
            2 if random.below(4) == 0 => (*recording, *next) = (*recording + 1, random.below(10)),
            _ => {}
        }
        let spec = SignalSpec::real(Hertz(1000.0), 1);
        let sample = |i: u64| ((i * 7919 + who as u64 * 31 + *recording as u64) % 1000) as f32 / 1000.0;
        let samples = (*next..*next + frames).map(sample).collect();
        let block =
            Block { spec, recording: *recording, index: *next, time: *next as i64 * 1000, of: 0, samples };
        *next += frames;
        blocks.push(((who % 2) as i32, Stream::from(format!("stream {who}")), Data::Samples(block)));
    }
    blocks
}

#[test]
fn crashes_at_any_moment_change_no_result() {
    let chains = [
        ("length = '64 samples'\nhop = '16 samples'", ""),
        ("length = '50 samples'\nhop = '50 samples'", ""),
        ("length = '10 samples'\nhop = '45 samples'\ngaps = 'allow'", ""),
        ("length = '64 samples'\nhop = '16 samples'", "[[transform]]\ntype = 'average'\nover = 3"),
    ];
    for (window, average) in chains {
        let text = format!(
            "[source]\ntype = 'kafka'\ntopic = 't'\ngroup = 'g'\n[window]\ntype = 'sliding'\n{window}\n\
             [[transform]]\ntype = 'spectrum'\nscale = 'magnitude'\n{average}\n[[sink]]\ntype = 'kafka'\ntopic = 'u'"
        );
        let pipeline = Pipeline::parse(&text, "t.toml", &|_| None, &Registry::new(&[]))
            .unwrap_or_else(|f| panic!("{f:?}"));
        for seed in 0..25 {
            let mut random = Random(seed);
            let log = log(&mut random);
            let by_stream = |outputs: Vec<Output>| {
                let mut all: Vec<(Stream, Data)> = outputs.into_iter().map(|o| (o.stream, o.data)).collect();
                all.sort_by(|a, b| a.0.cmp(&b.0)); // stable: the order within a stream is kept
                all
            };
            let whole = by_stream(read(&pipeline, &log, &mut Positions::new(), u64::MAX, &mut random));
            let (mut positions, mut pieces) = (Positions::new(), vec![]);
            for _ in 0..12 {
                let crash = random.below(120);
                pieces.extend(read(&pipeline, &log, &mut positions, crash, &mut random));
            }
            pieces.extend(read(&pipeline, &log, &mut positions, u64::MAX, &mut random));
            let pieces = by_stream(pieces);
            assert!(!whole.is_empty());
            let first = whole.iter().zip(&pieces).position(|(a, b)| a != b);
            assert_eq!((first, pieces.len()), (None, whole.len()), "seed {seed}, {window} {average}");
        }
    }
}
