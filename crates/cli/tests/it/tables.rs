//! Tables as seen by users and other programs: writing, kills, counting, listing.

mod proxy;
mod shared;

use crate::disasters::Random;
use crate::files::tone;
use crate::passband::{command, write};
use crate::topic;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use passband_testbed::{IcebergCatalog, Kafka, Process, Python, S3, Stream, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const PATIENCE: Duration = Duration::from_secs(120);

const FILES: &str = r#"
[source]
type = "files"
path = "${INPUT}"
format = { type = "json", key = "key" }

[window]
type = "tumbling"
length = "10 s"

[[transform]]
type = "aggregate"
output = { key = "key", time = "end", temperature = "value: count, mean" }

[[sink]]
type = "${SINK}"
"#;

const TABLE: &str = "\ntable = \"windows\"\ncommit_every = \"30 ms\"\ncommit_rows = 2000\n";

const KAFKA: &str = r#"
[source]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${READINGS}"
data = "readings"
format = { type = "json" }
group = "${GROUP}"
instance = "${INSTANCE}"

[window]
type = "tumbling"
length = "10 s"
idle_after = "2 s"

[[transform]]
type = "aggregate"
output = { key = "key", time = "end", temperature = "value: count, mean" }

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${WINDOWS}"
format = "json"
delivery = "exactly_once"
commit_every = "50 ms"
partitions = 1

[[sink]]
type = "iceberg"
table = "windows"
commit_every = "300 ms"
"#;

/// Windows by sensor and end: number of readings, mean, and number of occurrences.
type Windows = BTreeMap<(String, i64), (i64, f64, usize)>;

fn add(windows: &mut Windows, key: &str, end: i64, count: i64, mean: f64) {
    windows.entry((key.into(), end)).or_insert((count, mean, 0)).2 += 1;
}

/// Reads the rows of a data file without the table's metadata.
fn rows(path: &Path, windows: &mut Windows) {
    let file = std::fs::File::open(path).unwrap();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let column = |name: &str| batch.column_by_name(name).unwrap_or_else(|| panic!("{batch:?}")).clone();
        let (keys, ends) = (column("key"), column("time"));
        let (counts, means) = (column("temperature_count"), column("temperature_mean"));
        for row in 0..batch.num_rows() {
            let key = keys.as_string::<i32>().value(row);
            let end = ends.as_primitive::<Int64Type>().value(row);
            let count = counts.as_primitive::<Int64Type>().value(row);
            add(windows, key, end, count, means.as_primitive::<Float64Type>().value(row));
        }
    }
}

/// The rows in the data files of a local table.
fn windows(folder: &Path, catalog: Option<&str>) -> Windows {
    let mut windows = Windows::new();
    for file in table(folder, &["files", "windows"], catalog) {
        let path = file["path"].as_str().unwrap();
        let path = path.strip_prefix("file://").or(path.strip_prefix("file:")).unwrap_or(path);
        rows(Path::new(path), &mut windows);
    }
    windows
}

/// The output of `passband table`.
fn table(folder: &Path, words: &[&str], catalog: Option<&str>) -> Vec<Value> {
    let mut command = command(&[&["table", "--json"], words].concat(), &[]);
    catalog.map(|catalog| command.env("PASSBAND_CATALOG", catalog));
    let output = command.current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn begin(folder: &Path, pipeline: &str, set: &[(&str, &str)]) -> Process {
    Process::start(command(&["run", "--json", pipeline], set).current_dir(folder))
}

/// Readings of 40 sensors, one per second and sensor.
fn readings(count: usize) -> Vec<(String, String)> {
    let reading = |n: usize| {
        let (key, second) = (format!("s{}", n % 40), n / 40);
        let text =
            format!("{{\"key\": \"{key}\", \"ts\": {}, \"value\": {}}}", 1_709_294_400 + second, n % 977);
        (key, text)
    };
    (0..count).map(reading).collect()
}

/// The windows of a file of readings, written by the same pipeline to a file.
fn undisturbed(folder: &tempfile::TempDir, input: &str) -> Windows {
    let plain = write(folder, "plain.toml", &format!("{FILES}path = \"plain.ndjson\"\nformat = \"json\"\n"));
    let output =
        command(&["run", &plain], &[("INPUT", input), ("SINK", "file")]).current_dir(folder).output();
    assert!(output.unwrap().status.success());
    let mut want = Windows::new();
    for line in std::fs::read_to_string(folder.path().join("plain.ndjson")).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let values = &row["temperature"];
        let (count, mean) = (values["count"].as_i64().unwrap(), values["mean"].as_f64().unwrap());
        add(&mut want, row["key"].as_str().unwrap(), row["time"].as_i64().unwrap(), count, mean);
    }
    assert!(!want.is_empty());
    want
}

