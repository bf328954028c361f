//! The version hint, by which readers without a catalogue find the newest state of a local table.

use super::local;
use iceberg::table::Table;
use std::fs;

/// Writes `version-hint.text` next to the metadata, as read by DuckDB's `iceberg_scan('warehouse/passband/features')`.
///
/// The hint is best-effort: if it cannot be written, or is overwritten by an older one, no data is lost.
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
