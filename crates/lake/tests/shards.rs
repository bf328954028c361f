//! Shards read by other programs: TFRecord by the packages tfrecord and protobuf, Parquet by pyarrow, WebDataset by
//! tarfile, webdataset, NumPy and libsndfile; and compared with files written by TensorFlow.

use passband_lake::set::record::{
    Feature, Record, Schema, ShardFormat, Tensor, TfRecords, crc, example, tensor,
};
use passband_signal::Hertz;
use passband_testbed::{Python, passband_data};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Writes records to a shard file, and returns its path.
fn shard(folder: &Path, format: ShardFormat, records: &[Record]) -> PathBuf {
    let path = folder.join(format!("shard.{}", format.extension()));
    let schema = Schema::of(&records.iter().collect::<Vec<_>>()).unwrap();
    let mut writer = format.open(&schema, std::fs::File::create(&path).unwrap()).unwrap();
    records.iter().for_each(|record| writer.add(record).unwrap());
    let written = writer.finish().unwrap();
    assert_eq!(written.bytes, path.metadata().unwrap().len());
    assert_eq!(written.records, records.len() as u64);
    path
}

fn read(python: &Python, script: &str, files: &[&Path]) -> Value {
    let text = python.run(format!("crates/lake/tests/shards/read_{script}.py"), files);
    serde_json::from_str(&text).unwrap()
}

/// Three records: all kinds of features, some missing, some empty.
fn records() -> Vec<Record> {
    let make = |key: &str, features: Vec<(&str, Feature)>| {
        let mut record = Record::new(key);
        features.into_iter().for_each(|(name, feature)| record.push(name, feature).unwrap());
        record
    };
    let sound =
        |samples: &[f32]| Feature::from(Tensor::waveform(2, Hertz(8000.0), samples.to_vec()).unwrap());
    let image = Tensor::new(vec![2, 1, 2], vec![1.0, -2.0, 0.5, 1e-3]).unwrap();
    vec![
        make(
            "000000",
            vec![
                ("label", i64::MIN.into()),
                ("audio", sound(&[0.5, -0.5, 0.25, -1.0])),
                ("image", image.into()),
                ("offsets", vec![-1i64, 0, 300].into()),
                ("weight", 0.1f32.into()),
                ("speaker", "thëo".into()),
                ("raw", vec![0u8, 255].into()),
            ],
        ),
        make(
            "000001",
            vec![
                ("label", 7.into()),
                ("audio", sound(&[])),
                ("offsets", Vec::<i64>::new().into()),
                ("speaker", "".into()),
                ("raw", Vec::<u8>::new().into()),
            ],
        ),
        make("000002", vec![("audio", sound(&[0.125; 6])), ("offsets", 5.into())]),
    ]
}

#[test]
fn tfrecord_is_read_by_others() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let plain = shard(folder.path(), ShardFormat::TfRecord, &records());
    let gzip = shard(folder.path(), ShardFormat::TfRecordGzip { level: 6 }, &records());
    let read_plain = read(&python, "tfrecord", &[&plain]);
    assert_eq!(read(&python, "tfrecord", &[&gzip]), read_plain);
    let first = &read_plain[0];
    assert_eq!(first["label"], json!(["int64_list", [i64::MIN]]));
    assert_eq!(first["offsets"], json!(["int64_list", [-1, 0, 300]]));
    assert_eq!(first["weight"], json!(["float_list", [f64::from(0.1f32)]]));
    assert_eq!(first["speaker"], json!(["bytes_list", ["7468c3ab6f"]]));
    assert_eq!(first["raw"], json!(["bytes_list", ["00ff"]]));
    assert_eq!(first["image"].as_array().unwrap()[..3], [json!("tensor"), json!(1), json!([2, 1, 2])]);
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // SHA-256 of it
    assert_eq!(read_plain[1]["audio"], json!(["tensor", 1, [0, 2], nothing]));
    assert_eq!(read_plain[1]["offsets"], json!(["int64_list", []]));
    assert_eq!(read_plain[1]["raw"], json!(["bytes_list", [""]]));
    assert_eq!(read_plain[2].as_object().unwrap().len(), 2);
}