/// A file with this number of readings.
fn input(folder: &tempfile::TempDir, count: usize) -> String {
    let lines: Vec<String> = readings(count).into_iter().map(|(_, text)| text).collect();
    write(folder, "readings.ndjson", &(lines.join("\n") + "\n"))
}

#[test]
fn a_folder_of_readings_is_in_the_table_once_however_often_the_writer_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let input = input(&folder, 400_000);
    let want = undisturbed(&folder, &input);
    let pipeline = write(&folder, "windows.toml", &format!("{FILES}{TABLE}"));
    let set = [("INPUT", input.as_str()), ("SINK", "iceberg")];
    let (mut random, mut kills) = (Random::new(), 0);
    loop {
        let mut process = begin(folder.path(), &pipeline, &set);
        let limit = Duration::from_millis(150 + random.below(900));
        let ended = process.wait(if kills < 15 { limit } else { PATIENCE });
        match ended {
            Some(status) => {
                assert!(status.success(), "{:#?}", process.lines(Stream::Err));
                break;
            }
            None => process.kill(),
        }
        kills += 1;
    }
    let got = windows(folder.path(), None);
    let (lost, doubled) = (
        want.keys().filter(|key| !got.contains_key(*key)).count(),
        got.values().filter(|row| row.2 > 1).count(),
    );
    println!("{kills} kills, {} windows", want.len());
    assert_eq!((lost, doubled), (0, 0), "of {} windows, after {kills} kills", want.len());
    assert!(got == want, "the values differ");
    // no input is new, so nothing is added
    let again = begin(folder.path(), &pipeline, &set).wait(PATIENCE);
    assert!(again.is_some_and(|status| status.success()));
    let told = &table(folder.path(), &["describe", "windows"], None)[0];
    assert_eq!(told["rows"].as_u64().unwrap() as usize, want.len());
}

#[test]
fn windows_of_a_topic_are_in_the_table_and_on_kafka_once_though_processes_are_killed() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [readings_topic, results, group] = ["readings", "windows", "group"].map(unique);
    kafka.run(&["topics", "--create", "--topic", &readings_topic, "--partitions", "4"], "");
    let lines = readings(200_000);
    let pipeline = write(&folder, "windows.toml", KAFKA);
    let set = |instance: &'static str| {
        [
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("READINGS", &readings_topic),
            ("WINDOWS", &results),
            ("GROUP", &group),
            ("INSTANCE", instance),
        ]
    };
    let mut random = Random::new();
    let mut processes: Vec<Process> =
        ["1", "2"].map(|instance| begin(folder.path(), &pipeline, &set(instance))).into();
    for part in lines.chunks(lines.len() / 10) {
        topic::write(kafka.bootstrap(), &readings_topic, part);
        random.pause(300, 1500);
        let at = random.below(2) as usize;
        processes[at].kill();
        processes[at] = begin(folder.path(), &pipeline, &set(["1", "2"][at]));
    }
    let enough = 200_000 / 40 / 10 * 40;
    let records = topic::read(kafka.bootstrap(), &results, enough, PATIENCE);
    for process in &mut processes {
        process.interrupt();
        assert!(process.wait(PATIENCE).is_some(), "{:#?}", process.lines(Stream::Err));
    }
    let mut want = Windows::new();
    for record in records {
        let row: Value = serde_json::from_slice(&record.value).unwrap();
        let values = &row["temperature"];
        let (count, mean) = (values["count"].as_i64().unwrap(), values["mean"].as_f64().unwrap());
        add(&mut want, std::str::from_utf8(&record.key).unwrap(), row["time"].as_i64().unwrap(), count, mean);
    }
    assert_eq!(want.len(), enough, "windows on Kafka, none twice");
    assert!(windows(folder.path(), None) == want, "the table and the topic differ");
}

