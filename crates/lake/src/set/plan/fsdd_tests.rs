//! Splits of a real list: spoken digits by four speakers.

use super::*;
use crate::set::labels;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The list with some files repeated under another name and another speaker's key, and the hashes of all
/// files.
fn doubled(every: usize) -> Option<(Table, Inspections)> {
    let folder = passband_testbed::passband_data()?.join("fsdd");
    let mut csv = std::fs::read_to_string(folder.join("labels.csv")).unwrap();
    let once: Vec<String> = csv.lines().skip(1).map(String::from).collect();
    for line in once.iter().step_by(every) {
        let (label, name) = line.split_once(',').unwrap();
        csv += &format!(
            "{label},copies/{}\n",
            name.replace("_jackson_", "_another_").replace(".wav", "-copy.wav")
        );
    }
    let options = labels::Options { group: Some(r"_(\w+)_".into()), ..Default::default() };
    let (table, refused) = labels::read(csv.as_bytes(), &options).unwrap();
    assert!(refused.is_empty());
    let mut inspections = Inspections::new(table.len());
    for row in 0..table.len() {
        let name = table.blob(row);
        let plain = name.trim_start_matches("copies/").replace("_another_", "_jackson_").replace("-copy", "");
        let bytes = std::fs::read(folder.join("recordings").join(plain)).unwrap();
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        inspections.good(row, hasher.finish().into(), 1);
    }
    Some((table, inspections))
}

#[test]
fn no_speaker_is_in_two_splits() {
    let Some((table, inspections)) = doubled(1000) else { return };
    let shares: SplitShares = "train=0.5,validation=0.25,test=0.25".parse().unwrap();
    let plan =
        SetPlan::new(&table, &inspections, &Options { shares: Some(shares), ..Options::default() }).unwrap();
    let speakers = |split| -> BTreeSet<&str> {
        plan.rows(split).iter().map(|row| table.group_key(table.group(*row as usize).unwrap())).collect()
    };
    let all = [0, 1, 2].map(speakers);
    // four speakers, and "another", whose recordings are copies of jackson's
    assert_eq!(all.iter().map(BTreeSet::len).sum::<usize>(), 5);
    assert!(all.iter().all(|split| split.contains("jackson") == split.contains("another")));
    assert!(all.iter().all(|split| !split.is_empty()));
    let records: Vec<u64> = plan.splits().iter().map(|split| split.records).collect();
    assert!(records.iter().zip([200, 100, 100]).all(|(is, be)| is.abs_diff(be) <= 1), "{records:?}");
    // each speaker recorded each digit equally often
    for split in plan.splits() {
        let per_digit = split.records / 10;
        assert!(split.labels.iter().all(|count| count.abs_diff(per_digit) <= 1), "{:?}", split.labels);
    }
}

#[test]
fn no_content_is_in_two_splits_under_another_name() {
    let Some((table, inspections)) = doubled(3) else { return };
    let mut ungrouped = "Label,Blob Name\n".to_owned();
    (0..table.len()).for_each(|row| ungrouped += &format!("{},{}\n", table.label(row), table.blob(row)));
    let (table, _) = labels::read(ungrouped.as_bytes(), &labels::Options::default()).unwrap();
    let shares: SplitShares = "train=0.6,test=0.4".parse().unwrap();
    let plan =
        SetPlan::new(&table, &inspections, &Options { shares: Some(shares), ..Options::default() }).unwrap();
    let mut home = BTreeMap::new();
    for split in 0..2 {
        for row in plan.rows(split) {
            assert_eq!(
                *home.entry(inspections.content(*row)).or_insert(split),
                split,
                "{}",
                table.blob(*row as usize)
            );
        }
    }
    assert_eq!((plan.duplicates(), home.len()), (134, 400));
    let records: Vec<u64> = plan.splits().iter().map(|split| split.records).collect();
    assert!(records[0].abs_diff(320) <= 1 && records[0] + records[1] == 534, "{records:?}");
}
