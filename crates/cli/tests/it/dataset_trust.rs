//! Training sets: rows are neither mixed up, misinterpreted, overwritten nor silently lost.

use crate::passband::run;
use crate::recordings::{build, difference, files, inspected, make, name, tone, wav};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn list(folder: &Path, text: impl AsRef<[u8]>) {
    fs::write(folder.join("labels.csv"), text).unwrap();
}

fn names(folder: &Path) -> BTreeSet<String> {
    files(folder).into_keys().collect()
}

#[test]
fn an_unusable_list_is_an_error_and_keeps_the_earlier_set() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 20);
    let prefix = folder.path().join("set/set").display().to_string();
    assert_eq!(build(folder.path(), &prefix, &["--shards", "2"]).0, 0);
    let before = files(&folder.path().join("set"));
    let [one, two] = [name(0), name(1)];
    let none = format!("Label,Blob Name,s\n0,{one},\n1,{two},\n");
    for (text, more, why) in [
        (none.as_str(), &["--split-column", "s"][..], "to no split"),
        ("Label,Blob Name,s\n", &["--split-column", "s"], "has no row"),
        ("Label,Blob Name\n", &[], "has no row"),
        ("Label,Blob Name\n", &["--split", "train=0.5,test=0.5"], "has no row"),
        ("Label,Blob Name\n1,x.wav\n2,y.wav\n", &[], "there is no such blob"),
        ("Label,Blob Name\n,x.wav\n1,\n2\n", &[], "the label is empty"),
        ("", &[], "empty"),
    ] {
        list(folder.path(), text);
        let (code, told) = build(folder.path(), &prefix, more);
        assert!(code == 1 && told.contains(why) && !told.contains("panicked"), "{text:?}: {code}, {told}");
        assert_eq!(difference(&before, &files(&folder.path().join("set"))), [""; 0], "{text:?}");
    }
}

#[test]
fn shards_of_earlier_builds_are_removed_and_unknown_ones_found() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 60);
    let (place, prefix) = (folder.path().join("set"), folder.path().join("set/set").display().to_string());
    // another set, whose prefix only starts with that of this one
    assert_eq!(build(folder.path(), &format!("{prefix}-big"), &["--shards", "3"]).0, 0);
    let other: BTreeSet<String> = names(&place);
    let split = ["--split", "train=0.8,test=0.2"];
    for more in [
        &["--shards", "4"][..],
        &["--shards", "2"],
        &["--shards", "2", "--format", "parquet"],
        &[&split[..], &["--shards", "5"]].concat(),
        &["--shards", "2", "--format", "tfrecord.gz"],
        &[],
    ] {
        let (code, told) = build(folder.path(), &prefix, more);
        assert_eq!(code, 0, "{more:?}: {told}");
        let report = inspected(&prefix, &[]);
        let shards: u64 =
            report["splits"].as_array().unwrap().iter().map(|split| split["shards"].as_u64().unwrap()).sum();
        assert_eq!(
            names(&place).difference(&other).count() as u64,
            shards + 1,
            "{more:?}: {:?}",
            names(&place)
        );
    }
    assert!(other.is_subset(&names(&place)));
    // a shard of an unknown build is neither removed nor taken for one of this set
    let stranger = place.join("set-00007-of-00009.tfrecord");
    fs::write(&stranger, "somebody's own").unwrap();
    let output = run(&["--json", "dataset", "inspect", &prefix], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("set-00007-of-00009.tfrecord"));
    let before = files(&place);
    let (code, told) = build(folder.path(), &prefix, &["--shards", "3"]);
    assert!(code == 1 && told.contains("set-00007-of-00009.tfrecord"), "{told}");
    assert_eq!(difference(&before, &files(&place)), [""; 0]);
    inspected(&format!("{prefix}-big"), &[]);
}

#[test]
fn blobs_and_lists_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 4);
    let blobs = folder.path().join("blobs");
    let prefix = blobs.join("set").display().to_string();
    let sound = wav(8000, 1, &tone(9));
    for (file, listed) in [
        ("set-00000-of-00001.tfrecord", true),
        ("set.json", true),
        ("set-quarantine.csv", true),
        ("set-train-00000-of-00001.tar", false),
    ] {
        fs::write(blobs.join(file), &sound).unwrap();
        let row = if listed { format!("1,{file}\n") } else { String::new() };
        list(folder.path(), format!("Label,Blob Name\n{row}2,{}\n", name(0)));
        let (code, told) = build(folder.path(), &prefix, &[]);
        assert!(code == 1 && told.contains(file), "{file}: {code}, {told}");
        assert_eq!(fs::read(blobs.join(file)).unwrap(), sound, "{file}");
        fs::remove_file(blobs.join(file)).unwrap();
    }
    // the list itself, under another path
    let own = blobs.join("own-quarantine.csv");
    let text = format!("row,line,blob,reason,label\n1,2,{},x,3\n", name(0));
    fs::write(&own, &text).unwrap();
    let [own_path, blobs_path] = [&own, &blobs].map(|path| path.display().to_string());
    let prefix = blobs.join("../blobs/own").display().to_string();
    let output = run(&["dataset", &own_path, "--blobs", &blobs_path, "--output", &prefix], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&own).unwrap(), text);
}

#[test]
fn rows_are_counted_once_and_the_manifest_s_own_path_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 40);
    let path = folder.path().join("labels.csv");
    let text = fs::read_to_string(&path).unwrap() + "1,gone.wav\n";
    fs::write(&path, text).unwrap();
    let prefix = folder.path().join("set/v1.2").display().to_string();
    assert_eq!(build(folder.path(), &prefix, &[]).0, 3);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(format!("{prefix}.json")).unwrap()).unwrap();
    assert_eq!(manifest["input"]["rows"], 41);
    assert_eq!(inspected(&prefix, &[]), inspected(&format!("{prefix}.json"), &[]));
}