#[test]
fn a_rest_catalogue_whose_replies_are_lost_has_each_row_once() {
    let Some(catalogue) = IcebergCatalog::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let input = input(&folder, 400_000);
    let want = undisturbed(&folder, &input);
    let (port, lost) = proxy::forgetful(catalogue.port());
    let table = TABLE.replace("30 ms", "5 ms").replace("2000", "200");
    let pipeline = write(&folder, "windows.toml", &format!("{FILES}{table}"));
    let address = format!("http://127.0.0.1:{port}");
    let set = [("INPUT", input.as_str()), ("SINK", "iceberg"), ("PASSBAND_CATALOG", &address)];
    let mut process = begin(folder.path(), &pipeline, &set);
    let ended = process.wait(PATIENCE);
    assert!(ended.is_some_and(|status| status.success()), "{:#?}", process.lines(Stream::Err));
    let lost = lost.load(Ordering::SeqCst);
    println!("{lost} replies lost, {} windows", want.len());
    assert!(lost >= 2, "{lost} replies were lost");
    assert!(windows(folder.path(), Some(&catalogue.address())) == want, "rows are missing, or twice");
}

#[test]
fn a_table_in_a_bucket_has_the_rows_that_a_local_one_has() {
    let Some(store) = S3::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let input = input(&folder, 40_000);
    let want = undisturbed(&folder, &input);
    let name = unique("tables");
    let bucket = store.bucket(&name);
    let (warehouse, endpoint) = (format!("s3://{name}/lake"), store.endpoint());
    let pipeline = write(&folder, "windows.toml", &format!("{FILES}{TABLE}"));
    let place = [
        ("PASSBAND_WAREHOUSE", warehouse.as_str()),
        ("PASSBAND_CATALOG", "catalog.db"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ACCESS_KEY_ID", S3::KEY),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET),
    ];
    let set = [&[("INPUT", input.as_str()), ("SINK", "iceberg")][..], &place].concat();
    let mut process = begin(folder.path(), &pipeline, &set);
    let ended = process.wait(PATIENCE);
    assert!(ended.is_some_and(|status| status.success()), "{:#?}", process.lines(Stream::Err));
    let mut files = command(&["table", "--json", "files", "windows"], &place);
    let output = files.current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut got = Windows::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let file: Value = serde_json::from_str(line).unwrap();
        let key = file["path"].as_str().unwrap().strip_prefix(&format!("s3://{name}/")).unwrap();
        rows(&bucket.join(key), &mut got);
    }
    assert!(got == want, "{} windows of {}", got.len(), want.len());
    // missing permission to read the bucket is reported, without the secret
    let wrong = [&place[..4], &[("AWS_SECRET_ACCESS_KEY", "another-secret")]].concat();
    let output = command(&["table", "describe", "windows"], &wrong).current_dir(&folder).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("refuses access"), "{told}");
    assert!(!told.contains("another-secret"), "{told}");
}

