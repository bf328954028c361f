//! Training sets: their content, refused rows with reasons, and guarantees.

use crate::passband::{command, run, start};
use crate::recordings::{arguments, build, difference, files, floats, inspected, make, name, tone, wav};
use passband_testbed::passband_data;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The rows of a quarantine: number, blob and reason.
fn quarantine(path: &Path) -> Vec<(u64, String, String)> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("row,line,blob,reason"));
    let row = |line: &str| {
        let mut fields = line.splitn(4, ',').map(|field| field.trim_matches('"').to_owned());
        let number = fields.next().unwrap().parse().unwrap();
        assert_eq!(fields.next().unwrap().parse::<u64>().unwrap(), number + 1);
        (number, fields.next().unwrap(), fields.next().unwrap())
    };
    lines.map(row).collect()
}

#[test]
fn a_thousand_rows_with_fifty_faulty_ones_of_ten_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let list = make(folder.path(), 1000);
    let blobs = folder.path().join("blobs");
    let mut rows: Vec<String> = fs::read_to_string(&list).unwrap().lines().map(str::to_owned).collect();
    let whole = wav(8000, 1, &tone(3));
    let mut faulty = BTreeMap::new();
    // five faulty rows of each kind, and what the reason must mention
    type Break<'a> = &'a dyn Fn(&Path, &mut String);
    let kinds: [(&str, Break<'_>); 10] = [
        ("there is no such blob", &|blob, _| fs::remove_file(blob).unwrap()),
        ("it is empty", &|blob, _| fs::write(blob, b"").unwrap()),
        ("ends", &|blob, _| fs::write(blob, &whole[..whole.len() - 101]).unwrap()),
        ("not", &|blob, _| fs::write(blob, "a text, and no recording").unwrap()),
        ("no samples", &|blob, _| fs::write(blob, wav(8000, 1, &[])).unwrap()),
        ("not finite", &|blob, _| fs::write(blob, floats(8000, &[f32::NAN; 1000])).unwrap()),
        ("shorter than", &|blob, _| fs::write(blob, wav(8000, 1, &[5; 100])).unwrap()),
        ("longer than", &|blob, _| fs::write(blob, wav(8000, 1, &[5; 9000])).unwrap()),
        ("the label is empty", &|_, row| row.replace_range(..1, "")),
        ("is not an integer", &|_, row| row.replace_range(..1, "seven")),
    ];
    for (kind, (reason, break_it)) in kinds.iter().enumerate() {
        for n in 0..5 {
            let number = 17 + 20 * (5 * kind + n) - kind % 3;
            break_it(&blobs.join(name(number)), &mut rows[number + 1]);
            faulty.insert(number as u64 + 1, *reason);
        }
    }
    assert_eq!(faulty.len(), 50);
    fs::write(&list, rows.join("\n")).unwrap();
    let prefix = folder.path().join("set/set").display().to_string();
    let more = ["--min-length", "200 samples", "--max-length", "1 s", "--shards", "4"];
    let (code, told) = build(folder.path(), &prefix, &more);
    assert_eq!(code, 3, "{told}");
    let aside = quarantine(&folder.path().join("set/set-quarantine.csv"));
    let found: BTreeSet<u64> = aside.iter().map(|(row, ..)| *row).collect();
    assert_eq!(found, faulty.keys().copied().collect());
    for (row, blob, reason) in &aside {
        assert_eq!(*blob, name(*row as usize - 1));
        assert!(reason.contains(faulty[row]), "row {row}: {reason}, and not {}", faulty[row]);
    }
    let report = inspected(&prefix, &[]);
    assert_eq!(report["records"], 950);
    assert_eq!(
        report["quarantined"].as_object().unwrap().values().filter_map(|n| n.as_u64()).sum::<u64>(),
        50
    );

    // strict stops and writes nothing
    let prefix = folder.path().join("strict/set").display().to_string();
    let (code, told) = build(folder.path(), &prefix, &[&more[..], &["--strict"]].concat());
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("50 rows cannot be used"), "{told}");
    assert!(files(&folder.path().join("strict")).is_empty());
}

