//! Features of recordings without labels: they agree with librosa's, in columns for other tools, and over Kafka.

use crate::passband::{good, pipeline, write};
use passband_testbed::{Kafka, Python, passband_data, unique};
use serde_json::Value;
use std::collections::BTreeMap;

const READY: &str = "recordings-features.toml";

#[test]
fn a_folder_of_recordings_gives_the_numbers_of_librosa() {
    let (Some(data), Some(python)) = (passband_data(), Python::find()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let reference = std::fs::read_to_string(data.join("reference-features/librosa-0.11.0.jsonl")).unwrap();
    let reference: BTreeMap<String, Value> = reference
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            (value["file"].as_str().unwrap().to_owned(), value["native"].clone())
        })
        .collect();
    for format in ["parquet", "arrow"] {
        let output = folder.path().join(format!("features.{format}"));
        let (input, refused) = (data.join("annotated-notes"), folder.path().join("refused"));
        let set = [
            ("INPUT", input.to_str().unwrap()),
            ("OUTPUT", output.to_str().unwrap()),
            ("FORMAT", format),
            ("REFUSED", refused.to_str().unwrap()),
            ("SETTINGS", "n_mfcc=13"),
        ];
        good(&["run", &pipeline(READY)], &set);
        let told: Value =
            serde_json::from_str(&python.run("crates/cli/tests/features/means.py", [&output])).unwrap();
        assert_eq!(told["types"]["time"], "timestamp[us, tz=UTC]");
        assert_eq!(told["types"]["mfcc"], "list<item: float not null>");
        let mut checked = 0;
        for (stream, own) in told["streams"].as_object().unwrap() {
            let Some(wanted) = reference.get(&format!("annotated-notes/{stream}")) else { continue };
            assert_eq!(own["frames"], wanted["n_frames"], "{stream}");
            let numbers =
                |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
            let (own, wanted): (Vec<f64>, Vec<f64>) = (numbers(&own["mean"]), numbers(&wanted["mfcc_mean"]));
            for (own, wanted) in own.iter().zip(&wanted) {
                // printed with six digits
                assert!(
                    (own - wanted).abs() <= 2e-3 + 1e-5 * wanted.abs(),
                    "{stream}: {own}, librosa {wanted}"
                );
            }
            checked += 1;
        }
        assert!(checked >= 3, "{checked} recordings");
    }
}

/// The rows of a file of features, by frame.
fn rows(path: &std::path::Path) -> BTreeMap<u64, (Value, Value)> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        (value["frame"].as_u64().unwrap(), (value["mfcc"].take(), value["log_mel"].take()))
    };
    let rows: BTreeMap<_, _> = text.lines().map(row).collect();
    assert_eq!(rows.len(), text.lines().count());
    rows
}

#[test]
fn over_kafka_in_blocks_of_256_features_are_those_of_the_file() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound.wav");
    let mut bytes = vec![];
    let samples = (0..40_000).map(|n| (f64::from(n) * (0.03 + f64::from(n) * 1e-6)).sin() * 9000.0);
    bytes.extend(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data");
    bytes.extend(80_000u32.to_le_bytes());
    samples.for_each(|sample| bytes.extend((sample as i16).to_le_bytes()));
    let size = bytes.len() as u32 - 8;
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    std::fs::write(&sound, bytes).unwrap();

    let measured = |name: &str, source: &str| {
        let output = folder.path().join(name);
        let text = format!(
            "[source]\n{source}\n\n[[transform]]\ntype = \"features\"\nnames = \"mfcc,log_mel\"\n\n\
             [[sink]]\ntype = \"file\"\npath = \"{}\"\n",
            output.display()
        );
        good(&["run", &write(&folder, "features.toml", &text)], &[]);
        rows(&output)
    };
    let (path, topic, brokers) = (sound.display(), unique("samples"), kafka.bootstrap());
    let bulk = measured("bulk", &format!("type = \"recordings\"\npath = \"{path}\""));
    assert_eq!(bulk.len(), 40_000 / 512 + 1);
    let live = measured("live", &format!("type = \"file\"\npath = \"{path}\"\npace = \"real time\""));
    assert!(live == bulk, "at the pace of the sound");
    let send = format!(
        "[source]\ntype = \"file\"\npath = \"{path}\"\nrecording = 5\n\n[[sink]]\ntype = \"kafka\"\n\
         brokers = \"{brokers}\"\ntopic = \"{topic}\"\npartitions = 1\n"
    );
    good(&["run", &write(&folder, "send.toml", &send)], &[]);
    let source = format!(
        "type = \"kafka\"\nbrokers = \"{brokers}\"\ntopic = \"{topic}\"\nfrom = \"earliest\"\nuntil = \"end\""
    );
    assert!(measured("kafka", &source) == bulk, "over Kafka");
}
