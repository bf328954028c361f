//! A pipeline waits for its broker at the start, and reports this; without a broker it fails.

use crate::passband::{run, start, write};
use crate::topic;
use passband_testbed::{Kafka, Mosquitto, Process, Stream, unique};
use std::net::TcpListener;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// A pipeline that passes readings through.
fn text(source: &str, sink: &str) -> String {
    format!("[source]\n{source}\nformat = 'json'\n[[sink]]\n{sink}\n")
}

/// The note about the wait.
const WAITS: &str = "waiting for it";

fn waits(process: &Process, broker: &str) {
    let note = process.wait_line(WAITS, LIMIT);
    assert!(note.contains(broker) && note.contains("up to 100 s"), "{note}");
}

#[test]
fn a_start_waits_for_its_broker() {
    let Some(kafka) = Kafka::start() else { return };
    let Some(mut mosquitto) = Mosquitto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [topic, out, id] = ["readings", "out", "start"].map(unique);
    let reading = |n: i64| format!("{{\"ts\": {}, \"value\": {n}}}", 1_709_294_400 + n);
    topic::write(kafka.bootstrap(), &topic, &[("a", reading(1))]);
    crate::publisher::subscribe(mosquitto.port(), &id, "a/b");
    let begin = |name: &str, source: &str, sink: &str| {
        let file = write(&folder, name, &text(&format!("{source}\nstart_timeout = '100 s'"), sink));
        start(&["run", "--json", &file], &[])
    };
    let of_kafka = format!("type = 'kafka'\nbrokers = '{}'\n", kafka.bootstrap());
    let from_kafka = format!("{of_kafka}topic = '{topic}'\ndata = 'readings'\n");
    let from_mqtt =
        format!("type = 'mqtt'\nbroker = '{}'\nclient_id = '{id}'\ntopics = 'a/b'\n", mosquitto.url());
    let to_kafka = format!("{of_kafka}topic = '{out}'\npartitions = 1\nstart_timeout = '100 s'");
    kafka.kill();
    mosquitto.stop();
    // with and without positions, reading and writing
    let mut grouped = begin("grouped.toml", &format!("{from_kafka}group = '{id}'"), "type = 'stdout'");
    let mut alone = begin("alone.toml", &from_kafka, "type = 'stdout'");
    let mut bridge = begin("bridge.toml", &from_mqtt, &to_kafka);
    waits(&grouped, kafka.bootstrap());
    waits(&alone, kafka.bootstrap());
    waits(&bridge, &mosquitto.url()["mqtt://".len()..]);
    mosquitto.restart();
    // now it waits for the broker of its sink
    let end = std::time::Instant::now() + LIMIT;
    while bridge.lines(Stream::Err).iter().filter(|line| line.contains(WAITS)).count() < 2 {
        assert!(std::time::Instant::now() < end, "{:?}", bridge.lines(Stream::Err));
        std::thread::sleep(Duration::from_millis(20));
    }
    let publisher =
        crate::publisher::Publisher::start(mosquitto.port(), vec![("a/b".to_owned(), reading(2))]);
    publisher.allow(1);
    publisher.join();
    kafka.restart();
    grouped.wait_line("\"value\":1", LIMIT);
    alone.wait_line("\"value\":1", LIMIT);
    let sent = topic::read(kafka.bootstrap(), &out, 1, LIMIT);
    assert_eq!(sent[0].value, reading(2).as_bytes());
    for process in [&mut grouped, &mut alone, &mut bridge] {
        process.interrupt();
        let told = |process: &Process| process.lines(Stream::Err).join("\n");
        assert_eq!(process.wait(LIMIT).and_then(|status| status.code()), Some(0), "{}", told(process));
        // printed once per broker
        let notes = process.lines(Stream::Err).iter().filter(|line| line.contains(WAITS)).count();
        assert!(notes <= 2, "{}", told(process));
    }
}

#[test]
fn a_missing_broker_is_an_error_after_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let stdout = "type = 'stdout'";
    let kafka = |at: &str| format!("type = 'kafka'\nbrokers = '{at}'\ntopic = 't'\ndata = 'readings'");
    let mqtt = |at: &str| format!("type = 'mqtt'\nbroker = '{at}'\ntopics = 'a'");
    for (source, told) in [
        (kafka(&nobody), format!("no Kafka broker answers at {nobody}")),
        (mqtt(&nobody), format!("no MQTT broker answers at {nobody}")),
        (
            kafka("no-such-host.invalid:9092"),
            "the host of the Kafka broker no-such-host.invalid:9092 cannot be resolved".into(),
        ),
        (
            mqtt("no-such-host.invalid"),
            "the host of the MQTT broker no-such-host.invalid:1883 cannot be resolved".into(),
        ),
    ] {
        for (limit, waits) in [("1 s", true), ("0 s", false)] {
            let source = format!("{source}\nstart_timeout = '{limit}'");
            let output = run(&["run", &write(&folder, "p.toml", &text(&source, stdout))], &[]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(&format!("error: {told}")) && said.contains("\n  do: "), "{said}");
            // librdkafka takes longer than a second to detect a missing broker
            let can_wait = waits && source.contains("mqtt");
            assert!(!can_wait || said.contains(WAITS), "{said}");
            assert!(waits || !said.contains(WAITS), "{said}");
        }
    }
}
