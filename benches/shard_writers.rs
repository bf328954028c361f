//! The cost of a record in each format, on one thread: encoded, with checksum, and written to an output that discards
//! it.
//!
//! Records of small audio files: 0.5 s at 8 kHz as floats, and a label. The last line is for plain TFRecord.

mod clock;

use clock::Clock;
use passband_lake::set::record::{Record, Schema, ShardFormat, Tensor};
use passband_signal::{Hertz, Result};
use std::hint::black_box;

const SAMPLES: usize = 4000;
/// Number of distinct records, which exceed the L1 and L2 caches.
const DISTINCT: usize = 256;
const REPETITIONS: usize = 9;
/// The formats, and the number of records of each, large enough for the resolution of the clock.
const FORMATS: [(&str, ShardFormat, usize); 5] = [
    ("TFRecord", ShardFormat::TfRecord, 40_000),
    ("TFRecord, GZIP level 1", ShardFormat::TfRecordGzip { level: 1 }, 300),
    ("TFRecord, GZIP level 6", ShardFormat::TfRecordGzip { level: 6 }, 60),
    ("Parquet", ShardFormat::Parquet, 3_000),
    ("WebDataset", ShardFormat::WebDataset, 40_000),
];

fn main() -> Result<()> {
    let clock = Clock::new();
    let records = (0..DISTINCT as i64).map(record).collect::<Result<Vec<_>>>()?;
    println!("{SAMPLES} samples and a label: ns a record, {REPETITIONS} repetitions of {}", clock.name());
    println!("{:<28}{:>9}{:>9}{:>9}{:>9}", "", "median", "least", "most", "bytes");
    let mut figure = f64::NAN;
    for (name, format, count) in FORMATS {
        let mut bytes = 0;
        let all = clock.microseconds(REPETITIONS, || {
            let mut shard = format.open(&Schema::of(&[&records[0]])?, std::io::sink())?;
            for n in 0..count {
                shard.add(black_box(&records[n % DISTINCT]))?;
            }
            let written = black_box(shard.finish()?);
            bytes = written.bytes / written.records;
            Ok::<_, passband_signal::Fault>(written.records)
        })?;
        let [median, least, most] =
            [all[REPETITIONS / 2], all[0], all[REPETITIONS - 1]].map(|microseconds| 1e3 * microseconds);
        println!("{name:<28}{median:>9.0}{least:>9.0}{most:>9.0}{bytes:>9}");
        if format == ShardFormat::TfRecord {
            figure = median;
        }
    }
    println!("shard_writers: {figure:.0} ns/record");
    Ok(())
}

/// A tone with noise in 16 bits, like a recording.
fn record(number: i64) -> Result<Record> {
    let mut state = number as u64 + 1;
    let mut noise = || {
        state ^= state << 13; // xorshift64 (Marsaglia 2003)
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut sample = |n: usize| (0.3 * (n as f32 * 0.1).sin() + 0.01 * noise()) * 32768.0;
    let samples = (0..SAMPLES).map(|n| sample(n).round() / 32768.0).collect();
    let mut record = Record::new(format!("{number:06}"));
    record.push("label", number % 10)?;
    record.push("audio", Tensor::waveform(1, Hertz(8000.0), samples)?)?;
    Ok(record)
}
