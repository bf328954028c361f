//! Round trips of manifests, rejection of invalid ones, and detection of finished shards.

use super::*;
use crate::set::record::Kind;
use passband_flow::{Control, config::PassedOn, store::Directory};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

fn entry(file: &str, records: u64) -> ShardEntry {
    ShardEntry { file: file.into(), written: Written { records, bytes: 34 * records, crc32c: 0x00ab_cdef } }
}

fn manifest() -> Manifest {
    let input = Input::new("labels.csv", 5, 1);
    let mut manifest = Manifest::new("plan a", ShardFormat::TfRecordGzip { level: 6 }, input);
    manifest.settings = json!({"split": {"train": 0.8, "test": 0.2}, "seed": 7, "a": null});
    manifest.schema.add("label", Kind::Int).unwrap();
    manifest.schema.add("audio", Kind::Tensor).unwrap();
    manifest.rate = Some(8000.0);
    manifest.label_map = Some(LabelMap::from_json(r#"{"dog": 1, "cat": 0}"#).unwrap());
    manifest.quarantined.insert("there is no such blob".into(), 2);
    manifest.splits = vec![
        SplitEntry {
            name: "train".into(),
            records: 3,
            labels: [("cat".to_owned(), 2), ("dog".to_owned(), 1)].into(),
            shards: vec![entry("train-0.tfrecord.gz", 2), entry("train-1.tfrecord.gz", 1)],
        },
        SplitEntry {
            name: "test".into(),
            records: 0,
            labels: BTreeMap::new(),
            shards: vec![entry("test-0", 0)],
        },
    ];
    manifest
}

const STEM: &str = "digits.v1";

fn place() -> (tempfile::TempDir, PathBuf, Directory) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let (place, stem) =
        Directory::of(path.join(STEM).to_str().unwrap(), &PassedOn::default(), &Control::default()).unwrap();
    assert_eq!(stem, STEM);
    (folder, path, place)
}

#[test]
fn what_is_written_comes_back_and_has_the_same_bytes() {
    let (folder, path, place) = place();
    manifest().write(&place, STEM).unwrap();
    let first = fs::read(path.join("digits.v1.json")).unwrap();
    let read = Manifest::read(&place, STEM).unwrap();
    assert_eq!(read, manifest());
    read.write(&place, STEM).unwrap();
    assert_eq!(fs::read(path.join("digits.v1.json")).unwrap(), first);
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "nothing else is left");
    let text = String::from_utf8(first).unwrap();
    assert!(!text.contains(folder.path().to_str().unwrap()));
    let places: Vec<_> = ["\"duplicates\"", "\"format\"", "\"input\"", "\"manifest\": 1", "\"warnings\""]
        .iter()
        .map(|name| text.find(name).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
    assert!(text.contains("\"crc32c\": \"00abcdef\""));
}

#[test]
fn all_formats_come_back() {
    let gzip = ShardFormat::TfRecordGzip { level: 0 };
    for format in [ShardFormat::TfRecord, gzip, ShardFormat::Parquet, ShardFormat::WebDataset] {
        let made = Manifest { format, ..manifest() };
        assert_eq!(Manifest::from_json(&made.to_json()).unwrap(), made);
    }
}

#[test]
fn a_manifest_that_cannot_be_used_says_why() {
    let text = manifest().to_json();
    for (from, to, why) in [
        ("\"manifest\": 1", "\"manifest\": 2", "this Passband reads version 1"),
        ("\"manifest\": 1", "\"other\": 1", "missing field `manifest`"),
        ("\"plan\"", "\"plane\"", "unknown field `plane`"),
        ("00abcdef", "abcdef", "eight hexadecimal digits"),
        ("00abcdef", "+0abcdef", "eight hexadecimal digits"),
        ("\"tensor\"", "\"tenser\"", "no kind of feature"),
        ("\"cat\": 0", "\"cat\": 1", "both have number 1"),
        ("\"dog\": 1\n      }", "\"dog\": 7\n      }", "its labels have 9"),
        ("\"records\": 3", "\"records\": 4", "its shards have 3"),
        ("\"records\": 2", "\"records\": 18446744073709551615", "too many"),
        ("train-1", "train-0", "occurs twice"),
        ("\"test\"", "\"train\"", "split 'train' occurs twice"),
        ("train-1", "../train-1", "not a file in the manifest's folder"),
        ("train-1", "/train-1", "not a file in the manifest's folder"),
    ] {
        assert!(text.contains(from), "{from} is not in {text}");
        let broken = if from == "\"test\"" {
            text.replace("\"name\": \"test\"", "\"name\": \"train\"")
        } else {
            text.replacen(from, to, 1)
        };
        let fault = Manifest::from_json(&broken).unwrap_err().to_string();
        assert!(fault.contains(why), "{to}: {fault}");
    }
    for length in 0..text.len() - 2 {
        assert!(Manifest::from_json(&text[..length]).is_err(), "cut to {length}");
    }
    let (_folder, path, place) = place();
    let fault = Manifest::read(&place, STEM).unwrap_err();
    assert_eq!(fault.what(), "there is no manifest digits.v1.json");
    assert!(fault.place().ends_with(path.to_str().unwrap()));
    let version = Manifest::from_json(&text.replace("\"manifest\": 1", "\"manifest\": 9")).unwrap_err();
    assert!(version.to_string().contains(&format!("use Passband {}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_manifest_that_is_wrong_is_not_written() {
    let (_folder, path, place) = place();
    let mut wrong = manifest();
    wrong.splits[0].records += 1;
    assert_eq!(wrong.write(&place, STEM).unwrap_err().what(), "the manifest contradicts itself");
    assert!(!path.exists());
}

/// A finished shard of `bytes` bytes.
fn done(place: &Directory, plan: &str, number: i32, bytes: usize) -> FinishedShard {
    let file = format!("shard-{number}");
    place.put(&file, &vec![0; bytes]).unwrap();
    let written = Written { records: 1, bytes: bytes as u64, crc32c: bytes as u32 };
    FinishedShard { plan: plan.into(), number, shard: ShardEntry { file, written } }
}

fn found(place: &Directory, plan: &str) -> Vec<i32> {
    let finished = Progress::of(STEM).finished(place).unwrap();
    finished.values().filter(|done| done.plan == plan).map(|done| done.number).collect()
}

#[test]
fn a_killed_build_finds_what_is_finished_and_still_there() {
    let (_folder, path, place) = place();
    let progress = Progress::of(STEM);
    progress.begin(&place, "a").unwrap();
    for (number, bytes) in [(0, 10), (1, 20), (2, 30), (3, 40)] {
        progress.add(&place, &done(&place, "a", number, bytes)).unwrap();
    }
    assert_eq!(found(&place, "a"), [0, 1, 2, 3]);
    fs::remove_file(path.join("shard-1")).unwrap();
    fs::write(path.join("shard-2"), "another size").unwrap();
    assert_eq!(found(&place, "a"), [0, 3]);
    fs::write(path.join("digits.v1.progress/00003.json"), "{").unwrap();
    assert_eq!(found(&place, "a"), [0]);
    assert_eq!(progress.get(&place, 0, "a").unwrap().unwrap().shard.written.bytes, 10);
    assert_eq!(progress.get(&place, 0, "b").unwrap(), None);
    progress.end(&place).unwrap();
    assert!(!path.join("digits.v1.progress").exists());
    assert!(found(&place, "a").is_empty());
}

#[test]
fn the_shards_of_a_whole_set_are_finished() {
    let (_folder, _, place) = place();
    let mut whole = manifest();
    for shard in whole.splits.iter_mut().flat_map(|split| &mut split.shards) {
        place.put(&shard.file, &vec![0; shard.written.bytes as usize]).unwrap();
    }
    whole.write(&place, STEM).unwrap();
    assert_eq!(found(&place, "plan a"), [0, 1, 2]);
    // its own plan keeps the manifest; another plan removes it before it overwrites the files
    Progress::of(STEM).begin(&place, "plan a").unwrap();
    assert_eq!(found(&place, "plan a"), [0, 1, 2]);
    Progress::of(STEM).begin(&place, "plan b").unwrap();
    assert!(found(&place, "plan a").is_empty());
}

#[test]
fn another_plan_begins_anew_and_so_does_the_first_after_it() {
    let (_folder, _, place) = place();
    let progress = Progress::of(STEM);
    progress.add(&place, &done(&place, "a", 0, 10)).unwrap();
    progress.begin(&place, "b").unwrap();
    // a shard of the second plan has the size of the first plan's; its build is killed before it writes the
    // note
    done(&place, "b", 0, 10);
    assert!(found(&place, "a").is_empty() && found(&place, "b").is_empty());
}

#[test]
fn a_file_of_somebody_else_is_not_taken_away() {
    let (_folder, path, place) = place();
    place.put("digits.v1.json", b"{\"notes\": 1}").unwrap();
    Progress::of(STEM).begin(&place, "a").unwrap();
    assert!(path.join("digits.v1.json").exists());
}

#[test]
fn a_note_that_comes_after_the_end_of_its_set_is_withdrawn_and_leaves_nothing() {
    let (_folder, path, place) = place();
    let progress = Progress::of(STEM);
    let late = done(&place, "a", 3, 5);
    progress.add(&place, &late).unwrap();
    // the note of another plan is kept
    progress.withdraw(&place, &FinishedShard { plan: "b".into(), ..late.clone() }).unwrap();
    assert_eq!(found(&place, "a"), [3]);
    progress.withdraw(&place, &late).unwrap();
    let left: Vec<_> = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, [late.shard.file.as_str()], "the folder of the notes");
}
