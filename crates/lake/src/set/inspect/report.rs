//! The result of inspecting a set.

use super::Lengths;
use crate::set::manifest::Manifest;
use passband_signal::Fault;
use std::collections::BTreeMap;

/// The content and the faults of a set, as text or as JSON ([`Report::to_json`]).
#[derive(Clone, Debug)]
pub struct Report {
    /// The manifest.
    pub manifest: Manifest,
    /// The splits as read, in the manifest's order.
    pub splits: Vec<SplitReport>,
    /// The lengths of examples in frames.
    pub frames: Lengths,
    /// The lengths in microseconds, of examples whose rate is known.
    pub micros: Lengths,
    /// The sample rate, if all examples with a rate have the same.
    pub rate: Option<f64>,
    /// The first records.
    pub first: Vec<Shown>,
    /// Faults that make the set unusable.
    pub errors: Vec<Fault>,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// A split as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitReport {
    /// Its name; empty if the set is not split.
    pub name: String,
    /// Its records.
    pub records: u64,
    /// Its records by label, as in the manifest.
    pub labels: BTreeMap<String, u64>,
    /// The number of its shards that could not be read completely; the counts do not include the unread records.
    pub unread: usize,
}

/// A summary of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its shard.
    pub file: String,
    /// Its number there, from 0.
    pub record: u64,
    /// A summary of each feature, by name.
    pub features: Vec<(String, String)>,
}

impl Report {
    /// Whether the set can be used.
    pub fn is_good(&self) -> bool {
        self.errors.is_empty()
    }
    /// The number of records read.
    pub fn records(&self) -> u64 {
        self.splits.iter().map(|split| split.records).sum()
    }
    /// The bytes of all shards, by the manifest.
    pub fn bytes(&self) -> u64 {
        self.manifest.shards().map(|(_, shard)| shard.written.bytes).fold(0, u64::saturating_add)
    }
}
