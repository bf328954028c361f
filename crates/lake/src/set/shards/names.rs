//! The names of a set's files, and which files under its prefix belong to no known set.

use crate::set::plan::is_split_name;
use crate::set::record::ShardFormat;
use std::collections::BTreeSet;

/// The file extensions of shards.
const ENDINGS: [&str; 4] = ["tfrecord", "tfrecord.gz", "parquet", "tar"];
/// The suffixes of the other files of a set.
const BESIDE: [&str; 3] = [".json", ".lock", "-quarantine.csv"];

/// The file name of a shard; `split` is empty if the set is not split.
pub fn shard(stem: &str, split: &str, (index, of): (u32, u32), format: ShardFormat) -> String {
    let split = if split.is_empty() { String::new() } else { format!("-{split}") };
    format!("{stem}{split}-{index:05}-of-{of:05}.{}", format.extension())
}

/// The file name of the quarantine: the rows that are in no shard.
pub fn quarantine(stem: &str) -> String {
    format!("{stem}-quarantine.csv")
}

/// Files named like shards of the set with this stem that are not `known`: a reader of `STEM-*` would include them in
/// the set. Files of another set whose stem begins with this one are excluded.
pub fn foreign_shards(stem: &str, files: &[String], known: &BTreeSet<String>) -> Vec<String> {
    let all: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    let is_stem = |stem: &str| BESIDE.iter().any(|ending| all.contains(format!("{stem}{ending}").as_str()));
    let is_strange = |file: &&String| {
        let Some(split) = split(stem, file) else { return false };
        // `digits-big-train` is either the split `big-train` of `digits`, or the split `train` of `digits-big`
        let others = split.match_indices('-').map(|(at, _)| &split[..at]).chain([split]);
        let of_other =
            others.filter(|other| !other.is_empty()).any(|other| is_stem(&format!("{stem}-{other}")));
        !known.contains(*file) && !of_other
    };
    files.iter().filter(is_strange).cloned().collect()
}

/// The split in a file name, if it is that of a shard of the set with this stem.
fn split<'a>(stem: &str, file: &'a str) -> Option<&'a str> {
    let rest = file.strip_prefix(stem)?.strip_prefix('-')?;
    let (name, _) = rest
        .match_indices('.')
        .map(|(at, _)| (&rest[..at], &rest[at + 1..]))
        .find(|(_, ending)| ENDINGS.contains(ending))?;
    let (before, of) = name.rsplit_once("-of-")?;
    let (split, index) = before.rsplit_once('-').unwrap_or(("", before));
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(of) && is_number(index) && (split.is_empty() || is_split_name(split))).then_some(split)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_shard_has_the_name_of_a_shard_and_belongs_to_no_other_set() {
        let files = [
            "d-00000-of-00002.tfrecord",
            "d-00001-of-00002.tfrecord",
            "d-00000-of-00004.tfrecord",
            "d-train-00000-of-00001.tfrecord.gz",
            "d-v1.2-00000-of-00001.parquet",
            "d-00000-of-00001.tar",
            "d-big-00000-of-00001.tar",
            "d-big-train-00000-of-00001.tar",
            "d-big.json",
            "d-0000-of-00001.tar",
            "d-00000-of-00001.wav",
            "dd-00000-of-00001.tar",
            "d.tar",
            "d-notes.txt",
        ];
        let files: Vec<String> = files.into_iter().map(str::to_owned).collect();
        let known = files[..2].iter().cloned().collect();
        assert_eq!(foreign_shards("d", &files, &known), files[2..6]);
        assert_eq!(foreign_shards("d-big", &files, &BTreeSet::new()), files[6..8]);
    }
}
