//! What is known of a set when all of it has been read.

use super::Lengths;
use crate::set::manifest::Manifest;
use passband_signal::Fault;
use std::collections::BTreeMap;

/// What a set is, and what is wrong with it. It is printed for a person, and [`Report::to_json`] for a program.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the set says of itself.
    pub manifest: Manifest,
    /// What was read of each split, in the manifest's order.
    pub splits: Vec<SplitReport>,
    /// How long recordings are, in frames.
    pub frames: Lengths,
    /// How long they are in microseconds, those whose rate is known.
    pub micros: Lengths,
    /// Frames a second, if all that have a rate have the same.
    pub rate: Option<f64>,
    /// Some records of the beginning.
    pub first: Vec<Shown>,
    /// What makes the set of no use.
    pub errors: Vec<Fault>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What was read of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitReport {
    /// Its name; empty, if the set is not split.
    pub name: String,
    /// Its records.
    pub records: u64,
    /// Its records by label, as the manifest calls them.
    pub labels: BTreeMap<String, u64>,
    /// How many of its shards could not be read to their end; the counts are without what is left of them.
    pub unread: usize,
}

/// A record as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The shard it is in.
    pub file: String,
    /// Its number there, from 0.
    pub record: u64,
    /// Its features, by name, in short.
    pub features: Vec<(String, String)>,
}

impl Report {
    /// Whether the set can be used.
    pub fn is_good(&self) -> bool {
        self.errors.is_empty()
    }
    /// How many records were read.
    pub fn records(&self) -> u64 {
        self.splits.iter().map(|split| split.records).sum()
    }
    /// How many bytes all shards have, by the manifest.
    pub fn bytes(&self) -> u64 {
        self.manifest.shards().map(|(_, shard)| shard.written.bytes).fold(0, u64::saturating_add)
    }
}
