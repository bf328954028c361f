//! Readings over MQTT to Kafka, with kills of the process and restarts of the broker: each window is delivered once,
//! and no reading is lost, counted twice or reported twice.

use crate::definition::{Hopping, said};
use crate::disasters::Random;
use crate::log::{Entry, Log};
use crate::passband::{pipeline, start};
use crate::publisher::Publisher;
use passband_testbed::{Kafka, Mosquitto, Process, Stream, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The interval between two readings, in ms.
const EVERY: i64 = 20;
const READINGS: i64 = 40_000;
const KILLS: i64 = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// Reading number `n`, and its sensor: 5 % arrive up to 800 ms late, 0.5 % two minutes late, 0.1 % are invalid.
fn reading(random: &mut Random, n: i64) -> (String, String) {
    let ms = n * EVERY;
    let ms = match random.below(1000) {
        0..5 if ms > 180_000 => ms - 120_000,
        5..55 => (ms - random.below(800) as i64).max(0),
        _ => ms,
    };
    let (minute, second, ms) = (ms / 60_000, ms / 1000 % 60, ms % 1000);
    let value = random.below(1000) as f64 / 8.0;
    let ts = format!("2024-03-01T12:{minute:02}:{second:02}.{ms:03}");
    let mut text = format!(r#"{{"id": {n}, "ts": "{ts}", "value": {value}}}"#);
    if random.below(1000) == 0 {
        text.truncate(text.len() / 2);
    }
    (format!("Sensor{}", random.below(20)), text)
}

#[test]
fn no_reading_is_lost_or_repeated_over_kills_and_broker_restarts() {
    let Some(mut mosquitto) = Mosquitto::start() else { return };
    let Some(kafka) = Kafka::shared() else { return };
    let [results, refused, instance] = ["windows", "refused", "mqtt"].map(unique);
    for topic in [&results, &refused] {
        kafka.run(&["topics", "--create", "--topic", topic, "--partitions", "1"], "");
    }
    let url = mosquitto.url();
    let begin = || -> Process {
        let set = [
            ("MQTT_BROKER", url.as_str()),
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("AGGREGATES", &results),
            ("REFUSED", &refused),
            ("INSTANCE", &instance),
            ("IDLE_AFTER", ""),
            ("GRACE", "5 s"),
            ("ID", "id"),
        ];
        start(&["run", "--json", &pipeline("sensors-mqtt.toml")], &set)
    };
    // from now on the broker stores messages for it
    crate::publisher::subscribe(mosquitto.port(), &instance, "sensors/+/temperature");
    let mut random = Random::new();
    let all: Vec<(String, String)> = (0..READINGS).map(|n| reading(&mut random, n)).collect();
    let message = |(key, text): &(String, String)| (format!("sensors/{key}/temperature"), text.clone());
    let publisher = Publisher::start(mosquitto.port(), all.iter().map(message).collect());
    let mut process = begin();
    for kill in 1..=KILLS {
        publisher.allow((READINGS * kill / KILLS) as usize);
        random.pause(200, 1000);
        process.kill();
        if [5, 10, 15].contains(&kill) {
            // a killed broker would lose unsaved messages; a regular stop persists the session and its queue
            mosquitto.stop();
            random.pause(100, 500);
            mosquitto.restart();
        }
        process = begin();
        if [7, 13].contains(&kill) {
            // while a process is running
            random.pause(300, 1000);
            mosquitto.stop();
            mosquitto.restart();
        }
    }
    let times = publisher.join();
    // closes the last windows, and stays open itself
    let last = ("last".to_owned(), r#"{"id": "last", "ts": "2024-03-02T12:00:00", "value": 0}"#.to_owned());
    let end = Publisher::start(mosquitto.port(), vec![message(&last)]);
    end.allow(1);
    end.join();
    // a process that starts while the broker is unreachable ends immediately
    if process.wait(Duration::ZERO).is_some() {
        process = begin();
    }

    let place = |(at, (key, text)): (usize, &(String, String))| Entry {
        partition: 0,
        offset: at as i64,
        key: key.clone(),
        value: text.clone().into_bytes(),
        headers: vec![],
    };
    let sent: Vec<Entry> = all.iter().chain([&last]).enumerate().map(place).collect();
    let mut want = said(&sent, || Hopping::seconds(10, 10, 5));
    let log = |topic: &str| Log::open(kafka.bootstrap(), topic, 1);
    if let Err(count) = log(&results).wait(want.table.len(), PATIENCE) {
        panic!("{count} of {} windows: {:#?}", want.table.len(), process.lines(Stream::Err));
    }
    process.interrupt();
    assert!(process.wait(PATIENCE).is_some());
    for entry in log(&results).all() {
        let row: Value = serde_json::from_slice(&entry.value).unwrap();
        let end = row["time"].as_i64().unwrap() * 1000;
        let of = (entry.key, end - 10_000_000, end);
        let Some(cell) = want.table.remove(&of) else { panic!("{of:?} came twice or is none: {row}") };
        let value = |name: &str| row["temperature"][name].as_f64().unwrap();
        let count = row["temperature"]["count"].as_u64().unwrap();
        let got = (count, value("min"), value("max"));
        assert_eq!(got, (cell.count, cell.least, cell.greatest), "{of:?}");
        assert!((value("mean") * count as f64 - cell.sum).abs() < 1e-9 * cell.sum.max(1.0), "{of:?}: {row}");
    }
    assert!(want.table.is_empty(), "missing: {:?}", want.table.first_key_value());
    // late and invalid readings are reported as often as they were sent
    let mut told: BTreeMap<Vec<u8>, (String, usize)> = BTreeMap::new();
    for entry in log(&refused).all() {
        let reason = entry.headers.into_iter().find(|(name, _)| name == "reason").unwrap().1;
        told.entry(entry.value).or_insert((reason, 0)).1 += 1;
    }
    let (late, broken) = (want.late.len(), want.refused.len());
    println!("{} readings: {} folded, {late} late, {broken} refused", sent.len(), want.folded);
    assert!(late > 0 && broken > 0);
    for (_, at) in want.late.iter().chain(&want.refused) {
        let (text, late) = (&sent[*at as usize].value, want.late.contains(&(0, *at)));
        let (reason, count) = told.remove(text).expect("it is told of");
        assert_eq!(reason.starts_with("late"), late, "{reason}");
        let sent = times[*at as usize];
        assert!(count <= sent, "{reason}: {count} times, and sent {sent} times");
    }
    assert!(told.is_empty(), "{told:?}");
}
