//! Checks that a manifest is consistent.

use super::{Manifest, ShardEntry};
use passband_signal::{Fault, Result};
use std::collections::BTreeSet;
use std::path::{Component, Path};

impl Manifest {
    /// Checks the sums, and that all files are in the manifest's folder.
    pub(super) fn check(&self) -> Result<()> {
        let (mut names, mut files) = (BTreeSet::new(), BTreeSet::new());
        for split in &self.splits {
            let name =
                if split.name.is_empty() { "the set".to_owned() } else { format!("split '{}'", split.name) };
            if !names.insert(&split.name) {
                return Err(wrong(format!("{name} occurs twice")));
            }
            let total = split.records;
            let shards = sum(split.shards.iter().map(|shard| shard.written.records));
            if shards != Some(total) {
                return Err(wrong(format!(
                    "{name} has {total} records, and its shards have {}",
                    told(shards)
                )));
            }
            let labels = sum(split.labels.values().copied());
            if !split.labels.is_empty() && labels != Some(total) {
                return Err(wrong(format!(
                    "{name} has {total} records, and its labels have {}",
                    told(labels)
                )));
            }
            for ShardEntry { file, .. } in &split.shards {
                if !is_beside(file) {
                    return Err(wrong(format!("{file:?} is not a file in the manifest's folder")));
                }
                if !files.insert(file) {
                    return Err(wrong(format!("the shard {file:?} occurs twice")));
                }
            }
        }
        match sum(self.splits.iter().map(|split| split.records)) {
            Some(_) => Ok(()),
            None => Err(wrong("it has more records than can be counted".into())),
        }
    }
}

/// Whether a path stays in its folder: a manifest may come from an untrusted source.
fn is_beside(file: &str) -> bool {
    !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)))
}

fn sum(mut counts: impl Iterator<Item = u64>) -> Option<u64> {
    counts.try_fold(0u64, u64::checked_add)
}

fn told(sum: Option<u64>) -> String {
    sum.map_or_else(|| "too many to be counted".into(), |sum| sum.to_string())
}

fn wrong(why: String) -> Fault {
    Fault::new("the manifest contradicts itself").why(why).fix("build the set again")
}
