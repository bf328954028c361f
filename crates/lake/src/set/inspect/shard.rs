//! Verifies the size and checksum of a shard.

use super::record_reader;
use crate::set::record::{Schema, ShardFormat, Written, crc::Crc};
use passband_signal::{Fault, Result};
use std::cmp::Ordering;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

const BLOCK: usize = 256 << 10;
const AGAIN: &str = "delete it and build the set again: the other shards are kept";

/// Compares size and checksum with the manifest, and locates the damage in a TFRecord.
pub fn verify(path: &Path, told: &Written, format: ShardFormat) -> Result<()> {
    let mut file = open(path)?;
    let size = file.metadata().map_err(unread)?.len();
    let what = match size.cmp(&told.bytes) {
        Ordering::Less => "a shard is cut short",
        Ordering::Greater => "a shard is longer than it was",
        Ordering::Equal if checksum(&mut file)? != told.crc32c => "a shard is damaged",
        Ordering::Equal => return Ok(()),
    };
    let mut why = match size == told.bytes {
        true => format!("its CRC-32C is not {:08x}", told.crc32c),
        false => format!("it has {size} bytes, not {}", told.bytes),
    };
    if let ShardFormat::TfRecord | ShardFormat::TfRecordGzip { .. } = format {
        why.push_str("; ");
        why.push_str(&damage(path));
    }
    Err(Fault::new(what).why(why).fix(AGAIN))
}

pub fn open(path: &Path) -> Result<File> {
    let found = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Fault::new("a shard is missing").fix("put it back, or build the set again"),
        _ => unread(error),
    })?;
    // opening a pipe would block
    if !found.is_file() {
        return Err(Fault::new("a shard is not a file"));
    }
    File::open(path).map_err(unread)
}

pub fn unread(error: std::io::Error) -> Fault {
    Fault::new(format!("a shard cannot be read: {error}"))
}

fn checksum(file: &mut File) -> Result<u32> {
    let (mut crc, mut block) = (Crc::new(), vec![0; BLOCK]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(crc.value()),
            Ok(length) => crc.update(&block[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unread(error)),
        }
    }
}

/// Locates damage by the checksums of the records.
fn damage(path: &Path) -> String {
    let mut whole = 0u64;
    let mut read = || -> Result<()> {
        let mut records = record_reader::open(ShardFormat::TfRecord, &Schema::new(), path)?;
        while records.next()?.is_some() {
            whole += 1;
        }
        Ok(())
    };
    match read() {
        Ok(()) => format!("its {whole} records are intact, so it is a different shard"),
        Err(fault) if fault.place().is_empty() => format!("after {whole} records {}", fault.what()),
        Err(fault) => format!("the first fault is at {}: {}", fault.place(), fault.what()),
    }
}
