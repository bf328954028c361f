//! `passband dataset` with features: they agree with librosa's, and the bytes do not depend on the number of threads.

use crate::passband::run;
use passband_lake::set::record::{Feature, Tensor, TfRecords, example, tensor};
use passband_testbed::passband_data;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A list of recordings of spoken digits, the one with librosa's numbers first; also returns their folder.
fn list(folder: &Path, extra: &[&str]) -> Option<(PathBuf, PathBuf)> {
    let digits = passband_data()?.join("fsdd");
    let all = std::fs::read_to_string(digits.join("labels.csv")).unwrap();
    let rows = all.lines().skip(1).step_by(40).chain(extra.iter().copied());
    let list = folder.join("labels.csv");
    let text: Vec<_> = ["Label,Blob Name", "7,7_jackson_0.wav"].into_iter().chain(rows).collect();
    std::fs::write(&list, text.join("\n") + "\n").unwrap();
    Some((list, digits.join("recordings")))
}

fn dataset(list: &Path, blobs: &Path, output: &Path, more: &[&str]) -> Output {
    let [list, blobs, output] = [list, blobs, output].map(|path| path.to_str().unwrap());
    run(&[&["--json", "dataset", list, "--blobs", blobs, "--output", output], more].concat(), &[])
}

fn good(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

/// The tensors of the first record of a shard.
fn first(shard: &Path) -> BTreeMap<String, Tensor> {
    let mut records = TfRecords::new(std::fs::File::open(shard).unwrap()).unwrap();
    let record = example::decode(records.next().unwrap().unwrap()).unwrap();
    let tensors = record.features().filter_map(|(name, feature)| match feature {
        Feature::Tensor(tensor) => Some((name.to_owned(), tensor.clone())),
        Feature::Bytes(bytes) => Some((name.to_owned(), tensor::decode(bytes).unwrap())),
        _ => None,
    });
    tensors.collect()
}

/// All files of a set except its manifest.
fn shards(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let shards = files.filter(|path| path.to_string_lossy().contains("-of-"));
    shards
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn mfccs_in_a_shard_equal_those_of_librosa() {
    let folder = tempfile::tempdir().unwrap();
    let Some((list, blobs)) = list(folder.path(), &[]) else { return };
    let set = folder.path().join("set/digits");
    let more =
        ["--no-shuffle", "--features", "mfcc,log_mel", "--feature-settings", "n_mfcc=13", "--no-waveform"];
    good(&dataset(&list, &blobs, &set, &more));
    let tensors = first(&folder.path().join("set/digits-00000-of-00001.tfrecord"));
    assert_eq!(tensors.keys().collect::<Vec<_>>(), ["log_mel", "mfcc"]);
    let reference = passband_data().unwrap().join("reference-features/mfcc_frames_7_jackson_0.csv");
    let text = std::fs::read_to_string(reference).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').skip(1).map(|x| x.parse().unwrap()).collect())
        .collect();
    assert_eq!(tensors["mfcc"].shape(), [rows.len() as u64, 13]);
    assert_eq!(tensors["log_mel"].shape(), [rows.len() as u64, 128]);
    for (value, expected) in tensors["mfcc"].values().iter().zip(rows.iter().flatten()) {
        assert!((f64::from(*value) - expected).abs() < 1e-4, "{value}, librosa {expected}");
    }
    let manifest = std::fs::read_to_string(folder.path().join("set/digits.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let told = &manifest["settings"]["transforms"][0];
    assert_eq!((&told["type"], &told["waveform"]), (&"features".into(), &"drop".into()));
    assert_eq!(told["features"]["mfcc"]["n_mfcc"], 13);
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let Some((list, blobs)) = list(folder.path(), &[]) else { return };
    for format in ["tfrecord", "parquet"] {
        let built = ["1", "4"].map(|threads| {
            let set = folder.path().join(format!("{format}-{threads}/digits"));
            let more =
                ["--features", "log_mel,mfcc", "--shards", "3", "--format", format, "--threads", threads];
            good(&dataset(&list, &blobs, &set, &more));
            shards(set.parent().unwrap())
        });
        assert_eq!(built[0].len(), 3);
        assert!(built[0].values().all(|bytes| bytes.len() > 10_000));
        assert!(built[0] == built[1], "{format}");
    }
}

#[test]
fn a_recording_shorter_than_a_frame_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    // this one has 1,148 samples
    let Some((list, blobs)) = list(folder.path(), &["6,6_yweweler_3.wav"]) else { return };
    let whole = folder.path().join("whole/digits");
    good(&dataset(&list, &blobs, &whole, &["--features", "log_mel"]));
    let set = folder.path().join("set/digits");
    let more = ["--features", "log_mel", "--feature-settings", "center=false,n_fft=1400,hop_length=256"];
    let ended = dataset(&list, &blobs, &set, &more);
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(3), "{told}");
    let aside = std::fs::read_to_string(folder.path().join("set/digits-quarantine.csv")).unwrap();
    assert!(aside.lines().skip(1).any(|row| row.contains("6_yweweler_3.wav")), "{aside}");
    assert!(
        aside.lines().skip(1).all(|row| row.contains("samples are shorter than a frame of log_mel")),
        "{aside}"
    );
    let strict = dataset(&list, &blobs, &set, &[&more[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(1));
    let wrong = dataset(&list, &blobs, &set, &["--features", "log_mel", "--feature-settings", "n_mel=3"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("did you mean 'n_mels'"));
}

#[test]
fn shards_with_other_features_are_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let Some((list, blobs)) = list(folder.path(), &[]) else { return };
    let set = folder.path().join("set/digits");
    let build = |more: &[&str]| {
        let told = good(&dataset(&list, &blobs, &set, &[&["--shards", "2"], more].concat()));
        (told.contains("2 shards are built already"), shards(set.parent().unwrap()))
    };
    let (_, plain) = build(&[]);
    let (again, same) = build(&[]);
    assert!(again && same == plain);
    let (again, measured) = build(&["--features", "log_mel"]);
    assert!(!again && measured.iter().all(|(name, bytes)| bytes.len() > plain[name].len()));
    let (again, _) = build(&["--features", "log_mel", "--feature-settings", "n_mels=64"]);
    assert!(!again);
}