#[test]
fn parquet_is_read_by_others() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let read = read(&python, "parquet", &[&shard(folder.path(), ShardFormat::Parquet, &records())]);
    let types = json!({
        "audio": "list<element: float not null>",
        "audio_shape": "list<element: int64 not null>",
        "image": "list<element: float not null>",
        "image_shape": "list<element: int64 not null>",
        "label": "int64",
        "offsets": "list<element: int64 not null>",
        "raw": "binary",
        "speaker": "string",
        "weight": "float",
    });
    assert_eq!(read["types"], types);
    assert_eq!(read["compression"], json!(["ZSTD"]));
    assert_eq!(read["groups"], json!([3]));
    let rows = json!([
        {
            "audio": [0.5, -0.5, 0.25, -1.0], "audio_shape": [2, 2],
            "image": [1.0, -2.0, 0.5, f64::from(1e-3f32)], "image_shape": [2, 1, 2],
            "label": i64::MIN, "offsets": [-1, 0, 300], "raw": "00ff", "speaker": "thëo",
            "weight": f64::from(0.1f32),
        },
        {
            "audio": [], "audio_shape": [0, 2], "image": null, "image_shape": null, "label": 7,
            "offsets": [], "raw": "", "speaker": "", "weight": null,
        },
        {
            "audio": [0.125, 0.125, 0.125, 0.125, 0.125, 0.125], "audio_shape": [3, 2], "image": null,
            "image_shape": null, "label": null, "offsets": [5], "raw": null, "speaker": null, "weight": null,
        },
    ]);
    assert_eq!(read["rows"], rows);
}

#[test]
fn parquet_of_several_row_groups_and_of_none_is_read_by_others() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let long = |number: i64| {
        let mut record = Record::new(number.to_string());
        let samples = (0..2_500_000).map(|n| ((n + number) % 89) as f32 / 128.0).collect();
        record.push("audio", Tensor::waveform(1, Hertz(8000.0), samples).unwrap()).unwrap();
        record.push("label", number).unwrap();
        record
    };
    let records = [long(0), long(1), long(2)];
    let many = read(&python, "parquet", &[&shard(folder.path(), ShardFormat::Parquet, &records)]);
    assert_eq!(many["groups"], json!([2, 1]));
    for (number, row) in many["rows"].as_array().unwrap().iter().enumerate() {
        assert_eq!(row["label"], number);
        let Some(Feature::Tensor(tensor)) = records[number].get("audio") else { panic!("no tensor") };
        let bytes: Vec<u8> = tensor.values().iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(row["audio"], json!({"length": 2_500_000, "crc32c": crc::crc32c(&bytes)}));
    }
    let path = folder.path().join("empty.parquet");
    let file = std::fs::File::create(&path).unwrap();
    ShardFormat::Parquet.open(&Schema::of(&[&records[0]]).unwrap(), file).unwrap().finish().unwrap();
    let empty = read(&python, "parquet", &[&path]);
    assert_eq!(empty["rows"], json!([]));
    assert_eq!(empty["types"], many["types"]);
}

#[test]
fn webdataset_is_read_by_others() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let read = read(&python, "webdataset", &[&shard(folder.path(), ShardFormat::WebDataset, &records())]);
    let names = json!([
        "000000.wav",
        "000000.image.npy",
        "000000.raw.bin",
        "000000.cls",
        "000000.json",
        "000001.wav",
        "000001.raw.bin",
        "000001.cls",
        "000001.json",
        "000002.wav",
        "000002.json",
    ]);
    assert_eq!(read["names"], names);
    let samples = json!([
        {
            "__key__": "000000",
            "wav": [[2, 2], 8000, "FLOAT", [0.5, -0.5, 0.25, -1.0]],
            "image.npy": [[2, 1, 2], "float32", [1.0, -2.0, 0.5, f64::from(1e-3f32)]],
            "raw.bin": "00ff",
            "cls": i64::MIN,
            "json": {"offsets": [-1, 0, 300], "speaker": "thëo", "weight": 0.1},
        },
        {
            "__key__": "000001",
            "wav": [[0, 2], 8000, "FLOAT", []],
            "raw.bin": "",
            "cls": 7,
            "json": {"offsets": [], "speaker": ""},
        },
        {
            "__key__": "000002",
            "wav": [[3, 2], 8000, "FLOAT", [0.125, 0.125, 0.125, 0.125, 0.125, 0.125]],
            "json": {"offsets": 5},
        },
    ]);
    assert_eq!(read["samples"], samples);
}

