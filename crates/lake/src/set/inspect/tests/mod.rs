//! A valid set passes, and each fault of an invalid set is reported.

mod damaged;
mod golden;
mod sounds;

use super::*;
use crate::set::labels::LabelMap;
use crate::set::manifest::{Input, SplitEntry};
use crate::set::record::{Record, Schema, ShardFormat, Tensor, Written};
use passband_signal::Hertz;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

const GZIP: ShardFormat = ShardFormat::TfRecordGzip { level: 6 };
const FORMATS: [ShardFormat; 4] =
    [ShardFormat::TfRecord, GZIP, ShardFormat::Parquet, ShardFormat::WebDataset];

/// Writes the manifest of a set with this prefix.
fn write(manifest: &Manifest, prefix: &Path) {
    let (place, stem) =
        Directory::of(prefix.to_str().unwrap(), &PassedOn::default(), &Control::default()).unwrap();
    manifest.write(&place, &stem).unwrap();
}

struct Set {
    _folder: tempfile::TempDir,
    prefix: PathBuf,
    manifest: Manifest,
}

/// A record with label `number % 3` and `frames` frames; each number gives different audio.
fn record(number: usize, frames: usize) -> Record {
    let samples =
        (0..2 * frames).map(|n| ((n + 1) as f32 * (number + 1) as f32 * 0.37).sin() * 0.5).collect();
    with(number, Tensor::waveform(2, Hertz(8000.0), samples).unwrap())
}

fn with(number: usize, audio: Tensor) -> Record {
    let mut record = Record::new(format!("{number:06}"));
    record.push("audio", audio).unwrap();
    record.push("label", (number % 3) as i64).unwrap();
    record.push("sample_rate", 8000).unwrap();
    record.push("speaker", format!("spéaker \"{number}\" NaN")).unwrap();
    record.push("weights", vec![0.5f32, number as f32]).unwrap();
    record
}

impl Set {
    /// A set with splits of shards of records.
    fn new(format: ShardFormat, splits: &[(&str, Vec<Vec<Record>>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("digits");
        let all: Vec<&Record> = splits.iter().flat_map(|(_, shards)| shards.iter().flatten()).collect();
        let mut manifest = Manifest::new("a8f1", format, Input::new("labels.csv", all.len() as u64, 0));
        manifest.schema = Schema::of(&all).unwrap();
        manifest.label_map = Some(LabelMap::from_json(r#"{"ant": 0, "bee": 1, "cow": 2}"#).unwrap());
        for (name, shards) in splits {
            let records = shards.iter().map(|shard| shard.len() as u64).sum();
            let mut split =
                SplitEntry { name: (*name).into(), records, labels: BTreeMap::new(), shards: vec![] };
            for (number, shard) in shards.iter().enumerate() {
                let file = format!("digits-{name}-{number:05}.{}", format.extension());
                let out = fs::File::create(folder.path().join(&file)).unwrap();
                let mut writer = format.open(&manifest.schema, out).unwrap();
                for record in shard {
                    writer.add(record).unwrap();
                    let Some(crate::set::record::Feature::Ints(label)) = record.get("label") else {
                        panic!()
                    };
                    *split.labels.entry(manifest.label(label[0])).or_default() += 1;
                }
                split.shards.push(ShardEntry { file, written: writer.finish().unwrap() });
            }
            manifest.splits.push(split);
        }
        write(&manifest, &prefix);
        Self { _folder: folder, prefix, manifest }
    }

    fn good(format: ShardFormat) -> Self {
        let shard = |numbers: std::ops::Range<usize>| numbers.map(|n| record(n, 500 + 10 * n)).collect();
        Self::new(format, &[("train", vec![shard(0..6), shard(6..12)]), ("test", vec![shard(12..15)])])
    }

    fn report(&self) -> Report {
        inspect(self.prefix.to_str().unwrap(), &Control::default()).unwrap()
    }

    fn file(&self, shard: usize) -> PathBuf {
        let (_, entry) = self.manifest.shards().nth(shard).unwrap();
        self.prefix.with_file_name(&entry.file)
    }

    fn written(&mut self, shard: usize) -> &mut Written {
        &mut self.manifest.splits.iter_mut().flat_map(|split| &mut split.shards).nth(shard).unwrap().written
    }
}

/// The only error of the report.
fn error(report: &Report) -> &Fault {
    assert_eq!(report.errors.len(), 1, "{report}");
    assert!(!report.is_good());
    &report.errors[0]
}

fn warned(report: &Report, text: &str) -> bool {
    report.warnings.iter().any(|warning| warning.contains(text))
}

#[test]
fn a_good_set_of_every_format_is_good() {
    for format in FORMATS {
        let report = Set::good(format).report();
        assert!(report.is_good() && report.warnings.is_empty(), "{format:?}: {report}");
        assert_eq!((report.records(), report.splits[0].records), (15, 12), "{format:?}");
        assert_eq!(
            report.splits[1].labels,
            [("ant", 1), ("bee", 1), ("cow", 1)].map(|(l, n)| (l.to_owned(), n)).into()
        );
        assert_eq!((report.frames.count(), report.frames.range()), (15, Some((500, 640))), "{format:?}");
        assert_eq!(
            (report.micros.range(), report.rate),
            (Some((62_500, 80_000)), Some(8000.0)),
            "{format:?}"
        );
        let shown = &report.first[1];
        assert_eq!((report.first.len(), shown.record), (3, 1));
        let expected = [
            ("audio", "[510, 2] with peak 0.5000"),
            ("label", "1"),
            ("sample_rate", "8000"),
            ("speaker", "\"spéaker \"1\" NaN\""),
            ("weights", "2 numbers"),
        ];
        assert_eq!(
            shown.features,
            expected.map(|(name, text)| (name.to_owned(), text.to_owned())),
            "{format:?}"
        );
    }
}

#[test]
fn a_report_is_for_persons_and_programs() {
    let report = Set::good(ShardFormat::TfRecord).report();
    let text = report.to_string();
    for line in [
        "15 records in 3 shards, 0.1 MB, made by Passband",
        "sample_rate  int",
        "label  train  test",
        "all       12     3",
        "bee        4     1",
        "frames: 500 to 640, mean 570",
        "seconds: 0.062 to 0.080, mean 0.071, 1.1 in all",
        "digits-train-00000.tfrecord, record 0: audio: [500, 2] with peak 0.5000, label: 0",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(text.ends_with("good: the checksums of all shards are correct"));
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["good"], true);
    assert_eq!(json["splits"][0]["labels"]["cow"], 4);
    assert_eq!((&json["frames"]["least"], &json["seconds"]["most"]), (&500.into(), &0.08.into()));
    assert_eq!(json["schema"]["audio"], "tensor");
    let steps = json["frames"]["histogram"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| step["records"].as_u64().unwrap()).sum::<u64>(), 15);
}

#[test]
fn an_empty_set_and_empty_shards_are_read() {
    for format in FORMATS {
        let mut all = vec![vec![record(0, 9), record(1, 9), record(2, 9)], vec![], vec![]];
        all.insert(0, vec![]);
        let report = Set::new(format, &[("", all)]).report();
        assert!(report.is_good(), "{format:?}: {report}");
        assert_eq!(report.first[0].file, format!("digits--00001.{}", format.extension()));
    }
    let report = Set::new(ShardFormat::TfRecord, &[("", vec![vec![]])]).report();
    assert!(report.is_good() && report.frames.range().is_none(), "{report}");
    assert!(serde_json::from_str::<Value>(&report.to_json()).unwrap()["frames"].is_null());
}
