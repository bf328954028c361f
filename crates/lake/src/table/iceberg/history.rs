//! The snapshots of a table, newest first, and Passband's entries in their summaries.

use iceberg::spec::{Snapshot, TableMetadata};
use std::collections::HashSet;

/// The name under which a writer stores its positions.
pub const WRITER: &str = "passband.writer";
/// The run that created a snapshot.
pub const RUN: &str = "passband.run";
/// The id of a commit.
pub const COMMIT: &str = "passband.commit";
/// The positions that the rows of the snapshot settle, as JSON by shard.
pub const POSITIONS: &str = "passband.positions";
/// The version of Passband.
pub const VERSION: &str = "passband.version";

/// The current snapshot and its ancestors, newest first.
///
/// If an ancestor was expired, the remaining older snapshots follow in the order of their sequence numbers.
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

/// An entry in the summary of a snapshot.
pub fn note<'a>(snapshot: &'a Snapshot, key: &str) -> Option<&'a str> {
    snapshot.summary().additional_properties.get(key).map(String::as_str)
}

/// Whether a commit is the current snapshot or one of its ancestors.
pub fn holds(metadata: &TableMetadata, commit: &str) -> bool {
    ancestors(metadata).iter().any(|snapshot| note(snapshot, COMMIT) == Some(commit))
}
