//! Avro messages between Passband and fastavro, over Kafka.

use crate::passband::{good, pipeline, start, write};
use crate::topic::{self, read};
use passband_testbed::{Kafka, Process, Python, Stream, unique, workspace};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Simulated tones to Kafka, in the given format.
const SAMPLER: &str = r#"
[source]
type = "simulate"
rate = "8 kHz"
frequencies = "1 kHz, 2 kHz"
duration = "0.1 s"
pace = "as fast as it goes"
recording = 1700000000000000
name = "tones"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
partitions = 1
format = FORMAT
"#;

/// Samples from Kafka to spectra on Kafka, with one framing.
const STAGE: &str = r#"
[source]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
group = "${GROUP}"
format = FORMAT

[window]
type = "tumbling"
length = "128 samples"

[[transform]]
type = "spectrum"
scale = "dbfs"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SPECTRA}"
delivery = "exactly_once"
partitions = 1
format = FORMAT
"#;

/// A framing, as a pipeline and as the scripts name it.
const FRAMINGS: [(&str, &str); 2] = [
    (r#""avro""#, "plain"),
    (r#"{ type = "avro", framing = "confluent", schema_id = 16909060 }"#, "confluent:16909060"),
];

fn schema(name: &str) -> String {
    workspace().join("schemas").join(name).display().to_string()
}

/// Messages decoded by fastavro.
fn decode(python: &Python, schema_name: &str, framing: &str, messages: &[topic::Record]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages");
    let framed = messages.iter().flat_map(|m| [&(m.value.len() as u32).to_le_bytes()[..], &m.value].concat());
    std::fs::write(&file, framed.collect::<Vec<u8>>()).unwrap();
    let arguments = [schema(schema_name), framing.into(), file.display().to_string()];
    serde_json::from_str(&python.run("crates/cli/tests/avro/decode.py", arguments)).unwrap()
}

/// Messages encoded by fastavro.
fn encode(python: &Python, item: &str, framing: &str) -> Vec<Vec<u8>> {
    written(|file| {
        python.run("crates/cli/tests/avro/encode.py", [&schema("samples.avsc"), item, framing, file]);
    })
}

/// Messages in a file of a script, each preceded by its length.
pub fn written(script: impl FnOnce(&str)) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages").display().to_string();
    script(&file);
    let bytes = std::fs::read(Path::new(&file)).unwrap();
    let (mut messages, mut rest) = (vec![], &bytes[..]);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (message, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        messages.push(message.to_vec());
        rest = after;
    }
    messages
}

fn stage(folder: &tempfile::TempDir, format: &str, set: &[(&str, &str)]) -> Process {
    start(&["run", &write(folder, "stage.toml", &STAGE.replace("FORMAT", format))], set)
}

#[test]
fn fastavro_reads_samples_and_spectra() {
    let Some(kafka) = Kafka::shared() else { return };
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (format, framing) in FRAMINGS {
        let [samples, spectra, group] = ["samples", "spectra", "group"].map(unique);
        let set = [
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("SAMPLES", &samples),
            ("SPECTRA", &spectra),
            ("GROUP", &group),
        ];
        good(&["run", &write(&folder, "sampler.toml", &SAMPLER.replace("FORMAT", format))], &set);
        // 800 samples are three messages of 256 and one of 32
        let messages = read(kafka.bootstrap(), &samples, 4, LIMIT);
        let records = decode(&python, "samples.avsc", framing, &messages);
        let lengths: Vec<_> = records.iter().map(|r| r["channels"][1].as_array().unwrap().len()).collect();
        assert_eq!(lengths, [256, 256, 256, 32]);
        for (i, record) in records.iter().enumerate() {
            assert_eq!(record["index"], 256 * i);
            assert_eq!(record["recording"], 1_700_000_000_000_000_i64);
            assert_eq!(record["time"], 1_700_000_000_000_000_i64 + 32_000 * i as i64);
            assert_eq!(record["rate"], 8000.0);
        }
        // 1 kHz at 8 kHz: the third sample is the crest
        let sample = |channel: usize, i: usize| records[0]["channels"][channel][i].as_f64().unwrap();
        assert!((sample(0, 2) - 0.5).abs() < 1e-6 && (sample(1, 1) - 0.5).abs() < 1e-6);
        assert!(messages.iter().all(|m| m.key == b"tones"));

        let _stage = stage(&folder, format, &set);
        let messages = read(kafka.bootstrap(), &spectra, 6, LIMIT);
        let records = decode(&python, "spectrum.avsc", framing, &messages);
        for (i, record) in records.iter().enumerate() {
            assert_eq!([&record["start"], &record["length"], &record["hop"]], [128 * i, 128, 128]);
            // the time of the last sample of the frame; samples are 125 µs apart
            let last = 128 * (i as i64 + 1);
            let time = record["time"].as_i64().unwrap() - 1_700_000_000_000_000;
            assert!((time - 125 * last).abs() <= 125, "{time}");
            assert_eq!(record["scale"], "dbfs");
            let level = |channel: usize, bin: usize| record["channels"][channel][bin].as_f64().unwrap();
            assert_eq!(record["channels"][0].as_array().unwrap().len(), 65);
            // bins of 62.5 Hz
            assert!((level(0, 16) + 6.0206).abs() < 1e-3 && (level(1, 32) + 6.0206).abs() < 1e-3);
            assert!(level(0, 32) < -100.0 && level(1, 16) < -100.0);
        }
    }
}

#[test]
fn messages_of_fastavro_are_read() {
    let Some(kafka) = Kafka::shared() else { return };
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    for ((format, framing), item) in
        [(FRAMINGS[0], "float"), (FRAMINGS[0], "double"), (FRAMINGS[1], "double")]
    {
        let [samples, spectra, group] = ["samples", "spectra", "group"].map(unique);
        let messages = encode(&python, item, framing);
        let records: Vec<(&str, &[u8])> = messages.iter().map(|m| ("theirs", &m[..])).collect();
        topic::write(kafka.bootstrap(), &samples, &records);
        let set = [
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("SAMPLES", &samples),
            ("SPECTRA", &spectra),
            ("GROUP", &group),
        ];
        let stage = stage(&folder, format, &set);
        let messages = read(kafka.bootstrap(), &spectra, 2, LIMIT);
        assert_eq!(messages.len(), 2, "{item} {framing}: {:?}", stage.lines(Stream::Err));
        let records = decode(&python, "spectrum.avsc", framing, &messages);
        for record in records {
            let level = |channel: usize, bin: usize| record["channels"][channel][bin].as_f64().unwrap();
            assert!((level(0, 16) + 6.0206).abs() < 1e-3 && (level(1, 32) + 6.0206).abs() < 1e-3, "{item}");
            assert!(level(0, 32) < -100.0 && level(1, 16) < -100.0, "{item}");
        }
        // the built-in stage reads plain messages
        if framing == "plain" {
            let spectra = unique("spectra");
            let group = unique("group");
            let set = [set[0], set[1], ("SPECTRA", &spectra), ("GROUP", &group), ("LENGTH", "128 samples")];
            let _stage = start(
                &["run", &pipeline("spectrum-fft.toml")],
                &[&set[..], &[("HOP", "128 samples")]].concat(),
            );
            assert_eq!(read(kafka.bootstrap(), &spectra, 2, LIMIT), messages, "the same spectra");
        }
    }
}
