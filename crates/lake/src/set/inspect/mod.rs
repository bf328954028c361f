//! Inspects a finished training set: verifies checksums, and looks for faults that affect training.
//!
//! Every shard is read twice: for its checksum, then record by record. Memory is that of the largest record, plus 12
//! bytes per record for the detection of duplicates.
//!
//! ```
//! use passband_flow::store::Directory;
//! use passband_lake::set::manifest::{Input, Manifest, ShardEntry, SplitEntry};
//! use passband_lake::set::record::{Record, Schema, ShardFormat, Tensor};
//! use passband_signal::Hertz;
//!
//! let folder = tempfile::tempdir().unwrap();
//! let prefix = folder.path().join("digits").display().to_string();
//! let (place, stem) = Directory::of(&prefix, &Default::default(), &Default::default())?;
//! let file = folder.path().join("digits-00000-of-00001.tfrecord");
//! let mut record = Record::new("0");
//! record.push("label", 7)?;
//! record.push("audio", Tensor::waveform(1, Hertz(8000.0), vec![0.5; 4000])?)?;
//! let mut manifest = Manifest::new("a8f1", ShardFormat::TfRecord, Input::new("labels.csv", 1, 0));
//! manifest.schema = Schema::of(&[&record])?;
//! let mut shard = manifest.format.open(&manifest.schema, std::fs::File::create(&file).unwrap())?;
//! shard.add(&record)?;
//! let shard = ShardEntry { file: "digits-00000-of-00001.tfrecord".into(), written: shard.finish()? };
//! let labels = [("7".to_owned(), 1)].into();
//! manifest.splits.push(SplitEntry { name: String::new(), records: 1, labels, shards: vec![shard] });
//! manifest.write(&place, &stem)?;
//!
//! let report = passband_lake::set::inspect::inspect(&prefix, &Default::default())?;
//! assert!(report.is_good());
//! assert_eq!(report.frames.range(), Some((4000, 4000)));
//!
//! let mut bytes = std::fs::read(&file).unwrap();
//! bytes[100] ^= 1;
//! std::fs::write(&file, bytes).unwrap();
//! let report = passband_lake::set::inspect::inspect(&prefix, &Default::default())?;
//! assert_eq!(report.errors[0].what(), "a shard is damaged");
//! # Ok::<(), passband_signal::Fault>(())
//! ```

mod duplicates;
mod json;
mod lengths;
mod local_copy;
mod parquet_reader;
mod record_audio;
mod record_reader;
mod render;
mod report;
mod shard;
mod tar_reader;
mod totals;
mod warnings;
mod waveform_stats;
mod webdataset_reader;

#[cfg(test)]
mod tests;

pub use lengths::Lengths;
pub use report::{Report, Shown, SplitReport};

use crate::set::manifest::{Manifest, ShardEntry};
use crate::set::shards::names::foreign_shards;
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::path::Path;
use totals::Totals;

/// Reads a whole set, given by its prefix, and reports its content and its faults. Shards in an object store are
/// downloaded one after another.
///
/// # Errors
/// If the manifest or the store cannot be read. All other faults are in the report.
pub fn inspect(prefix: &str, control: &Control) -> Result<Report> {
    let (place, stem, manifest) = find(prefix, control)?;
    let mut totals = Totals::new(&manifest);
    let mut errors = vec![];
    for (split, entry) in manifest.shards() {
        let here = local_copy::fetch(&place, &entry.file)?;
        if let Err(fault) = read(&manifest, here.path(), (split, entry), &mut totals) {
            totals.unread(split);
            errors.push(fault.within(&entry.file));
        }
        if control.stopping() {
            return Err(Fault::new("the inspection was stopped before all shards were read"));
        }
    }
    errors.extend(foreign(&place, &stem, &manifest)?);
    Ok(totals.report(errors))
}

/// Finds the manifest of a set, by the set's prefix or by the manifest's own path.
fn find(prefix: &str, control: &Control) -> Result<(Directory, String, Manifest)> {
    let (place, stem) = Directory::of(prefix, &PassedOn::default(), control)?;
    if let Some(plain) = stem.strip_suffix(".json").filter(|plain| !plain.is_empty())
        && place.size(&Manifest::name(&stem))?.is_none()
        && place.size(&stem)?.is_some()
    {
        let manifest = Manifest::read(&place, plain)?;
        return Ok((place, plain.to_owned(), manifest));
    }
    let manifest = Manifest::read(&place, &stem)?;
    Ok((place, stem, manifest))
}

/// The fault if there are foreign shards under the prefix: a reader of all shards would include them.
fn foreign(place: &Directory, stem: &str, manifest: &Manifest) -> Result<Option<Fault>> {
    let known = manifest.shards().map(|(_, shard)| shard.file.clone()).collect();
    let there: Vec<String> = place.list("")?.into_iter().map(|(file, _)| file).collect();
    let foreign = foreign_shards(stem, &there, &known);
    Ok(foreign.first().map(|first| {
        let what = match foreign.len() {
            1 => "1 file has the name of a shard of this set and is not in the manifest".to_owned(),
            n => format!("{n} files have names of shards of this set and are not in the manifest"),
        };
        let why = "a reader that uses a pattern would read them too";
        Fault::new(what).at(first.clone()).why(why).fix("delete them, or move them to another folder")
    }))
}

/// Reads one shard. A shard whose checksum differs is not counted; one that cannot be read is counted up to the fault.
fn read<'a>(
    manifest: &Manifest,
    path: &Path,
    (split, entry): (usize, &'a ShardEntry),
    totals: &mut Totals<'a>,
) -> Result<()> {
    shard::verify(path, &entry.written, manifest.format)?;
    let mut records = record_reader::open(manifest.format, &manifest.schema, path)?;
    totals.begin(split, &entry.file);
    while let Some(record) = records.next()? {
        totals.take(&record);
    }
    let (found, told) = (totals.in_shard(), entry.written.records);
    if found == told {
        return Ok(());
    }
    Err(Fault::new(format!("a shard has {found} records, and the manifest says {told}"))
        .fix("build the set again"))
}