#[test]
fn splits_without_groups_warn_and_shards_follow_them() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 70);
    let rows: String = (0..70).map(|n| format!("{},{},ann{}\n", n % 10, name(n), n / 10 % 7)).collect();
    list(folder.path(), format!("Label,Blob Name,speaker\n{rows}"));
    let prefix = folder.path().join("set/set").display().to_string();
    let split = ["--split", "train=0.7,validation=0.2,test=0.1"];
    let (code, told) = build(folder.path(), &prefix, &split);
    assert!(code == 0 && told.contains("column 'speaker'") && told.contains("--group-by"), "{told}");
    let report = inspected(&prefix, &[]);
    assert!(report["warnings"].to_string().contains("column 'speaker'"), "{report}");
    let shards: Vec<_> = report["splits"].as_array().unwrap().iter().map(|s| s["shards"].clone()).collect();
    assert_eq!(shards, [1, 1, 1]);
    let (code, told) = build(folder.path(), &prefix, &[&split[..], &["--group-by", "speaker"]].concat());
    assert!(code == 0 && !told.contains("column 'speaker'"), "{told}");
    let (code, told) = build(folder.path(), &prefix, &[&split[..], &["--shards", "2"]].concat());
    assert!(code == 1 && told.contains("set --shards to 3 or more"), "{told}");
}

#[test]
fn odd_labels_and_names_are_rows_or_reasons() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 4);
    let blobs = folder.path().join("blobs");
    fs::create_dir(blobs.join("folder.wav")).unwrap();
    std::os::unix::fs::symlink("loop.wav", blobs.join("loop.wav")).unwrap();
    let sound = wav(8000, 1, &tone(2));
    for file in ["cafe\u{301} 1.wav", "日本 語.wav", "twice.wav"] {
        fs::write(blobs.join(file), &sound).unwrap();
    }
    let rows = [
        ("dog", "cafe\u{301} 1.wav", ""),
        ("\"two\nlines\"", "日本 語.wav", ""),
        ("dog", "twice.wav", ""),
        ("dog", "caf\u{e9} 1.wav", "there is no such blob"),
        ("dog", "../labels.csv", "leads out of the folder"),
        ("dog", "a/../../blobs/twice.wav", "leads out of the folder"),
        ("dog", "folder.wav", "not a file"),
        ("dog", "loop.wav", "symbolic links"),
        ("", "twice.wav", "the label is empty"),
        ("dog", "", "name is empty"),
    ];
    let text: String = rows.iter().map(|(label, blob, _)| format!("{label},{blob}\n")).collect();
    list(folder.path(), format!("class,filename\n{text}"));
    let prefix = folder.path().join("set/set").display().to_string();
    let (code, told) = build(folder.path(), &prefix, &[]);
    assert!(code == 3 && !told.contains("panicked"), "{told}");
    let aside = fs::read_to_string(format!("{prefix}-quarantine.csv")).unwrap();
    for (_, blob, why) in rows.iter().filter(|(.., why)| !why.is_empty()) {
        assert!(aside.lines().any(|line| line.contains(blob) && line.contains(why)), "{blob}: {aside}");
    }
    let report = inspected(&prefix, &[]);
    assert_eq!((report["records"].as_u64(), report["duplicates"].as_u64()), (Some(3), Some(2)));
    assert_eq!(report["input"]["rows"], rows.len());
    let refused: u64 = report["quarantined"].as_object().unwrap().values().filter_map(|n| n.as_u64()).sum();
    assert_eq!(refused + 3, rows.len() as u64);
}

/// Every row of a damaged list is a record or a refused row; likewise for damaged recordings.
#[test]
fn damaged_recordings_are_counted_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), 12);
    let whole = fs::read(&path).unwrap();
    let blob = folder.path().join("blobs").join(name(3));
    let sound = fs::read(&blob).unwrap();
    let mut state = 7_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % n
    };
    let prefix = folder.path().join("set/set").display().to_string();
    let mut good = 0;
    for turn in 0..60 {
        let damaged = |bytes: &[u8], below: &mut dyn FnMut(usize) -> usize| match turn % 2 {
            0 => bytes[..below(bytes.len())].to_vec(),
            _ => {
                let mut bytes = bytes.to_vec();
                let at = below(bytes.len());
                bytes[at] ^= 1 << below(8);
                bytes
            }
        };
        let (text, recording) = match turn % 4 {
            0 | 1 => (damaged(&whole, &mut below), sound.clone()),
            _ => (whole.clone(), damaged(&sound, &mut below)),
        };
        fs::write(&path, &text).unwrap();
        fs::write(&blob, recording).unwrap();
        let (code, told) = build(folder.path(), &prefix, &["--split", "train=0.5,test=0.5"]);
        assert!([0, 1, 3].contains(&code) && !told.contains("panicked"), "turn {turn}: {code}, {told}");
        if code != 1 {
            let report = inspected(&prefix, &[]);
            let refused: u64 =
                report["quarantined"].as_object().unwrap().values().filter_map(|n| n.as_u64()).sum();
            assert_eq!(
                report["records"].as_u64().unwrap() + refused,
                report["input"]["rows"].as_u64().unwrap()
            );
            assert_eq!(code == 3, refused > 0);
            good += 1;
        }
    }
    assert!(good > 20, "{good} sets");
}
