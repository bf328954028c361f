//! Maintenance: expires old snapshots, and removes unreferenced files.

use super::commit::once;
use super::warehouse::{Warehouse, short};
use super::{ledger, local};
use iceberg::table::Table;
use iceberg::transaction::ApplyTransactionAction;
use passband_signal::{Fault, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// The snapshots that an expiry retains.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Retains snapshots younger than this.
    pub younger: Duration,
    /// Retains this many of the newest snapshots, regardless of age.
    pub newest: usize,
}

/// The snapshots that an expiry removes, oldest first.
pub fn expiring(table: &Table, keep: Keep) -> Vec<i64> {
    let metadata = table.metadata();
    let before = SystemTime::now()
        .checked_sub(keep.younger)
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let before = before.map_or(i64::MIN, |time| time.as_millis() as i64);
    let lineage = super::history::ancestors(metadata);
    let old = lineage.iter().skip(keep.newest.max(1)).filter(|snapshot| snapshot.timestamp_ms() < before);
    let mut ids: Vec<i64> = old.map(|snapshot| snapshot.snapshot_id()).collect();
    ids.reverse();
    ids
}

/// Removes old snapshots from a table, and returns their ids. Files that only these snapshots reference remain until
/// [`orphans`] are removed.
///
/// Positions of writers whose snapshots are removed are stored as properties of the table, in the same commit.
///
/// # Errors   a snapshot that a branch or tag of another engine references
pub fn expire(warehouse: &Warehouse, table: &Table, keep: Keep) -> Result<Vec<i64>> {
    let ids = expiring(table, keep);
    if ids.is_empty() {
        return Ok(ids);
    }
    let what = format!("snapshots of {} cannot be expired", short(table.identifier()));
    let gone = |table: &Table| ids.iter().all(|id| table.metadata().snapshot_by_id(*id).is_none());
    once(warehouse, table.identifier(), &what, gone, |change, table| {
        let positions = ledger::all(table.metadata());
        let keeping =
            positions.into_iter().fold(change.update_table_properties(), |action, (writer, text)| {
                action.set(ledger::property(&writer), text)
            });
        let change = keeping.apply(change).map_err(|error| warehouse.fault(&what, error))?;
        // only these ids, regardless of the maximum age set by the table itself
        let action =
            change.expire_snapshots().expire_older_than_ms(i64::MIN).expire_snapshot_ids(ids.clone());
        action.apply(change).map_err(|error| warehouse.fault(&what, error))
    })?;
    Ok(ids)
}

/// An unreferenced file.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Orphan {
    /// The address.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// Files in the folder of a local table that no snapshot references and that are older than `age`: left by killed
/// writers and by expired snapshots.
///
/// # Errors   a table in an object store; files that cannot be listed
pub fn orphans(warehouse: &Warehouse, table: &Table, age: Duration) -> Result<Vec<Orphan>> {
    let location = table.metadata().location();
    if location.contains("://") && !location.starts_with("file://") {
        return Err(Fault::new("orphans are looked for in local warehouses only")
            .at(location)
            .fix("in an object store use Spark: CALL system.remove_orphan_files(table => '…')"));
    }
    let used = used(warehouse, table)?;
    let mut found = BTreeMap::new();
    let mut folders = vec![local::path(location)];
    let told =
        |error: std::io::Error| Fault::new("the files of the table cannot be listed").at(location).why(error);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(told)? {
            let entry = entry.map_err(told)?;
            let known = entry.metadata().map_err(told)?;
            if known.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let old =
                known.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|past| past >= age);
            let path = entry.path();
            let is_used =
                used.contains(&path) || std::fs::canonicalize(&path).is_ok_and(|path| used.contains(&path));
            if old && !is_used {
                found.insert(entry.path(), known.len());
            }
        }
    }
    Ok(found.into_iter().map(|(path, bytes)| Orphan { path: path.display().to_string(), bytes }).collect())
}

/// Removes orphans; an orphan that no longer exists is not an error.
///
/// # Errors   a file that cannot be removed
pub fn remove(orphans: &[Orphan]) -> Result<()> {
    orphans.iter().try_for_each(|orphan| {
        local::delete(&orphan.path).map_err(|error| super::fault("an orphan cannot be removed", error))
    })
}

/// All files that the table references.
fn used(warehouse: &Warehouse, table: &Table) -> Result<BTreeSet<std::path::PathBuf>> {
    let metadata = table.metadata();
    let mut used: Vec<String> = metadata.metadata_log().iter().map(|log| log.metadata_file.clone()).collect();
    used.extend(table.metadata_location().map(str::to_owned));
    used.push(format!("{}/metadata/version-hint.text", metadata.location()));
    used.extend(metadata.statistics_iter().map(|file| file.statistics_path.clone()));
    used.extend(metadata.partition_statistics_iter().map(|file| file.statistics_path.clone()));
    let read: iceberg::Result<()> = warehouse.wait(async {
        let mut manifests = BTreeSet::new();
        for snapshot in metadata.snapshots() {
            used.push(snapshot.manifest_list().to_owned());
            let list = table.manifest_list_reader(snapshot).load().await?;
            for manifest in list.entries() {
                if manifests.insert(manifest.manifest_path.clone()) {
                    let manifest = manifest.load_manifest(table.file_io()).await?;
                    used.extend(manifest.entries().iter().map(|entry| entry.file_path().to_owned()));
                }
            }
        }
        used.extend(manifests);
        Ok(())
    });
    read.map_err(|error| warehouse.fault("the files that the table refers to cannot be listed", error))?;
    let mut paths: BTreeSet<_> = used.iter().map(|address| local::path(address)).collect();
    // another engine may write a path with .. or a link in it
    let resolved: Vec<_> = paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
    paths.extend(resolved);
    Ok(paths)
}