#[test]
fn duplicate_recordings_are_in_one_split() {
    let folder = tempfile::tempdir().unwrap();
    let list = make(folder.path(), 400);
    let blobs = folder.path().join("blobs");
    let mut text = fs::read_to_string(&list).unwrap();
    // every fourth recording is repeated under another speaker's name
    for number in (0..400).step_by(4) {
        let again = format!("{}_speaker{}_again{number}.wav", number % 10, 10 + number % 9);
        fs::copy(blobs.join(name(number)), blobs.join(&again)).unwrap();
        text += &format!("{},{again}\n", number % 10);
    }
    fs::write(&list, text).unwrap();
    let prefix = folder.path().join("set/set").display().to_string();
    let split = ["--split", "train=0.6,validation=0.2,test=0.2", "--shards", "6", "--columns", "Blob Name"];
    let (code, told) =
        build(folder.path(), &prefix, &[&split[..], &["--group-by", r"_(speaker\d+)_"]].concat());
    assert_eq!(code, 0, "{told}");
    assert_eq!(inspected(&prefix, &[])["duplicates"], 100);
    let mut splits: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
    let mut speakers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, bytes) in files(&folder.path().join("set")) {
        let Some(split) = file.strip_suffix(".tfrecord").and_then(|file| file.split('-').nth(1)) else {
            continue;
        };
        let mut records = passband_lake::set::record::TfRecords::new(&bytes[..]).unwrap();
        while let Some(record) = records.next().unwrap() {
            let record = passband_lake::set::record::example::decode(record).unwrap();
            let bytes = |name: &str| match record.get(name) {
                Some(passband_lake::set::record::Feature::Bytes(bytes)) => bytes.clone(),
                other => panic!("{name} is {other:?}"),
            };
            splits.entry(bytes("audio")).or_default().insert(split.to_owned());
            let blob = String::from_utf8(bytes("Blob Name")).unwrap();
            speakers.entry(blob.split('_').nth(1).unwrap().to_owned()).or_default().insert(split.to_owned());
        }
    }
    assert_eq!(splits.len(), 400);
    assert!(splits.values().all(|splits| splits.len() == 1));
    assert!(speakers.values().all(|splits| splits.len() == 1), "{speakers:?}");
}

#[test]
fn label_names_have_a_map_for_the_next_set() {
    let folder = tempfile::tempdir().unwrap();
    let list = make(folder.path(), 30);
    let named = fs::read_to_string(&list).unwrap();
    let named =
        named.replace("\n0,", "\n\"a dog, large\",").replace("\n1,", "\ncat,").replace("\n2,", "\nant,");
    let keep: Vec<&str> =
        named.lines().filter(|line| !line.starts_with(|c: char| ('3'..='9').contains(&c))).collect();
    // as written by a spreadsheet
    fs::write(&list, format!("\u{feff}{}\r\n", keep.join("\r\n"))).unwrap();
    let prefix = folder.path().join("one/set").display().to_string();
    assert_eq!(build(folder.path(), &prefix, &[]).0, 0);
    let map = folder.path().join("one/set-labels.json");
    let text = fs::read_to_string(&map).unwrap();
    let read: BTreeMap<String, i64> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, [("a dog, large".to_owned(), 0), ("ant".into(), 1), ("cat".into(), 2)].into(), "{text}");
    assert_eq!(inspected(&prefix, &[])["splits"][0]["labels"]["cat"], 3);

    // with the map, a list with fewer names gets the same numbers, and a new name is refused
    fs::write(&list, format!("Label,Blob Name\ncat,{}\nbee,{}\n", name(1), name(2))).unwrap();
    let prefix = folder.path().join("two/set").display().to_string();
    let map = map.display().to_string();
    let (code, told) = build(folder.path(), &prefix, &["--label-map", &map]);
    assert_eq!(code, 3, "{told}");
    let aside = quarantine(&folder.path().join("two/set-quarantine.csv"));
    assert!(aside.len() == 1 && aside[0].2.contains("bee"), "{aside:?}");
    assert_eq!(inspected(&prefix, &[])["splits"][0]["labels"]["cat"], 1);
}

