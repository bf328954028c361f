//! Describes the content of a table: columns, snapshots, files.

use super::history::{self, ancestors, note};
use super::schema::words;
use super::warehouse::Warehouse;
use iceberg::spec::ManifestEntryRef;
use iceberg::table::Table;
use passband_flow::data::Timestamp;
use passband_signal::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// The description of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// `namespace.name`.
    pub table: String,
    /// The folder or prefix that contains its files.
    pub location: String,
    /// Number of rows in the current snapshot.
    pub rows: u64,
    /// Number of data files in the current snapshot.
    pub files: u64,
    /// Size of these data files in bytes.
    pub bytes: u64,
    /// Number of manifests in the current snapshot; a query reads all of them.
    pub manifests: u64,
    /// Number of retained snapshots.
    pub snapshots: u64,
    /// The partition fields, such as `day(time)`.
    pub partition: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type, as Iceberg names it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The unit; empty if the column has none.
    pub unit: String,
    /// The description.
    pub doc: String,
}

/// A snapshot of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The snapshot id, for time travel.
    pub snapshot: i64,
    /// The time of the commit, in ISO 8601.
    pub time: String,
    /// The operation: append, overwrite, delete, replace.
    pub operation: String,
    /// Number of rows added.
    pub added: u64,
    /// Total number of rows in the table at that time.
    pub rows: u64,
    /// The writer; empty for other engines, like the fields below.
    pub writer: String,
    /// The run, as in the column `_run`.
    pub run: String,
    /// The version of Passband.
    pub version: String,
    /// The source positions that its rows settle, by shard.
    pub positions: serde_json::Value,
}

/// A data file of the current snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataFile {
    /// The address.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// Describes a table.
///
/// # Errors   manifests that cannot be read
pub fn describe(warehouse: &Warehouse, table: &Table) -> Result<Description> {
    let metadata = table.metadata();
    let (manifests, entries) = entries(warehouse, table)?;
    let schema = metadata.current_schema();
    let column = |field: &iceberg::spec::NestedFieldRef| {
        let unit = metadata.properties().get(&format!("passband.unit.{}", field.name));
        Column {
            name: field.name.clone(),
            kind: words(&field.field_type),
            unit: unit.cloned().unwrap_or_default(),
            doc: field.doc.clone().unwrap_or_default(),
        }
    };
    let part = |field: &iceberg::spec::PartitionField| {
        let column = schema.name_by_field_id(field.source_id).unwrap_or(&field.name);
        match field.transform {
            iceberg::spec::Transform::Identity => column.to_owned(),
            iceberg::spec::Transform::Bucket(n) => format!("bucket({n}, {column})"),
            iceberg::spec::Transform::Truncate(n) => format!("truncate({n}, {column})"),
            other => format!("{other}({column})"),
        }
    };
    Ok(Description {
        table: table.identifier().to_string(),
        location: metadata.location().to_owned(),
        rows: entries.iter().map(|entry| entry.record_count()).sum(),
        files: entries.len() as u64,
        bytes: entries.iter().map(|entry| entry.file_size_in_bytes()).sum(),
        manifests,
        snapshots: metadata.snapshots().len() as u64,
        partition: metadata.default_partition_spec().fields().iter().map(part).collect(),
        columns: schema.as_struct().fields().iter().map(column).collect(),
    })
}

/// The current snapshot and its ancestors, newest first.
pub fn snapshots(table: &Table) -> Vec<Entry> {
    let entry = |snapshot: &iceberg::spec::Snapshot| {
        let text = |key: &str| note(snapshot, key).unwrap_or_default().to_owned();
        let number = |key: &str| note(snapshot, key).and_then(|text| text.parse().ok()).unwrap_or(0);
        let positions = note(snapshot, history::POSITIONS).and_then(|text| serde_json::from_str(text).ok());
        Entry {
            snapshot: snapshot.snapshot_id(),
            time: Timestamp(snapshot.timestamp_ms() * 1000).to_string(),
            operation: snapshot.summary().operation.as_str().to_owned(),
            added: number("added-records"),
            rows: number("total-records"),
            writer: text(history::WRITER),
            run: text(history::RUN),
            version: text(history::VERSION),
            positions: positions.unwrap_or_default(),
        }
    };
    ancestors(table.metadata()).into_iter().map(entry).collect()
}

/// The data files of the current snapshot, sorted by address.
///
/// # Errors   manifests that cannot be read
pub fn files(warehouse: &Warehouse, table: &Table) -> Result<Vec<DataFile>> {
    let (_, entries) = entries(warehouse, table)?;
    let file = |entry: &ManifestEntryRef| {
        let (path, rows, bytes) =
            (entry.file_path().to_owned(), entry.record_count(), entry.file_size_in_bytes());
        (path.clone(), DataFile { path, rows, bytes })
    };
    let sorted: BTreeMap<String, DataFile> = entries.iter().map(file).collect();
    Ok(sorted.into_values().collect())
}

/// Number of manifests in the current snapshot, and the entries of the data manifests.
fn entries(warehouse: &Warehouse, table: &Table) -> Result<(u64, Vec<ManifestEntryRef>)> {
    let Some(snapshot) = table.metadata().current_snapshot() else { return Ok((0, vec![])) };
    let read = warehouse.wait(async {
        let list = table.manifest_list_reader(snapshot).load().await?;
        let mut all = vec![];
        for manifest in list.entries() {
            let manifest = manifest.load_manifest(table.file_io()).await?;
            let alive = manifest.entries().iter().filter(|entry| {
                entry.is_alive() && entry.content_type() == iceberg::spec::DataContentType::Data
            });
            all.extend(alive.cloned());
        }
        Ok((list.entries().len() as u64, all))
    });
    read.map_err(|error| {
        warehouse.fault(format!("the files of {} cannot be listed", table.identifier()), error)
    })
}
