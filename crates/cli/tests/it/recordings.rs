//! Generated recordings and lists for training sets, and tools to examine the sets.

use crate::passband::{command, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A WAV of 16-bit samples.
pub fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    form(rate, channels, 16, 1, &bytes)
}

/// A WAV of floats.
pub fn floats(rate: u32, samples: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    form(rate, 1, 32, 3, &bytes)
}

/// A WAV of encoded samples, with the format tag (1: integers, 3: floats).
pub fn form(rate: u32, channels: u16, bits: u16, tag: u16, bytes: &[u8]) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0");
    wav.extend(tag.to_le_bytes());
    wav.extend(channels.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * u32::from(frame)).to_le_bytes());
    wav.extend(frame.to_le_bytes());
    wav.extend(bits.to_le_bytes());
    wav.extend(b"data");
    wav.extend((bytes.len() as u32).to_le_bytes());
    wav.extend(bytes);
    wav
}

/// A tone with a unique frequency, and a length that few others have.
pub fn tone(number: usize) -> Vec<i16> {
    let frames = 400 + 37 * (number % 50);
    let step = 0.02 + number as f64 * 1e-4;
    (0..frames).map(|n| (8000.0 * (n as f64 * step).sin()) as i16).collect()
}

/// Recordings in a folder and their list: labels 0 to 9, names with a speaker.
pub fn make(folder: &Path, count: usize) -> PathBuf {
    let blobs = folder.join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    let mut list = String::from("Label,Blob Name\n");
    for number in 0..count {
        let name = name(number);
        fs::write(blobs.join(&name), wav(8000, 1, &tone(number))).unwrap();
        list.push_str(&format!("{},{name}\n", number % 10));
    }
    let path = folder.join("labels.csv");
    fs::write(&path, list).unwrap();
    path
}

pub fn name(number: usize) -> String {
    format!("{}_speaker{}_{number}.wav", number % 10, number / 10 % 7)
}

/// Builds a set with `passband dataset`, and returns the exit code and output.
pub fn build(folder: &Path, prefix: &str, more: &[&str]) -> (i32, String) {
    let output = run(&arguments(folder, prefix, more), &[]);
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The arguments for a set from [`make`].
pub fn arguments<'a>(folder: &Path, prefix: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    // temporary folders are removed with the process
    let leak = |path: PathBuf| -> &'static str { path.display().to_string().leak() };
    let mut all =
        vec!["--json", "dataset", leak(folder.join("labels.csv")), "--blobs", leak(folder.join("blobs"))];
    all.extend(["--output", prefix]);
    all.extend(more);
    all
}

/// All files of a set by name, without temporary ones.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() {
            all.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    all
}

/// The differences between two sets: names, or "bytes of" a name; empty if they are equal.
pub fn difference(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let differ = names.into_iter().filter(|name| a.get(*name) != b.get(*name));
    differ
        .map(|name| match (a.get(name), b.get(name)) {
            (Some(_), Some(_)) => format!("the bytes of {name}"),
            _ => name.clone(),
        })
        .collect()
}

/// The report of `passband dataset inspect` as JSON; the set must be valid.
pub fn inspected(prefix: &str, set: &[(&str, &str)]) -> serde_json::Value {
    let output = command(&["--json", "dataset", "inspect", prefix], set).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
