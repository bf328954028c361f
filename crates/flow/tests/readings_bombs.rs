//! Small compressed inputs that expand to very large ones are refused, in constant memory. This is the only test of its
//! binary, because it measures the memory of the process.

mod readings_fixtures;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use readings_fixtures::{SYNC, container, long, text, told};
use std::io::{Read, Write};

const GIB: u64 = 1 << 30;

/// The peak memory of this process in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}

fn zeros(mut into: impl Write) {
    std::io::copy(&mut std::io::repeat(0).take(GIB), &mut into).unwrap();
}

/// A block of a container file with this codec that declares one datum.
fn block(packed: &[u8], codec: &str) -> Vec<u8> {
    let mut out = container(codec, 0..100);
    long(1, &mut out);
    text(packed, &mut out);
    out.extend(SYNC);
    out
}

#[test]
fn a_decompression_bomb_is_refused_in_constant_memory() {
    let mut gzip = GzEncoder::new(vec![], Compression::fast());
    zeros(&mut gzip);
    let gzip = gzip.finish().unwrap();
    let mut zstd = zstd::Encoder::new(vec![], 1).unwrap();
    zeros(&mut zstd);
    let zstd = zstd.finish().unwrap();
    let mut deflate = DeflateEncoder::new(vec![], Compression::fast());
    zeros(&mut deflate);
    let deflate = deflate.finish().unwrap();
    assert!(gzip.len() < 8 << 20 && zstd.len() < 1 << 20);
    let json = r#"format = { type = "json" }"#;
    let csv = r#"format = { type = "csv" }"#;
    let avro = r#"format = { type = "avro", key = "sensor", time = "at", values = "value=data.value" }"#;
    let long_line = "1073741824 bytes, more than 16 MiB";
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, format, readings, why) in [
        ("a.ndjson.gz", gzip.clone(), json, 0, long_line),
        ("a.ndjson.zst", zstd.clone(), json, 0, long_line),
        ("a.csv.gz", gzip, csv, 0, "more than 16 MiB"),
        ("a.avro", block(&deflate, "deflate"), avro, 100, "a block is longer than 128 MiB"),
        ("b.avro", block(&zstd, "zstandard"), avro, 100, "a block is longer than 128 MiB"),
        ("a.avro.zst", zstd, avro, 0, "an Avro container file"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let told = told(&path, format);
        assert_eq!(told.sensors.values().map(|sensor| sensor.0).sum::<u64>(), readings, "{name}");
        assert!(told.refused.len() == 1 && told.refused[0].contains(why), "{name}: {:?}", told.refused);
        if let Some(peak) = peak() {
            println!("{name}: at most {} MiB", peak >> 20);
            assert!(peak < GIB / 2, "{name}: {peak}");
        }
    }
}
