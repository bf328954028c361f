//! A set written by TensorFlow.

use super::*;

#[test]
fn the_set_that_tensorflow_wrote_is_good() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("golden");
    let mut manifest = Manifest::new("golden", ShardFormat::TfRecord, Input::new("labels.csv", 20, 0));
    manifest.schema.add("label", crate::set::record::Kind::Int).unwrap();
    manifest.schema.add("audio", crate::set::record::Kind::Tensor).unwrap();
    manifest.rate = Some(8000.0);
    let mut split = SplitEntry { name: String::new(), records: 20, labels: BTreeMap::new(), shards: vec![] };
    for number in 0..2 {
        let file = format!("golden-{number:05}-of-00002.tfrecord");
        let bytes = fs::read(data.join("tfrecord-golden").join(&file)).unwrap();
        fs::write(folder.path().join(&file), &bytes).unwrap();
        let written = Written {
            records: 10,
            bytes: bytes.len() as u64,
            crc32c: crate::set::record::crc::crc32c(&bytes),
        };
        split.shards.push(ShardEntry { file, written });
    }
    let table = fs::read_to_string(data.join("tfrecord-golden/records.csv")).unwrap();
    let mut rows = table.lines();
    let names: Vec<&str> = rows.next().unwrap().split(',').collect();
    let [label, frames] = ["label", "frames"].map(|name| names.iter().position(|n| *n == name).unwrap());
    let mut lengths = vec![];
    for row in rows.map(|row| row.split(',').collect::<Vec<_>>()) {
        *split.labels.entry(row[label].to_owned()).or_default() += 1;
        lengths.push(row[frames].parse::<u64>().unwrap());
    }
    manifest.splits.push(split);
    write(&manifest, &prefix);
    let report = inspect(prefix.to_str().unwrap(), &Control::default()).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!(report.frames.range(), lengths.iter().copied().min().zip(lengths.iter().copied().max()));
    assert_eq!(
        (report.frames.sum(), report.rate),
        (lengths.iter().map(|n| u128::from(*n)).sum(), Some(8000.0))
    );
}
