//! The cost of a training set of small recordings: labels and WAV files in the page cache, through the whole engine, to
//! TFRecord shards that are flushed to the disk.
//!
//! Recordings of half a second at 8 kHz in 16 bits, four shards; every file is read twice, first to inspect it, then to
//! write it. The result is for the whole process, all threads. With `-- --write FOLDER`, only the recordings and their
//! list are written, as input of `peers/dataset_records.py`.

use passband_flow::{Control, Pipeline, Registry, run};
use passband_lake::set::record::{Feature, TfRecords, example, tensor};
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;

const FILES: u64 = 20_000;
const SAMPLES: u64 = 4000;
const SHARDS: u64 = 4;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(at) = std::env::args().position(|argument| argument == "--write") {
        return write(std::env::args().nth(at + 1).ok_or("--write needs a folder")?.as_ref());
    }
    let folder = tempfile::tempdir()?;
    write(folder.path())?;
    let mut all = vec![];
    for round in 0..=ROUNDS {
        // an existing set is not built again
        let sets = tempfile::tempdir_in(folder.path())?;
        let (rate, by_the_clock) = build(folder.path(), sets.path())?;
        if round == 0 {
            // also warms up the caches
            check(sets.path())?;
        } else {
            println!("round {round}: {rate:.0} files/CPU-s, {by_the_clock:.0} files/s by the clock");
            all.push(rate);
        }
    }
    all.sort_by(f64::total_cmp);
    println!("dataset_records: {:.0} files/CPU-s", all[all.len() / 2]);
    Ok(())
}

/// Files per CPU second, and per second of wall-clock time.
fn build(recordings: &Path, sets: &Path) -> Result<(f64, f64), Box<dyn Error>> {
    let text = format!(
        "[source]\ntype = 'labelled'\npath = '{0}/labels.csv'\nblobs = '{0}'\nshards = {SHARDS}\n\
         [[sink]]\ntype = 'shards'\noutput = '{1}/set'\n",
        recordings.display(),
        sets.display(),
    );
    let pipeline = Pipeline::parse(&text, "bench.toml", &|_| None, &Registry::new(&[passband_lake::PARTS]));
    let pipeline = pipeline.map_err(|faults| format!("{faults:?}"))?;
    let (control, before, began) = (Control::default(), cpu(), std::time::Instant::now());
    run(&pipeline, &control)?;
    let (spent, wall) = (cpu() - before, began.elapsed().as_secs_f64());
    assert_eq!((control.counters.out.get(), control.counters.refused.get()), (FILES, 0));
    Ok((FILES as f64 / spent, FILES as f64 / wall))
}

/// The content of the shards, which must equal the input, and the results of the peers.
fn check(sets: &Path) -> Result<(), Box<dyn Error>> {
    let mut found = Sums::default();
    for shard in 0..SHARDS {
        let name = format!("set-{shard:05}-of-{SHARDS:05}.tfrecord");
        let mut records = TfRecords::new(std::io::BufReader::new(std::fs::File::open(sets.join(name))?))?;
        while let Some(record) = records.next()? {
            let record = example::decode(record)?;
            let (Some(Feature::Ints(label)), Some(Feature::Bytes(audio))) =
                (record.get("label"), record.get("audio"))
            else {
                return Err("a record lacks its label or its audio".into());
            };
            let samples = tensor::decode(audio)?;
            assert_eq!(samples.shape(), [SAMPLES, 1]);
            found.add(label[0], samples.values().iter().map(|sample| (sample * 32768.0) as i64));
        }
    }
    let mut expected = Sums::default();
    (0..FILES).for_each(|file| expected.add(label(file), (0..SAMPLES).map(|at| sample(file, at).into())));
    assert_eq!(found, expected);
    let Sums { records, labels, levels, ties } = found;
    println!("{records} records; sums: labels {labels}, levels {levels}, samples by label {ties}");
    Ok(())
}

/// Integer sums, which do not depend on the order: labels, levels of samples, and products of both.
#[derive(Debug, Default, PartialEq)]
struct Sums {
    records: u64,
    labels: i64,
    levels: i64,
    ties: i64,
}

impl Sums {
    fn add(&mut self, label: i64, samples: impl Iterator<Item = i64>) {
        let (mut level, mut sum) = (0, 0);
        samples.enumerate().for_each(|(at, sample)| {
            level += sample.abs();
            sum += sample * (at as i64 % 7 + 1);
        });
        self.records += 1;
        self.labels += label;
        self.levels += level;
        self.ties += label * sum;
    }
}

fn label(file: u64) -> i64 {
    (file * 7 % 10) as i64
}

/// A sawtooth whose pitch depends on the label, with noise.
fn sample(file: u64, at: u64) -> i16 {
    let mut z = (file * SAMPLES + at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9); // SplitMix64 (Steele, Lea & Flood 2014)
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let saw = (at * (200 + 150 * label(file) as u64) * 16 / 8) % 16_000;
    (saw as i64 - 8000 + (z >> 52) as i64 - 2048) as i16
}

/// Writes the WAV files and the list.
fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut list = BufWriter::new(std::fs::File::create(folder.join("labels.csv"))?);
    writeln!(list, "Label,Blob Name")?;
    for file in 0..FILES {
        let name = format!("w{file:05}.wav");
        writeln!(list, "{},{name}", label(file))?;
        let mut bytes = Vec::with_capacity(44 + 2 * SAMPLES as usize);
        let size = 2 * SAMPLES as u32;
        bytes.extend_from_slice(b"RIFF");
        bytes.extend((36 + size).to_le_bytes());
        bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        [8000u32, 16_000, 2 | 16 << 16].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend_from_slice(b"data");
        bytes.extend(size.to_le_bytes());
        (0..SAMPLES).for_each(|at| bytes.extend(sample(file, at).to_le_bytes()));
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(list.flush()?)
}

/// CPU time of this process in seconds, all threads.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}
