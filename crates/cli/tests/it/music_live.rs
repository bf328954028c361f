//! Features of audio on Kafka: each frame once on the topic of results and in the table, though the process is killed.

use crate::disasters::Random;
use crate::files::tone;
use crate::passband::{command, good, pipeline, write};
use crate::topic;
use passband_testbed::{Kafka, Process, Stream, unique};
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

const SEND: &str = r#"
[source]
type = "file"
path = "${INPUT}"
name = "radio"
recording = 1700000000000000
block = "1024 samples"
pace = "real time"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
partitions = 1
"#;

const WHOLE: &str = r#"
[source]
type = "file"
path = "${INPUT}"
name = "radio"
recording = 1700000000000000
block = "1024 samples"

[[transform]]
type = "features"
names = "mfcc,rms,spectral_centroid"
settings = "center=false,top_db=none,n_mfcc=13"
rate = "native"
over = "frame"

[[sink]]
type = "file"
path = "${OUTPUT}"
format = "json"
"#;

fn floats(value: &Value) -> Vec<f32> {
    let one = |value: &Value| value.as_f64().unwrap() as f32;
    value.as_array().map_or_else(|| vec![one(value)], |all| all.iter().map(one).collect())
}

#[test]
fn each_frame_is_once_on_kafka_and_in_the_table_though_the_process_is_killed() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("radio.wav"), tone(22_050, 1, 22_050 * 15)).unwrap();
    let [samples, results, group] = ["samples", "features", "group"].map(unique);
    let set = [
        ("KAFKA_BROKERS", kafka.bootstrap()),
        ("SAMPLES", &samples),
        ("RESULTS", &results),
        ("GROUP", &group),
        ("FORMAT", "json"),
        ("COMMIT_EVERY", "500 ms"),
    ];
    // what is right: the same frames without Kafka
    let (input, output) = (at("radio.wav"), at("whole.ndjson"));
    good(&["run", &write(&folder, "whole.toml", WHOLE)], &[("INPUT", &input), ("OUTPUT", &output)]);
    let text = std::fs::read_to_string(&output).unwrap();
    let want: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(want.len() > 500, "{}", want.len());

    kafka.run(&["topics", "--create", "--topic", &samples, "--partitions", "1"], "");
    let live = pipeline("music-live.toml");
    let begin = || Process::start(command(&["run", "--json", &live], &set).current_dir(&folder));
    let mut process = begin();
    let send = write(&folder, "send.toml", SEND);
    let sending = [&set[..], &[("INPUT", &*input)]].concat();
    let mut sender = Process::start(command(&["run", "--json", &send], &sending).current_dir(&folder));
    let mut random = Random::new();
    for _ in 0..6 {
        random.pause(800, 2500);
        process.kill();
        process = begin();
    }
    assert!(sender.wait(PATIENCE).is_some_and(|status| status.success()), "{:#?}", sender.lines(Stream::Err));
    let records = topic::read(kafka.bootstrap(), &results, want.len(), PATIENCE);
    process.interrupt();
    let ended = process.wait(PATIENCE);
    assert!(ended.is_some_and(|status| status.success()), "{:#?}", process.lines(Stream::Err));
    let sent: Vec<Value> = records.iter().map(|r| serde_json::from_slice(&r.value).unwrap()).collect();
    let frames = |rows: &[Value]| rows.iter().map(|row| row["frame"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(frames(&sent), frames(&want));
    let statement = "SELECT frame, rms, mfcc FROM audio_frames ORDER BY frame";
    let mut sql = command(&["sql", statement, "--format", "json"], &set);
    let output = sql.current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(frames(&rows), frames(&want));
    for ((row, sent), want) in rows.iter().zip(&sent).zip(&want) {
        for column in ["rms", "mfcc"] {
            // shortest decimals of a 32-bit number differ between writers; the number is the same
            assert_eq!(floats(&row[column]), floats(&want[column]), "{column} of frame {}", want["frame"]);
            assert_eq!(sent[column], want[column], "{column} of frame {}", want["frame"]);
        }
    }
}
