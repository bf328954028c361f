//! Reads records from a WebDataset: the files with the same key form a record.

use super::record_reader::RecordReader;
use super::tar_reader;
use crate::set::record::{Feature, Kind, Record, Schema, Tensor};
use passband_signal::{Fault, Hertz, Result};
use serde_json::Value;
use std::fs::File;
use std::io::BufReader;

pub struct WebDatasetReader {
    input: BufReader<File>,
    schema: Schema,
    /// The first file of the next record.
    first: Option<(String, Vec<u8>)>,
    begun: bool,
}

impl WebDatasetReader {
    pub fn new(file: File, schema: &Schema) -> Self {
        let input = BufReader::with_capacity(256 << 10, file);
        Self { input, schema: schema.clone(), first: None, begun: false }
    }

    fn add(&self, record: &mut Record, ending: &str, bytes: Vec<u8>) -> Result<()> {
        let unknown = || Fault::new(format!("a record has a file that ends with .{ending}"));
        let (name, kind) = ending.rsplit_once('.').unwrap_or(("audio", ending));
        match kind {
            "cls" => record.push(
                "label",
                str::from_utf8(&bytes).ok().and_then(|n| n.parse::<i64>().ok()).ok_or_else(unknown)?,
            ),
            "json" => self.json(record, &bytes),
            "wav" => record.push(name, wav(&bytes).ok_or_else(unknown)??),
            "npy" => record.push(name, npy(&bytes).ok_or_else(unknown)??),
            "bin" => record.push(name, bytes),
            _ => Err(unknown()),
        }
    }

    fn json(&self, record: &mut Record, bytes: &[u8]) -> Result<()> {
        let wrong = |why: String| Fault::new("the JSON of a record cannot be read").why(why);
        let text = str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let value: Value = serde_json::from_str(&finite(text)).map_err(|error| wrong(error.to_string()))?;
        for (name, value) in value.as_object().into_iter().flatten() {
            let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let kind = self.schema.features().find(|(known, _)| known == name).map(|(_, kind)| kind);
            let feature = match kind {
                Some(Kind::Int | Kind::Ints) => {
                    all.iter().map(Value::as_i64).collect::<Option<Vec<_>>>().map(Feature::Ints)
                }
                Some(Kind::Float | Kind::Floats) => Some(Feature::Floats(all.iter().map(float).collect())),
                _ => value.as_str().map(Feature::from),
            };
            record.push(name.as_str(), feature.ok_or_else(|| wrong(format!("{name:?} is {value}")))?)?;
        }
        Ok(())
    }
}

impl RecordReader for WebDatasetReader {
    fn next(&mut self) -> Result<Option<Record>> {
        if !self.begun {
            self.begun = true;
            self.first = tar_reader::next(&mut self.input)?;
        }
        let Some((name, bytes)) = self.first.take() else { return Ok(None) };
        let (key, ending) = parts(&name);
        let mut record = Record::new(key);
        let at = |fault: Fault| fault.at(format!("record {key:?}"));
        self.add(&mut record, ending, bytes).map_err(at)?;
        while let Some((name, bytes)) = tar_reader::next(&mut self.input).map_err(at)? {
            let (next, ending) = parts(&name);
            if next != key {
                self.first = Some((name, bytes));
                break;
            }
            self.add(&mut record, ending, bytes).map_err(at)?;
        }
        Ok(Some(record))
    }
}

fn parts(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or((name, ""))
}

/// Replaces the non-finite numbers that Python writes by `null`.
fn finite(text: &str) -> String {
    let pieces = text.split('"');
    let (mut out, mut inside, mut escaped) = (String::new(), false, false);
    for (number, piece) in pieces.enumerate() {
        if number > 0 {
            out.push('"');
            // a quote after an odd number of backslashes is escaped
            inside = if inside { escaped } else { true };
        }
        escaped = piece.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        match inside {
            true => out.push_str(piece),
            false => out.push_str(
                &piece.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null"),
            ),
        }
    }
    out
}

fn float(value: &Value) -> f32 {
    value.as_f64().map_or(f32::NAN, |value| value as f32)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// A WAV file of 32-bit floats.
fn wav(bytes: &[u8]) -> Option<Result<Tensor>> {
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let mut form = None;
    loop {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (size, after) = after.split_first_chunk::<4>()?;
        let (chunk, after) = after.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        match (name, form) {
            (b"fmt ", _) => {
                let number = |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
                let rate = u32::from_le_bytes(chunk.get(4..8)?.try_into().ok()?);
                form = (number(0)? == 3 && number(14)? == 32).then_some((number(2)?, rate));
            }
            (b"data", Some((channels, rate))) => {
                return Some(Tensor::waveform(channels.into(), Hertz(rate.into()), floats(chunk)));
            }
            _ => {}
        }
        rest = after;
    }
}

/// A `.npy` of 32-bit floats in the layout that Passband writes.
fn npy(bytes: &[u8]) -> Option<Result<Tensor>> {
    let (length, rest) = bytes.strip_prefix(b"\x93NUMPY\x01\x00")?.split_first_chunk()?;
    let (header, values) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    let header =
        str::from_utf8(header).ok().filter(|header| header.contains("'<f4', 'fortran_order': False"))?;
    let (sizes, _) = header.split_once("'shape': (")?.1.split_once(')')?;
    let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
    Some(Tensor::new(sizes.map(|size| size.parse().ok()).collect::<Option<_>>()?, floats(values)))
}