/// The golden files, and the records that they contain.
fn golden(data: &Path) -> [(PathBuf, Vec<Record>); 2] {
    let folder = data.join("tfrecord-golden");
    let mut shards = [0, 1].map(|n| (folder.join(format!("golden-0000{n}-of-00002.tfrecord")), vec![]));
    let list = std::fs::read_to_string(folder.join("labels.csv")).unwrap();
    for (row, line) in list.lines().skip(1).enumerate() {
        let (label, name) = line.split_once(',').unwrap();
        let mut record = Record::new(row.to_string());
        record.push("label", label.parse::<i64>().unwrap()).unwrap();
        let samples = pcm16(&std::fs::read(data.join("fsdd/recordings").join(name)).unwrap());
        record.push("audio", Tensor::waveform(1, Hertz(8000.0), samples).unwrap()).unwrap();
        shards[row % 2].1.push(record);
    }
    shards
}

/// The samples of a 16-bit mono WAV file.
fn pcm16(file: &[u8]) -> Vec<f32> {
    assert_eq!((&file[20..24], &file[34..36]), (&[1, 0, 1, 0][..], &[16, 0][..]));
    let data = 8 + file.windows(4).position(|name| name == b"data").unwrap();
    let length = u32::from_le_bytes(file[data - 4..data].try_into().unwrap()) as usize;
    let samples = file[data..data + length].as_chunks::<2>().0;
    samples.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32768.0).collect()
}

#[test]
fn the_same_bytes_as_tensorflow() {
    let Some(data) = passband_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (path, records) in golden(&data) {
        assert_eq!(records.len(), 10);
        let ours = std::fs::read(shard(folder.path(), ShardFormat::TfRecord, &records)).unwrap();
        assert!(ours == std::fs::read(&path).unwrap(), "{}", path.display());
    }
}

#[test]
fn the_same_content_as_tensorflow_in_the_eyes_of_others() {
    let (Some(data), Some(python)) = (passband_data(), Python::find()) else { return };
    let folder = tempfile::tempdir().unwrap();
    for (path, records) in golden(&data) {
        let theirs = read(&python, "tfrecord", &[&path]);
        assert_eq!(theirs.as_array().unwrap().len(), 10);
        for format in [ShardFormat::TfRecord, ShardFormat::TfRecordGzip { level: 9 }] {
            let ours = read(&python, "tfrecord", &[&shard(folder.path(), format, &records)]);
            assert_eq!(ours, theirs, "{format:?}");
        }
    }
}

#[test]
fn tensorflows_shards_are_read() {
    let Some(data) = passband_data() else { return };
    for (path, records) in golden(&data) {
        let mut shard = TfRecords::new(std::fs::File::open(path).unwrap()).unwrap();
        for record in &records {
            let read = example::decode(shard.next().unwrap().unwrap()).unwrap();
            assert_eq!(read.get("label"), record.get("label"));
            let (Some(Feature::Bytes(bytes)), Some(Feature::Tensor(tensor))) =
                (read.get("audio"), record.get("audio"))
            else {
                panic!("{read:?}");
            };
            let read = tensor::decode(bytes).unwrap();
            assert_eq!((read.shape(), read.values()), (tensor.shape(), tensor.values()));
        }
        assert!(shard.next().unwrap().is_none());
        assert_eq!(shard.passed(), 10);
    }
}
