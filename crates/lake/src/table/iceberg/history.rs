//! The snapshots of a table, newest first, and what Passband notes in them.

use iceberg::spec::{Snapshot, TableMetadata};
use std::collections::HashSet;

/// The name under which a writer keeps its positions.
pub const WRITER: &str = "passband.writer";
/// The run that made a snapshot.
pub const RUN: &str = "passband.run";
/// Tells a commit from every other.
pub const COMMIT: &str = "passband.commit";
/// The positions that its rows settle, as JSON by shard.
pub const POSITIONS: &str = "passband.positions";
/// The version of Passband.
pub const VERSION: &str = "passband.version";

/// The current snapshot and those it was made from, newest first.
///
/// Where one between was expired, the older ones that are left follow in the order of their sequence numbers.
pub fn ancestors(metadata: &TableMetadata) -> Vec<&Snapshot> {
    let (mut all, mut seen): (Vec<&Snapshot>, HashSet<i64>) = (vec![], HashSet::new());
    let mut next = metadata.current_snapshot().map(|snapshot| &**snapshot);
    while let Some(snapshot) = next.filter(|snapshot| seen.insert(snapshot.snapshot_id())) {
        all.push(snapshot);
        let Some(parent) = snapshot.parent_snapshot_id() else { break };
        next = metadata.snapshot_by_id(parent).map(|snapshot| &**snapshot).or_else(|| {
            let older = metadata.snapshots().filter(|one| one.sequence_number() < snapshot.sequence_number());
            older.max_by_key(|one| one.sequence_number()).map(|snapshot| &**snapshot)
        });
    }
    all
}

/// A note of a snapshot.
pub fn note<'a>(snapshot: &'a Snapshot, key: &str) -> Option<&'a str> {
    snapshot.summary().additional_properties.get(key).map(String::as_str)
}

/// Whether a commit is among the ancestors of what is current.
pub fn holds(metadata: &TableMetadata, commit: &str) -> bool {
    ancestors(metadata).iter().any(|snapshot| note(snapshot, COMMIT) == Some(commit))
}
