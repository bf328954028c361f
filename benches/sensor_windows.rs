//! The cost of windows of sensor readings: lines of JSON in the page cache, through the whole engine, to rows of
//! windows.
//!
//! A thousand sensors with four readings per second each, up to 0.8 s out of order; windows of 10 s with 1 s grace;
//! count, minimum, maximum and mean. The result is for the whole process, all threads. With `-- --write FILE`, only the
//! lines are written, as input of `peers/sensor_windows.py`.

use passband_flow::{Control, Pipeline, Registry, run};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};

const SENSORS: u64 = 1000;
const READINGS: u64 = 4_000_000;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(at) = std::env::args().position(|argument| argument == "--write") {
        return Ok(write(std::env::args().nth(at + 1).ok_or("--write needs a file")?.as_ref())?);
    }
    let folder = tempfile::tempdir()?;
    let (input, output) = (folder.path().join("readings.ndjson"), folder.path().join("windows.ndjson"));
    write(&input)?;
    let text = format!(
        "[source]\ntype = 'files'\npath = '{}'\nformat = {{ type = 'json', key = 'sensor' }}\n\
         [window]\ntype = 'tumbling'\nlength = '10 s'\ngrace = '1 s'\n\
         [[transform]]\ntype = 'aggregate'\noutput = {{ time = 'end', value = 'value: count, min, max, mean' }}\n\
         [[sink]]\ntype = 'file'\npath = '{}'\nformat = 'json'\n",
        input.display(),
        output.display()
    );
    let mut all = vec![];
    for round in 0..=ROUNDS {
        let pipeline = Pipeline::parse(&text, "bench.toml", &|_| None, &Registry::new(&[]));
        let pipeline = pipeline.map_err(|faults| format!("{faults:?}"))?;
        let (control, before) = (Control::default(), cpu());
        let began = std::time::Instant::now();
        run(&pipeline, &control)?;
        let (spent, wall) = (cpu() - before, began.elapsed().as_secs_f64());
        let counters = &control.counters;
        assert_eq!((counters.folded.get(), counters.late.get()), (READINGS, 0));
        assert_eq!(counters.out.get(), READINGS / 4 / 10);
        // the first run only warms up the caches
        if round > 0 {
            let rate = READINGS as f64 / spent;
            println!(
                "round {round}: {:.2} M readings/CPU-s, {:.2} M/s by the clock",
                rate / 1e6,
                READINGS as f64 / wall / 1e6
            );
            all.push(rate);
        }
    }
    check(&output)?;
    all.sort_by(f64::total_cmp);
    println!("sensor_windows: {:.0} readings/CPU-s", all[all.len() / 2]);
    Ok(())
}

/// Totals over the windows, which must equal those of the peers.
fn check(output: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let (mut windows, mut count, mut sums) = (0, 0, [0.0; 3]);
    for line in std::fs::read_to_string(output)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let of = |measure: &str| row["value"][measure].as_f64().ok_or("a measure is missing");
        windows += 1;
        count += of("count")? as u64;
        for (sum, measure) in sums.iter_mut().zip(["min", "max", "mean"]) {
            *sum += of(measure)?;
        }
    }
    assert_eq!(count, READINGS);
    let [least, greatest, mean] = sums;
    println!(
        "{windows} windows of {count} readings; sums: min {least:.3}, max {greatest:.3}, mean {mean:.6}"
    );
    Ok(())
}

/// Lines of readings, one per sensor every 250 ms, shuffled by up to 0.8 s.
fn write(path: &std::path::Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    let (mut seed, mut lines) = (1u64, vec![]);
    let mut line = String::new();
    for n in 0..READINGS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (sensor, tick) = (n % SENSORS, n / SENSORS);
        let (seconds, millis) = (tick / 4, tick % 4 * 250);
        line.clear();
        let value = 20.0 + (seed >> 40) as f64 / 16_777_216.0;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let _ = writeln!(
            line,
            "{{\"sensor\": \"s{sensor:04}\", \"ts\": \"2024-03-01T{hour:02}:{minute:02}:{second:02}.{millis:03}000\", \"value\": {value:.3}}}"
        );
        lines.push(((seed >> 33) % 800 + tick * 250, line.clone()));
        if lines.len() == 40_000 || n + 1 == READINGS {
            // by time of arrival: the event time plus up to 0.8 s
            lines.sort_by_key(|(comes, _)| *comes);
            let keep = if n + 1 == READINGS { 0 } else { 4000 };
            for (_, line) in lines.drain(..lines.len() - keep) {
                out.write_all(line.as_bytes())?;
            }
        }
    }
    out.flush()
}

/// CPU time of this process in seconds, all threads.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}
