//! Files under the prefix of a set before it is built: those of earlier builds are replaced, any other file is kept.

use super::names::{foreign_shards, quarantine};
use super::shard_file::name;
use crate::set::labels::LabelMap;
use crate::set::manifest::{Manifest, Progress};
use crate::set::record::ShardFormat;
use passband_flow::data::Set;
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use serde_json::Value;
use std::collections::BTreeSet;

/// The shard files of a set.
pub fn files(stem: &str, set: &Set, format: ShardFormat) -> BTreeSet<String> {
    set.shards.iter().map(|shard| name(stem, shard, format)).collect()
}

/// Checks that the set can be built under this prefix.
///
/// # Errors
/// If the list, or a file that no earlier build of this set is known to have written, would be overwritten or would be
/// read as part of the set.
pub fn check(place: &Directory, stem: &str, set: &Set, format: ShardFormat) -> Result<()> {
    let refuse = |what: String, why: &str| {
        Err(Fault::new(what).at(place.at()).why(why).fix("move it away, or choose another prefix (--output)"))
    };
    let wanted = files(stem, set, format);
    let own = [Manifest::name(stem), quarantine(stem), format!("{stem}-labels.json")];
    let list = set.manifest["input"]["path"].as_str().unwrap_or_default();
    let same = |file: &&String| {
        let there = place.path(file).and_then(|path| path.canonicalize().ok());
        there.is_some() && there == std::path::Path::new(list).canonicalize().ok()
    };
    if let Some(file) = wanted.iter().chain(&own).find(same) {
        return refuse(
            format!("the set would overwrite its own list {file}"),
            "the set writes a file of the same name",
        );
    }
    let [manifest, aside, labels] = &own;
    if place.get(manifest)?.is_some_and(|text| !is_manifest(&text)) {
        return refuse(
            format!("{manifest} exists and is not a manifest"),
            "the manifest of the set would overwrite it",
        );
    }
    let is_quarantine = |text: &[u8]| text.starts_with(b"row,line,blob,reason") || text.is_empty();
    if place.get(aside)?.is_some_and(|text| !is_quarantine(&text)) {
        return refuse(
            format!("{aside} exists and is not a quarantine"),
            "that of the set would overwrite it",
        );
    }
    let is_map = |text: &[u8]| LabelMap::from_json(&String::from_utf8_lossy(text)).is_ok();
    if !set.manifest["label_map"].is_null() && place.get(labels)?.is_some_and(|text| !is_map(&text)) {
        return refuse(
            format!("{labels} exists and is not a label map"),
            "that of the set would overwrite it",
        );
    }
    let known = Progress::of(stem).files(place)?;
    let there: Vec<String> = place.list("")?.into_iter().map(|(file, _)| file).collect();
    let strange = foreign_shards(stem, &there, &known);
    match &strange[..] {
        [] => Ok(()),
        [first, ..] => refuse(
            format!("{} files have names of shards of this set, the first is {first}", strange.len()),
            "no manifest says that an earlier build of this set wrote them; a reader that uses a pattern would read them too",
        ),
    }
}

/// Removes files of earlier builds that this one does not overwrite: a reader of all shards under the prefix would mix
/// both sets.
pub fn clear(place: &Directory, stem: &str, set: &Set, format: ShardFormat) -> Result<()> {
    let wanted = files(stem, set, format);
    let stale: Vec<String> = Progress::of(stem).files(place)?.difference(&wanted).cloned().collect();
    for file in &stale {
        place.remove(file)?;
    }
    let manifest = Manifest::name(stem);
    let told = place.get(&manifest)?.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let had_labels = told.is_some_and(|told| !told["label_map"].is_null());
    if had_labels && set.manifest["label_map"].is_null() {
        place.remove(&format!("{stem}-labels.json"))?;
    }
    // last, because it lists the files still to be removed
    if stale.is_empty() { Ok(()) } else { place.remove(&manifest) }
}

/// A manifest of any version.
fn is_manifest(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text).is_ok_and(|value| value["manifest"].is_u64())
}