#[test]
fn recordings_are_rows_of_a_table_that_can_be_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("music")).unwrap();
    for n in 0..3 {
        let name = format!("music/{n}.wav");
        std::fs::write(folder.path().join(name), tone(22_050, 1, 22_050 + n)).unwrap();
    }
    std::fs::write(folder.path().join("music/broken.wav"), b"no sound").unwrap();
    let words = ["analyze", "music", "-o", "iceberg:lab.features", "--features", "mfcc"];
    let output = command(&words, &[]).current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let told = &table(folder.path(), &["describe", "lab.features"], None)[0];
    assert_eq!((told["rows"].as_u64(), told["files"].as_u64()), (Some(3), Some(1)), "{told}");
    let columns: Vec<&str> =
        told["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    for name in ["file_path", "mfcc_features", "_source", "_run"] {
        assert!(columns.contains(&name), "{name} of {columns:?}");
    }
    let history = table(folder.path(), &["history", "lab.features"], None);
    assert_eq!((history.len(), history[0]["added"].as_u64()), (1, Some(3)));
    assert_eq!(table(folder.path(), &["list"], None)[0]["table"], "lab.features");
    assert!(folder.path().join("lab.features.refused.ndjson").is_file());
    assert!(folder.path().join("warehouse/lab/features/metadata/version-hint.text").is_file());

    let sql = |statement: &str| {
        let output =
            command(&["sql", statement, "--format", "json"], &[]).current_dir(&folder).output().unwrap();
        (output.status.code(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
    };
    let count = |of: &str| sql(&format!("SELECT count(*) AS n FROM {of}"));
    assert_eq!(count("lab.features"), (Some(0), "{\"n\":3}\n".into()));
    let output = command(&words, &[]).current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert_eq!(count("lab.features"), (Some(0), "{\"n\":6}\n".into()));
    assert_eq!(count("lab.features FOR VERSION AS OF 1"), (Some(0), "{\"n\":3}\n".into()));
    // analyzed twice: the newest of each content, and of each path
    assert_eq!(count("latest(lab.features)"), (Some(0), "{\"n\":3}\n".into()));
    assert_eq!(count("latest(lab.features, by => 'file_path')"), (Some(0), "{\"n\":3}\n".into()));
    let runs =
        "SELECT count(DISTINCT _run) AS runs, max(_run) = (SELECT max(_run) FROM lab.features) AS newest";
    let newest = sql(&format!("{runs} FROM latest(lab.features)"));
    assert_eq!(newest, (Some(0), "{\"runs\":1,\"newest\":true}\n".into()));
    let (code, told) = count("latest(lab.features, by => 'pth')");
    assert!(code != Some(0) && told.contains("no column pth") && told.contains("path"), "{told}");
    let (code, told) = count("lab.features FOR VERSION AS OF 9");
    assert!(
        code != Some(0) && told.contains("has no version 9") && told.contains("the newest versions are"),
        "{told}"
    );
    let (code, told) = count("lab.features FOR TIMESTAMP AS OF '2001-01-01'");
    assert!(code != Some(0) && told.contains("no version as old as that"), "{told}");
    let long = "SELECT file_path, array_length(mfcc_features) AS n FROM lab.features WHERE file_path LIKE '%2.wav' LIMIT 1";
    let (code, told) = sql(long);
    assert!(code == Some(0) && told.contains("2.wav") && told.contains("\"n\":13"), "{told}");

    if let Some(python) = Python::find() {
        let catalog = folder.path().join("warehouse/catalog.db").display().to_string();
        let told = python.run("crates/cli/tests/it/tables/read_table.py", [catalog.as_str(), "lab.features"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        let column = |name: &str| told["columns"][name].as_array().unwrap();
        assert_eq!(told["rows"], 6, "{told}");
        assert_eq!(column("file_path").len(), 6);
        assert!(column("mfcc_features").iter().all(|mfcc| mfcc.as_array().unwrap().len() == 13), "{told}");
        let [types, docs] = ["types", "docs"].map(|part| &told[part]);
        assert_eq!((&types["time"], &types["mfcc_features"]), (&"timestamptz".into(), &"list<float>".into()));
        assert!(
            docs["sample_rate"].as_str().unwrap().contains("ample rate")
                && told["units"]["sample_rate"] == "Hz",
            "{told}"
        );
    }

    let unknown = command(&["table", "describe", "lab.feature"], &[]).current_dir(&folder).output().unwrap();
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && told.contains("did you mean 'lab.features'"), "{told}");
}

#[test]
fn a_table_that_cannot_be_reached_or_is_of_others_is_told_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |words: &[&str], says: &str| {
        let output =
            command(words, &[("PASSBAND_CATALOG_TOKEN", "hidden")]).current_dir(&folder).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && told.contains(says) && !told.contains("hidden"),
            "{words:?}: {told}"
        );
    };
    std::fs::write(folder.path().join("song.wav"), tone(22_050, 1, 22_050)).unwrap();
    refused(&["table", "list"], "there is no warehouse here");
    refused(&["analyze", "song.wav", "-o", "iceberg:a b"], "is no name of a table");
    refused(&["analyze", "song.wav", "-o", "iceberg:a", "--warehouse", "ozone://v/b"], "S3 gateway");
    refused(&["analyze", "song.wav", "-o", "iceberg:a", "--catalog", "http://127.0.0.1:9"], "REST catalogue");
    refused(&["analyze", "song.wav", "--warehouse", "w"], "no effect without a table");
}
