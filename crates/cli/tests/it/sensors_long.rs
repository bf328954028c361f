//! A window of a day: a process that is killed resumes without reading the day again.

use crate::log::{Log, Writer};
use crate::passband::{count, pipeline, start, write};
use passband_testbed::{Kafka, Process, Stream, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const SENSORS: i64 = 20;
const MINUTE: i64 = 60_000;
const DAY: i64 = 1440;
/// Midnight.
const BEGIN: i64 = 1_709_251_200_000;

/// A reading of each sensor in each of these minutes, with the minute as its value.
fn send(writer: &Writer, minutes: std::ops::Range<i64>) {
    for minute in minutes {
        for sensor in 0..SENSORS {
            let ts = BEGIN + minute * MINUTE + sensor * 100;
            let text = format!(r#"{{"ts": {ts}, "value": {minute}, "id": "{minute}/{sensor}"}}"#);
            writer.write(Some(0), &format!("Sensor{sensor}"), text.as_bytes());
        }
    }
    writer.flush();
}

#[test]
fn a_window_of_a_day_resumes_without_a_replay() {
    let Some(kafka) = Kafka::shared() else { return };
    let [readings, results, refused, panes, group] =
        ["raw", "windows", "refused", "panes", "group"].map(unique);
    for topic in [&readings, &results, &refused] {
        kafka.run(&["topics", "--create", "--topic", topic, "--partitions", "1"], "");
    }
    let text = std::fs::read_to_string(pipeline("sensors-kafka.toml")).unwrap();
    let (before, rest) = text.split_once("[window]").unwrap();
    let (_, after) = rest.split_once("[[transform]]").unwrap();
    let keep = format!(
        "[[sink]]\ntype = \"kafka\"\nbrokers = \"{}\"\ndata = \"panes\"\ntopic = \"{panes}\"\n\
         delivery = \"exactly_once\"\ncommit_every = \"200 ms\"\npartitions = 1\n",
        kafka.bootstrap()
    );
    let folder = tempfile::tempdir().unwrap();
    let job = |window: &str| {
        let text = format!("{before}[window]\n{window}\n\n[[transform]]{after}\n{keep}");
        write(&folder, "job.toml", &text)
    };
    let begin = |window: &str| {
        let set = [
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("READINGS", &readings),
            ("AGGREGATES", &results),
            ("REFUSED", &refused),
            ("GROUP", &group),
            ("MAX_AHEAD", ""),
            ("ID", "id"),
        ];
        start(&["run", "--json", &job(window)], &set)
    };
    let day = "type = \"hopping\"\nlength = \"1 d\"\nhop = \"1 min\"";
    let writer = Writer::open(kafka.bootstrap(), &readings);
    let log = Log::open(kafka.bootstrap(), &results, 1);
    // the windows that these minutes close
    let windows = |minutes: i64| ((minutes - 1).max(0) * SENSORS) as usize;
    let wait = |process: &Process, minutes: std::ops::Range<i64>| {
        let more = windows(minutes.end) - windows(minutes.start);
        if let Err(count) = log.wait(more, PATIENCE) {
            panic!("{count} of {more}: {:#?}", process.lines(Stream::Err));
        }
    };

    // killed in the middle of the day, and again after the day, when its first hours have been released
    let mut minutes = 0;
    let mut process = begin(day);
    for until in [1200, 1500, 1600] {
        send(&writer, minutes..until);
        wait(&process, minutes..until);
        minutes = until;
        // the last data is stored too, without further readings
        std::thread::sleep(Duration::from_secs(1));
        process.kill();
        let began = Instant::now();
        process = begin(day);
        send(&writer, minutes..minutes + 1);
        minutes += 1;
        wait(&process, until..minutes);
        println!("the next result {:.1} s after the restart", began.elapsed().as_secs_f64());
    }
    process.interrupt();
    assert!(process.wait(PATIENCE).is_some_and(|status| status.success()));
    let told = process.lines(Stream::Err).join("\n");
    assert!(count(&told, "replayed") < 10 * SENSORS as u64, "not the whole day again: {told}");
    assert_eq!(count(&told, "in"), SENSORS as u64, "{told}");

    let mut seen = BTreeMap::new();
    for entry in Log::open(kafka.bootstrap(), &results, 1).all() {
        let row: Value = serde_json::from_slice(&entry.value).unwrap();
        let end = (row["time"].as_i64().unwrap() - BEGIN) / MINUTE;
        let value = |name: &str| row["temperature"][name].as_f64().unwrap();
        let first = (end - DAY).max(0);
        let want = [(end - first) as f64, first as f64, (end - 1) as f64, (first + end - 1) as f64 / 2.0];
        assert_eq!(["count", "min", "max", "mean"].map(value), want, "{row}");
        assert!(seen.insert((entry.key, end), ()).is_none(), "twice: {row}");
    }
    assert_eq!(seen.len(), windows(minutes));

    // stored panes belong to these windows only, and a start with others is an error
    let process = begin("type = \"tumbling\"\nlength = \"1 d\"");
    let told = ended(process);
    assert!(told.contains("other windows or measures") && told.contains("use another group"), "{told}");
}

/// The output of a process that fails.
fn ended(mut process: Process) -> String {
    let status = process.wait(PATIENCE);
    let told = process.lines(Stream::Err).join("\n");
    assert!(status.is_some_and(|status| !status.success()), "it runs, or ended well: {told}");
    told
}
