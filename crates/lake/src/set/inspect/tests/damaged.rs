//! Sets that were damaged, or that contradict their manifest.

use super::*;

#[test]
fn a_flipped_byte_anywhere_is_found() {
    for format in FORMATS {
        let set = Set::good(format);
        let whole = fs::read(set.file(1)).unwrap();
        for place in (0..whole.len()).step_by(whole.len() / 7) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x10;
            fs::write(set.file(1), bytes).unwrap();
            let report = set.report();
            let fault = error(&report);
            assert_eq!(fault.what(), "a shard is damaged", "{format:?}, byte {place}");
            assert!(fault.place().starts_with("digits-train-00001."));
            assert_eq!((report.splits[0].records, report.splits[0].unread), (6, 1));
            assert_eq!(report.splits[1].records, 3, "the others are read all the same");
        }
    }
    let set = Set::good(ShardFormat::TfRecord);
    let mut bytes = fs::read(set.file(0)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(set.file(0), bytes).unwrap();
    let told = error(&set.report()).to_string();
    assert!(
        told.contains("the first fault is at record 2, byte ") || told.contains("is at record 3, byte "),
        "{told}"
    );
}

#[test]
fn a_missing_a_short_a_long_and_another_shard() {
    let set = Set::good(ShardFormat::TfRecord);
    let whole = fs::read(set.file(2)).unwrap();
    fs::remove_file(set.file(2)).unwrap();
    assert_eq!(error(&set.report()).what(), "a shard is missing");
    fs::create_dir(set.file(2)).unwrap();
    assert_eq!(error(&set.report()).what(), "a shard is not a file");
    fs::remove_dir(set.file(2)).unwrap();
    for length in [0, 5, whole.len() / 2, whole.len() - 1] {
        fs::write(set.file(2), &whole[..length]).unwrap();
        let report = set.report();
        let told = error(&report).to_string();
        assert!(
            told.contains("a shard is cut short") && told.contains(&format!("it has {length} bytes")),
            "{told}"
        );
    }
    fs::write(set.file(2), [&whole[..], b"more"].concat()).unwrap();
    let report = set.report();
    assert_eq!(error(&report).what(), "a shard is longer than it was");
    assert!(error(&report).to_string().contains("record 3"), "{report}");
    // an intact shard of the same size
    let other = Set::new(
        ShardFormat::TfRecord,
        &[("", vec![(12..15).map(|n| record(n + 3, 500 + 10 * n)).collect()])],
    );
    fs::copy(other.file(0), set.file(2)).unwrap();
    assert!(
        error(&set.report()).to_string().contains("its 3 records are intact, so it is a different shard")
    );
}

#[test]
fn a_manifest_of_another_version_is_refused() {
    let set = Set::good(ShardFormat::TfRecord);
    let path = set.prefix.with_file_name("digits.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"manifest\": 1", "\"manifest\": 2")).unwrap();
    assert_eq!(
        inspect(set.prefix.to_str().unwrap(), &Control::default()).unwrap_err().what(),
        "the manifest is of version 2"
    );
}

#[test]
fn a_manifest_that_counts_otherwise() {
    let mut set = Set::good(ShardFormat::TfRecord);
    let labels = &mut set.manifest.splits[0].labels;
    *labels = [("ant", 5), ("bee", 3), ("cow", 4)].map(|(label, count)| (label.to_owned(), count)).into();
    write(&set.manifest, &set.prefix);
    let report = set.report();
    assert_eq!(error(&report).place(), "split 'train'");
    assert!(error(&report).to_string().contains("label 'ant' has 4 records, and the manifest says 5"));

    for format in FORMATS {
        let mut set = Set::good(format);
        set.written(0).records = 7;
        set.written(1).records = 5;
        write(&set.manifest, &set.prefix);
        let report = set.report();
        assert_eq!(report.errors.len(), 2, "{report}");
        assert_eq!(report.errors[0].what(), "a shard has 6 records, and the manifest says 7");
    }

    let mut set = Set::good(ShardFormat::TfRecord);
    set.manifest.schema = Schema::new();
    set.manifest.schema.add("audio", crate::set::record::Kind::Tensor).unwrap();
    set.manifest.schema.add("label", crate::set::record::Kind::Float).unwrap();
    write(&set.manifest, &set.prefix);
    let report = set.report();
    assert_eq!(error(&report).what(), "15 records are not in the manifest's schema");
    assert!(error(&report).to_string().contains("its feature \"label\" is not of kind float"));
}
