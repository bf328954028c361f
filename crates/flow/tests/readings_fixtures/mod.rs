//! Files of readings as other programs write them, and their result after a pipeline; the counts of the pipeline are
//! checked for consistency.
#![allow(dead_code)] // each test uses a part of it

use flate2::Compression;
use passband_flow::{Control, Pipeline, Registry, run};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The result of a file: per sensor the count, sum and first time of its readings, and the refusals.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    pub sensors: BTreeMap<String, (u64, f64, i64)>,
    pub refused: Vec<String>,
    pub missing: u64,
}

impl Told {
    pub fn sensor(&self, name: &str) -> (u64, f64, i64) {
        *self.sensors.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
    /// The reason of the only refusal, if no reading was accepted.
    pub fn refusal(&self) -> &str {
        assert!(self.sensors.is_empty() && self.refused.len() == 1, "{self:?}");
        &self.refused[0]
    }
}

/// Runs a pipeline over a file with one window for all readings of a sensor; `settings` are those of the source.
pub fn told(file: &Path, settings: &str) -> Told {
    let out = tempfile::tempdir().unwrap();
    let (output, refused) = (out.path().join("out.ndjson"), out.path().join("refused.ndjson"));
    let text = format!(
        "[source]\ntype = \"files\"\npath = {file:?}\n{settings}\n\
         [window]\ntype = \"count\"\nlength = 1\n\
         [[transform]]\ntype = \"aggregate\"\noutput = {{ sensor = \"key\", start = \"start\", v = \"value: count, sum\" }}\n\
         [[sink]]\ntype = \"file\"\npath = {output:?}\nformat = \"json\"\nrefused = {refused:?}\n"
    );
    let registry = Registry::new(&[]);
    let pipeline =
        Pipeline::parse(&text, "t.toml", &|_| None, &registry).unwrap_or_else(|faults| panic!("{faults:?}"));
    let control = Control::default();
    // a run in which everything is refused fails; the reasons are collected here
    let _ = run(&pipeline, &control);
    let counters = &control.counters;
    let [came, folded, late, left, twice] =
        [&counters.r#in, &counters.folded, &counters.late, &counters.refused, &counters.duplicate]
            .map(|c| c.get());
    assert_eq!(came, folded + late + left + twice, "in = folded + late + refused + duplicate");
    let read = |path: &Path| {
        let part = std::path::PathBuf::from(format!("{}.part", path.display()));
        std::fs::read_to_string(path).or_else(|_| std::fs::read_to_string(part)).unwrap_or_default()
    };
    let lines = |text: &str| {
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect()
    };
    let (results, refusals): (Vec<_>, Vec<_>) = (lines(&read(&output)), lines(&read(&refused)));
    let mut told = Told { missing: counters.missing_values.get(), ..Told::default() };
    for result in results {
        let count = result["v"]["count"].as_u64().unwrap();
        let time = result["start"].as_i64().unwrap();
        let of = told.sensors.entry(result["sensor"].as_str().unwrap().into()).or_insert((0, 0.0, time));
        *of = (of.0 + count, of.1 + result["v"]["sum"].as_f64().unwrap_or(0.0), of.2.min(time));
    }
    told.refused =
        refusals.iter().map(|line| line["reason"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(told.refused.len() as u64, late + left, "{:?}", told.refused);
    told
}

/// An Avro `long`.
pub fn long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

pub fn text(value: &[u8], out: &mut Vec<u8>) {
    long(value.len() as i64, out);
    out.extend(value);
}

pub const SYNC: &[u8; 16] = b"0123456789abcdef";

/// A container file of readings written by another program, in blocks of one hundred, with times in milliseconds.
pub fn container(codec: &str, numbers: std::ops::Range<i64>) -> Vec<u8> {
    let schema = br#"{"type": "record", "name": "Row", "fields": [
        {"name": "sensor", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "data", "type": {"type": "record", "name": "Data", "fields": [
            {"name": "value", "type": ["null", "double"]}]}}]}"#;
    let mut out = b"Obj\x01".to_vec();
    long(2, &mut out);
    for (name, value) in [(&b"avro.schema"[..], &schema[..]), (b"avro.codec", codec.as_bytes())] {
        text(name, &mut out);
        text(value, &mut out);
    }
    out.push(0);
    out.extend(SYNC);
    let numbers: Vec<i64> = numbers.collect();
    for numbers in numbers.chunks(100) {
        let mut block = vec![];
        for number in numbers {
            text(format!("Sensor{}", number % 5).as_bytes(), &mut block);
            long((1_700_000_000 + number) * 1000, &mut block);
            long(1, &mut block);
            block.extend((*number as f64).to_le_bytes());
        }
        let block = match codec {
            "deflate" => {
                let mut encoder = flate2::write::DeflateEncoder::new(vec![], Compression::fast());
                encoder.write_all(&block).unwrap();
                encoder.finish().unwrap()
            }
            "zstandard" => zstd::encode_all(&block[..], 1).unwrap(),
            _ => block,
        };
        long(numbers.len() as i64, &mut out);
        text(&block, &mut out);
        out.extend(SYNC);
    }
    out
}