#[test]
fn another_set_under_the_same_prefix_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 120);
    let prefix = folder.path().join("set/set").display().to_string();
    let [one, two] = [["--shards", "4", "--seed", "1"], ["--shards", "4", "--seed", "2"]];
    assert_eq!(build(folder.path(), &prefix, &one).0, 0);
    let first = files(&folder.path().join("set"));
    assert_eq!(build(folder.path(), &prefix, &two).0, 0);
    let second = files(&folder.path().join("set"));
    assert_eq!(difference(&first, &second).len(), 5);
    // killed while replacing a set: the first one must not be taken for complete
    for pause in (20..140).step_by(4) {
        let mut process = start(&arguments(folder.path(), &prefix, &one), &[]);
        std::thread::sleep(Duration::from_millis(pause));
        process.kill();
        assert_eq!(build(folder.path(), &prefix, &two).0, 0);
        assert_eq!(difference(&second, &files(&folder.path().join("set"))), [""; 0]);
    }
    assert_eq!(build(folder.path(), &prefix, &one).0, 0);
    assert_eq!(difference(&first, &files(&folder.path().join("set"))), [""; 0]);
}

#[test]
fn a_damaged_shard_is_found_and_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 60);
    let prefix = folder.path().join("set/set").display().to_string();
    let more = ["--shards", "3"];
    assert_eq!(build(folder.path(), &prefix, &more).0, 0);
    let right = files(&folder.path().join("set"));
    let shard = folder.path().join("set/set-00001-of-00003.tfrecord");
    let mut bytes = fs::read(&shard).unwrap();
    bytes[1000] ^= 4;
    fs::write(&shard, &bytes).unwrap();
    let output = run(&["--json", "dataset", "inspect", &prefix], &[]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["good"], false);
    assert!(report["errors"][0]["at"].as_str().unwrap().contains("set-00001-of-00003.tfrecord"), "{report}");
    fs::remove_file(&shard).unwrap();
    let (code, told) = build(folder.path(), &prefix, &more);
    assert!(code == 0 && told.contains("2 of 3 shards are built already"), "{code}: {told}");
    assert_eq!(difference(&right, &files(&folder.path().join("set"))), [""; 0]);
}

#[test]
fn a_full_disk_is_reported_and_complete_files_remain() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 200);
    let prefix = folder.path().join("set/set").display().to_string();
    // a file size limit simulates a full disk
    let program = command(&arguments(folder.path(), &prefix, &["--shards", "2"]), &[]);
    let words = std::iter::once(program.get_program()).chain(program.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let limited = format!("ulimit -f 300; trap '' XFSZ; exec {}", words.join(" "));
    let output = std::process::Command::new("bash").args(["-c", &limited]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("cannot be written") && told.contains("free some space"), "{told}");
    assert!(!folder.path().join("set/set.json").exists());
    assert_eq!(build(folder.path(), &prefix, &["--shards", "2"]).0, 0);
    assert_eq!(inspected(&prefix, &[])["records"], 200);
    assert_eq!(files(&folder.path().join("set")).len(), 3, "nothing is left of the first attempt");
}

#[test]
fn mixed_rates_are_warned_of_and_resampled() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 20);
    fs::write(folder.path().join("blobs").join(name(3)), wav(16_000, 1, &tone(3))).unwrap();
    let prefix = folder.path().join("mixed/set").display().to_string();
    let (code, told) = build(folder.path(), &prefix, &[]);
    assert!(
        code == 0 && told.contains("warning: the recordings have sample rates from 8000 to 16000 Hz"),
        "{told}"
    );
    assert!(inspected(&prefix, &[])["rate"].is_null());
    let prefix = folder.path().join("one/set").display().to_string();
    let (code, told) = build(folder.path(), &prefix, &["--rate", "8 kHz"]);
    assert!(code == 0 && !told.contains("warning"), "{told}");
    let report = inspected(&prefix, &[]);
    assert_eq!((report["rate"].as_f64(), report["records"].as_u64()), (Some(8000.0), Some(20)));
}

