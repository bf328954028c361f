//! The manifest of a training set: its content, its input, and the checksum of every shard.
//!
//! The manifest of a set with the prefix `digits` is `digits.json`. It is written last, so a set with a
//! manifest is complete. Identical sets have identical manifests, byte for byte: a manifest contains neither
//! a time nor a location.
//!
//! ```
//! use passband_flow::store::Directory;
//! use passband_lake::set::manifest::{Input, Manifest, ShardEntry, SplitEntry};
//! use passband_lake::set::record::{Kind, Record, Schema, ShardFormat};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let prefix = folder.path().join("digits").display().to_string();
//! let (place, stem) = Directory::of(&prefix, &Default::default(), &Default::default())?;
//! let mut record = Record::new("0");
//! record.push("label", 7)?;
//! let schema = Schema::of(&[&record])?;
//! let out = std::fs::File::create(folder.path().join("digits-00000-of-00001.tfrecord")).unwrap();
//! let mut shard = ShardFormat::TfRecord.open(&schema, out)?;
//! shard.add(&record)?;
//! let shard = ShardEntry { file: "digits-00000-of-00001.tfrecord".into(), written: shard.finish()? };
//!
//! let mut manifest = Manifest::new("a8f1", ShardFormat::TfRecord, Input::new("labels.csv", 1, 0xe306_9283));
//! manifest.schema = schema;
//! manifest.splits.push(SplitEntry {
//!     name: String::new(),
//!     records: 1,
//!     labels: [("7".to_owned(), 1)].into(),
//!     shards: vec![shard],
//! });
//! manifest.write(&place, &stem)?;
//! assert_eq!(Manifest::read(&place, &stem)?, manifest);
//! assert!(manifest.to_json().contains(r#""crc32c": "e3069283""#));
//! # Ok::<(), passband_signal::Fault>(())
//! ```

mod check;
mod file;
mod json;
mod progress;

#[cfg(test)]
mod tests;

pub use progress::{FinishedShard, Progress};

use crate::set::labels::LabelMap;
use crate::set::record::{Schema, ShardFormat, Written};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the manifest. Other versions are not read.
pub const VERSION: u32 = 1;

/// The content of a training set, and its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the manifest.
    #[serde(rename = "manifest")]
    pub version: u32,
    /// The version of Passband that built the set.
    pub passband: String,
    /// The format of the shards.
    #[serde(with = "json::Format")]
    pub format: ShardFormat,
    /// The id of the plan.
    pub plan: String,
    /// The list of labels.
    pub input: Input,
    /// The settings that determine the bytes of the set.
    pub settings: serde_json::Value,
    /// The features of the records.
    #[serde(with = "json::schema")]
    pub schema: Schema,
    /// The sample rate, if all examples have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The numbers of the labels, if they have names.
    #[serde(with = "json::labels", default, skip_serializing_if = "Option::is_none")]
    pub label_map: Option<LabelMap>,
    /// The splits, in order.
    pub splits: Vec<SplitEntry>,
    /// The number of rows that are in no shard, by reason.
    pub quarantined: BTreeMap<String, u64>,
    /// The number of rows whose audio is identical to that of an earlier row.
    pub duplicates: u64,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// The list of labels that a set was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its path, as it was given.
    pub path: String,
    /// The number of its rows, including refused ones.
    pub rows: u64,
    /// CRC-32C of its bytes.
    #[serde(with = "json::hex")]
    pub crc32c: u32,
}

/// One split of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitEntry {
    /// Its name; empty if the set is not split.
    pub name: String,
    /// Its records.
    pub records: u64,
    /// Its records by label, by name if labels have names. Empty if there are too many labels.
    pub labels: BTreeMap<String, u64>,
    /// Its shards, in order.
    pub shards: Vec<ShardEntry>,
}

/// One shard of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "json::ShardJson", into = "json::ShardJson")]
pub struct ShardEntry {
    /// Its file name, relative to the folder of the manifest.
    pub file: String,
    /// Its records, bytes and checksum.
    pub written: Written,
}

impl Manifest {
    /// The manifest of an empty set.
    pub fn new(plan: impl Into<String>, format: ShardFormat, input: Input) -> Self {
        Self {
            version: VERSION,
            passband: env!("CARGO_PKG_VERSION").to_owned(),
            format,
            plan: plan.into(),
            input,
            settings: serde_json::Value::Null,
            schema: Schema::new(),
            rate: None,
            label_map: None,
            splits: vec![],
            quarantined: BTreeMap::new(),
            duplicates: 0,
            warnings: vec![],
        }
    }
    /// All shards with the number of their split, in order.
    pub fn shards(&self) -> impl Iterator<Item = (usize, &ShardEntry)> {
        self.splits
            .iter()
            .enumerate()
            .flat_map(|(split, entry)| entry.shards.iter().map(move |shard| (split, shard)))
    }
    /// The number of records.
    pub fn records(&self) -> u64 {
        self.splits.iter().map(|split| split.records).sum()
    }
    /// The name of a label, or its number if it has none.
    pub fn label(&self, number: i64) -> String {
        let named =
            |map: &LabelMap| map.iter().find(|(_, known)| *known == number).map(|(name, _)| name.to_owned());
        self.label_map.as_ref().and_then(named).unwrap_or_else(|| number.to_string())
    }
}

impl Input {
    /// A list with this many rows. An absolute path is reduced to its file name, so that the manifest does not depend
    /// on the machine; an address is stored without user, password and query.
    ///
    /// ```
    /// use passband_lake::set::manifest::Input;
    /// assert_eq!(Input::new("lists/digits.csv", 3, 0).path, "lists/digits.csv");
    /// assert_eq!(Input::new("/home/ann/digits.csv", 3, 0).path, "digits.csv");
    /// assert_eq!(Input::new("https://ann:pw@host/digits.csv?signature=1f", 3, 0).path, "https://host/digits.csv");
    /// ```
    pub fn new(path: &str, rows: u64, crc32c: u32) -> Self {
        Self { path: file::plain(path), rows, crc32c }
    }
}
