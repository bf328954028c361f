//! The file by which readers without a catalogue find the newest state of a local table.

use super::local;
use iceberg::table::Table;
use std::fs;

/// Writes `version-hint.text` beside the metadata: DuckDB's `iceberg_scan('warehouse/passband/features')` reads it.
///
/// It is a help and no promise: that it cannot be written, or is written over by an older one, loses nothing.
pub fn write(table: &Table) {
    let Some((folder, file)) = table.metadata_location().and_then(|place| place.rsplit_once('/')) else {
        return;
    };
    let Some(version) = file.strip_suffix(".metadata.json") else { return };
    let folder = local::path(folder);
    let part = folder.join(format!(".version-hint-{}", std::process::id()));
    if fs::write(&part, version).and_then(|()| fs::rename(&part, folder.join("version-hint.text"))).is_err() {
        let _ = fs::remove_file(part);
    }
}
