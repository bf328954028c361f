//! The manifest, written when all shards are complete.

use crate::set::labels::LabelMap;
use crate::set::manifest::{FinishedShard, Input, Manifest, Progress, SplitEntry};
use crate::set::record::{Schema, ShardFormat};
use crate::set::tasks::PlanFile;
use passband_flow::data::Set;
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// Writes the label map, if labels have names, and the manifest; then removes the plan and the progress notes.
pub fn write(
    place: &Directory,
    stem: &str,
    set: &Set,
    format: ShardFormat,
    schema: &Schema,
    done: &BTreeMap<i32, FinishedShard>,
) -> Result<()> {
    let manifest = of(set, format, schema, done)?;
    if let Some(map) = &manifest.label_map {
        place.put(&format!("{stem}-labels.json"), map.to_json().as_bytes())?;
    }
    manifest.write(place, stem)?;
    // the notes last: a worker that adds a note checks for the plan afterwards (`withdraw`)
    PlanFile::remove(place, stem)?;
    Progress::of(stem).end(place)
}

fn of(
    set: &Set,
    format: ShardFormat,
    schema: &Schema,
    done: &BTreeMap<i32, FinishedShard>,
) -> Result<Manifest> {
    let told = &set.manifest;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let crc = u32::from_str_radix(&text(&told["input"]["crc32c"]), 16).unwrap_or(0);
    let rows = told["input"]["rows"].as_u64().unwrap_or(0);
    let input = Input::new(&text(&told["input"]["path"]), rows, crc);
    let mut manifest = Manifest::new(set.plan.clone(), format, input);
    manifest.settings = told["settings"].clone();
    manifest.schema = schema.clone();
    manifest.rate = told["rate"].as_f64();
    if !told["label_map"].is_null() {
        manifest.label_map = Some(LabelMap::from_json(&told["label_map"].to_string())?);
    }
    manifest.quarantined = read(&told["quarantined"])?;
    manifest.duplicates = told["duplicates"].as_u64().unwrap_or(0);
    manifest.warnings = read(&told["warnings"])?;
    let none = vec![];
    for split in told["splits"].as_array().unwrap_or(&none) {
        let name = text(&split["name"]);
        let of = set.shards.iter().filter(|shard| shard.split == name);
        let shards = of.filter_map(|shard| Some(done.get(&shard.number)?.shard.clone())).collect();
        let records = split["records"].as_u64().unwrap_or(0);
        manifest.splits.push(SplitEntry { name, records, labels: read(&split["labels"])?, shards });
    }
    Ok(manifest)
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T> {
    serde_json::from_value(value.clone())
        .map_err(|error| Fault::new("the plan of the set is invalid").why(error))
}