#[test]
fn invalid_arguments_are_reported_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("set").display().to_string();
    let wrong: [(&[&str], &str); 9] = [
        (&["--length", "0 s"], "length is 0"),
        (&["--length", "1 s", "--hop", "0 s"], "hop is 0"),
        (&["--min-length", "2 s", "--max-length", "1 s"], "min_length is greater than max_length"),
        (&["--channels", "9999"], "channels is 9999"),
        (&["--delimiter", "||"], "delimiter is not one character"),
        (&["--shards", "0"], "shards is 0"),
        (&["--split", "train=2"], "split"),
        (&["--features", "log_mell"], "log_mel"),
        (&["--workers", "localhost:9092"], "kafka://"),
    ];
    for (more, why) in wrong {
        // the list does not exist
        let (code, told) = build(folder.path(), &prefix, more);
        assert!(code == 2 && told.contains(why), "{more:?}: {code}, {told}");
    }
}

/// TensorFlow wrote every other row of its list to the first shard.
#[test]
fn the_golden_list_gives_tensorflow_s_own_bytes() {
    let Some(data) = passband_data() else { return };
    let golden = data.join("tfrecord-golden");
    let text = fs::read_to_string(golden.join("labels.csv")).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    let of = |shard: usize| rows.iter().skip(shard).step_by(2).copied();
    let folder = tempfile::tempdir().unwrap();
    let list: Vec<&str> = std::iter::once("Label,Blob Name").chain(of(0)).chain(of(1)).collect();
    fs::write(folder.path().join("labels.csv"), list.join("\n")).unwrap();
    let [list, prefix, blobs] =
        [folder.path().join("labels.csv"), folder.path().join("golden"), data.join("fsdd/recordings")]
            .map(|path| path.display().to_string());
    let all = ["dataset", &list, "--blobs", &blobs, "--output", &prefix, "--shards", "2", "--no-shuffle"];
    crate::passband::good(&all, &[]);
    for shard in ["golden-00000-of-00002.tfrecord", "golden-00001-of-00002.tfrecord"] {
        let [ours, theirs] = [folder.path(), &golden].map(|folder| fs::read(folder.join(shard)).unwrap());
        assert!(ours == theirs, "{shard}: {} and {} bytes", ours.len(), theirs.len());
    }
}

#[test]
fn a_list_in_a_form_of_its_own_and_names_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 3);
    let [first, second] = [name(0), name(1)];
    let whole = folder.path().join("blobs").join(&first).display().to_string();
    // an absolute path, and one with `..`
    fs::create_dir(folder.path().join("blobs/more")).unwrap();
    fs::write(folder.path().join("labels.csv"), format!("3|{whole}\n4|more/../{second}\n")).unwrap();
    let prefix = folder.path().join("set").display().to_string();
    let (code, told) = build(folder.path(), &prefix, &["--no-header", "--delimiter", "|"]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(inspected(&prefix, &[])["records"], 2);
}

#[test]
fn contradictions_in_the_list_are_reported_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 3);
    let prefix = folder.path().join("set").display().to_string();
    let map = folder.path().join("map.json");
    fs::write(&map, "no map").unwrap();
    let (code, told) = build(folder.path(), &prefix, &["--label-map", map.to_str().unwrap()]);
    assert!(
        code == 1 && told.contains("the label map cannot be used") && told.contains("map.json"),
        "{told}"
    );
    let (code, told) = build(folder.path(), &prefix, &["--label-map", "nowhere.json"]);
    assert!(code == 1 && told.contains("the label map cannot be read"), "{told}");
    let list = folder.path().join("labels.csv");
    fs::write(&list, format!("Label,Blob Name,audio\n1,{},x\n", name(0))).unwrap();
    let (code, told) = build(folder.path(), &prefix, &["--columns", "*"]);
    assert!(code == 1 && told.contains("column 'audio' cannot go into the examples"), "{told}");
}

#[test]
fn quiet_prints_no_refused_rows() {
    let folder = tempfile::tempdir().unwrap();
    let list = make(folder.path(), 50);
    (1..50).for_each(|number| fs::remove_file(folder.path().join("blobs").join(name(number))).unwrap());
    let [list, blobs, prefix] =
        [list, folder.path().join("blobs"), folder.path().join("set")].map(|path| path.display().to_string());
    let output = run(&["--quiet", "dataset", &list, "--blobs", &blobs, "--output", &prefix], &[]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
