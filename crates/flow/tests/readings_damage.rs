//! Random damage to JSON lines, tables and container files, compressed and not: intact readings are read, damaged ones
//! are refused with their place, and every reading is accounted for.
//!
//! `PASSBAND_DAMAGE` is the number of times that each file is truncated and has bytes changed (50 for a full run).

mod readings_fixtures;

use flate2::Compression;
use flate2::write::GzEncoder;
use readings_fixtures::{container, told};
use std::io::Write;

const READINGS: i64 = 700;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Name, bytes and format of each kind of file; all hold the same sensors and times.
fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let times = (0..READINGS).map(|n| (n, 1_700_000_000_000 + n * 1000));
    let lines: String = times
        .clone()
        .map(|(n, ts)| format!("{{\"key\": \"Sensor{}\", \"ts\": {ts}, \"value\": {n}}}\n", n % 5))
        .collect();
    let rows: String = times.map(|(n, ts)| format!("Sensor{},{ts},{n}\n", n % 5)).collect();
    let table = format!("key,ts,value\n{rows}");
    let (lines, table) = (lines.into_bytes(), table.into_bytes());
    let json = r#"format = { type = "json", time_unit = "ms" }"#;
    let csv = r#"format = { type = "csv", time_unit = "ms" }"#;
    let avro = r#"format = { type = "avro", key = "sensor", time = "at", values = "value=data.value" }"#;
    vec![
        ("a.ndjson", lines.clone(), json),
        ("a.ndjson.gz", gzip(&lines), json),
        ("a.ndjson.zst", zstd(&lines), json),
        ("a.csv", table.clone(), csv),
        ("a.csv.gz", gzip(&table), csv),
        ("a.csv.zst", zstd(&table), csv),
        ("a.avro", container("null", 0..READINGS), avro),
        ("a.avro", container("deflate", 0..READINGS), avro),
        ("a.avro", container("zstandard", 0..READINGS), avro),
        ("a.avro.gz", gzip(&container("null", 0..READINGS)), avro),
    ]
}

#[test]
fn damaged_readings_are_accounted_for() {
    let times = std::env::var("PASSBAND_DAMAGE").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |n: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % n.max(1) as u64) as usize
    };
    let folder = tempfile::tempdir().unwrap();
    let (mut inputs, mut readings, mut refused) = (0, 0, 0);
    for (name, good, format) in files() {
        let path = folder.path().join(name);
        // `told` checks in = folded + late + refused + duplicate, and that each refusal has a reason
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let told = told(&path, format);
            assert!(told.refused.iter().all(|why| !why.is_empty()), "{name}");
            let sum = told.sensors.values().map(|sensor| sensor.1).sum::<f64>();
            (told.sensors.values().map(|sensor| sensor.0).sum::<u64>(), sum, told.refused)
        };
        let (count, sum, none) = read(&good);
        assert_eq!(
            (count, sum, none),
            (READINGS as u64, (READINGS * (READINGS - 1) / 2) as f64, vec![]),
            "{name}"
        );
        for round in 0..2 * times {
            let mut bytes = good.clone();
            if round % 2 == 0 {
                bytes.truncate(random(bytes.len()));
                let (count, sum, why) = read(&bytes);
                // all readings before the cut except the one it goes through, whose number may be shortened
                let before = (0..count as i64).sum::<i64>() as f64;
                let last = sum - before;
                assert!(
                    count < READINGS as u64 && -(READINGS as f64) < last && last <= 0.0,
                    "{name}: {count} of {sum}"
                );
                let ends_whole = name.ends_with(".avro") && bytes.ends_with(readings_fixtures::SYNC);
                let is_line =
                    bytes.last().is_some_and(|b| matches!(b, b'\n' | b'}' | b'0'..=b'9')) || bytes.is_empty();
                let plain = ["a.ndjson", "a.csv"].contains(&name) && is_line;
                assert!(!why.is_empty() || ends_whole || plain, "{name} of {} bytes: {count}", bytes.len());
                refused += why.len();
                readings += count;
            } else {
                for _ in 0..if round % 4 == 1 { 1 } else { times } {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
                let (count, _, why) = read(&bytes);
                readings += count;
                refused += why.len();
            }
            inputs += 1;
        }
    }
    println!("{inputs} inputs: {readings} readings, {refused} refusals");
    assert!(readings > 0 && refused > 0);
}
