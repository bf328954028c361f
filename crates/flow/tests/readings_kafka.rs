//! Readings written unchanged to a real Kafka broker and read back.

use passband_flow::data::{Data, Input, Reading};
use passband_flow::engine::Context;
use passband_flow::format::Choice;
use passband_flow::part::{SourcePlan, Turn};
use passband_flow::source::mqtt::Mqtt;
use passband_flow::source::pace::Pace;
use passband_flow::source::simulate::{Signal, Simulate};
use passband_flow::{Control, Pipeline, Registry, run};
use passband_signal::Share;
use passband_testbed::{Kafka, Mosquitto, unique};
use rumqttc::{Client, MqttOptions, QoS};
use std::time::Duration;

#[test]
fn each_reading_is_a_message_with_its_bytes_and_its_sensor_as_key() {
    let Some(kafka) = Kafka::shared() else { return };
    let topic = unique("readings");
    let text = format!(
        r#"
        [source]
        type = "simulate"
        signal = "sensors"
        readings = 500
        pace = "as fast as it goes"
        disorder = "10 %"
        broken = "1 %"
        recording = 1700000000000000

        [[sink]]
        type = "kafka"
        brokers = "{}"
        topic = "{topic}"
        partitions = 1
        "#,
        kafka.bootstrap()
    );
    let pipeline = Pipeline::parse(&text, "p.toml", &|_| None, &Registry::new(&[])).unwrap();
    run(&pipeline, &Control::default()).unwrap();
    let wanted = ["consume", "--topic", &topic, "--from-beginning", "--max-messages", "500"];
    let printed = kafka.run(&[&wanted[..], &["--formatter-property", "print.key=true"]].concat(), "");
    let plan = Simulate {
        signal: Signal::Sensors,
        readings: Some(500),
        pace: Pace::Fast,
        disorder: Share(0.1),
        broken: Share(0.01),
        recording: Some(1_700_000_000_000_000),
        ..Simulate::default()
    };
    let (mut source, mut batch) = (plan.open(&Context::default()).unwrap(), vec![]);
    while source.next(&mut batch).unwrap() == Turn::More {}
    let readings = batch.iter().filter_map(|input| match input {
        Input::Datum(_, _, Data::Readings(readings)) => Some(readings.iter()),
        _ => None,
    });
    let line = |reading: Reading<'_>| format!("{}\t{}", reading.key, String::from_utf8_lossy(reading.bytes));
    let right: Vec<String> = readings.flatten().map(line).collect();
    assert_eq!(right.len(), 500);
    assert!(
        printed.lines().eq(right.iter().map(String::as_str)),
        "{}",
        printed.lines().next().unwrap_or_default()
    );
}

/// Length of a window in seconds; each window has the same number of readings of each of the five sensors.
const WINDOW: i64 = 10;

/// One reading every 20 ms, from five sensors in turn; the order within each second is reversed.
fn message(n: i64) -> (String, String) {
    let (second, within) = (n / 50, 49 - n % 50);
    let ms = 1_700_000_000_000 + second * 1000 + within * 20;
    (format!("plant/Sensor{}", within % 5), format!("{{\"ts\": {ms}, \"value\": {within}}}"))
}

#[test]
fn windows_are_emitted_once_whenever_the_process_stops() {
    let Some(server) = Mosquitto::start() else { return };
    let Some(kafka) = Kafka::shared() else { return };
    let topic = unique("windows");
    let text = format!(
        r#"
        [source]
        type = "mqtt"
        broker = "{}"
        topics = "plant/{{key}}"

        [window]
        type = "tumbling"
        length = "{WINDOW} s"
        grace = "1 s"

        [[transform]]
        type = "aggregate"
        output = {{ key = "key", end = "end", n = "readings" }}

        [[sink]]
        type = "kafka"
        brokers = "{}"
        topic = "{topic}"
        partitions = 1
        format = "json"
        delivery = "exactly_once"
        "#,
        server.url(),
        kafka.bootstrap()
    );
    let pipeline = Pipeline::parse(&text, &format!("{topic}.toml"), &|_| None, &Registry::new(&[])).unwrap();
    // from here on the broker keeps the messages of the session
    let session = Mqtt {
        broker: server.url(),
        topics: vec!["plant/{key}".into()],
        format: Choice::named("json").unwrap(),
        client_id: Some(topic.clone()),
        username: None,
        password: None,
        keep_alive: passband_signal::Duration(30.0),
        start_timeout: passband_signal::Duration(60.0),
        stream: "readings".into(),
    };
    drop(session.open(&Context::default()).unwrap());
    let options = MqttOptions::new("sender", "127.0.0.1", server.port());
    let (client, mut connection) = Client::new(options, 10_000);
    let sender = std::thread::spawn(move || while connection.recv().is_ok_and(|event| event.is_ok()) {});
    let send = |range: std::ops::Range<i64>| {
        for (topic, text) in range.map(message) {
            client.publish(topic, QoS::AtLeastOnce, false, text).unwrap();
        }
    };
    // five minutes with four restarts, and a later reading that closes the last window
    let (all, windows) = (300 * 50, 300 / WINDOW);
    for part in 0..5 {
        let control = Control::default();
        std::thread::scope(|scope| {
            let ran = scope.spawn(|| run(&pipeline, &control));
            send(part * all / 5..(part + 1) * all / 5);
            if part == 4 {
                send(all + 1000..all + 1001);
            }
            // stop in the middle of a part, and at the end after everything has arrived
            let enough = if part == 4 { windows * 5 } else { part * 30 + 20 };
            let wanted = ["consume", "--topic", &topic, "--from-beginning", "--timeout-ms", "30000"];
            let most = ["--max-messages", &enough.to_string()];
            while part == 0 && !ran.is_finished() && control.counters.out.get() < 20 {
                std::thread::sleep(Duration::from_millis(5));
            }
            kafka.run(&[&wanted[..], &most, &["--isolation-level", "read_committed"]].concat(), "");
            control.stop();
            ran.join().unwrap().unwrap();
        });
    }
    client.disconnect().unwrap();
    sender.join().unwrap();
    let wanted = ["consume", "--topic", &topic, "--from-beginning", "--timeout-ms", "3000"];
    let more = ["--isolation-level", "read_committed"];
    let printed = kafka.run(&[&wanted[..], &more].concat(), "");
    let mut given: Vec<&str> = printed.lines().collect();
    given.sort_unstable();
    let end = |window: i64| (1_700_000_000 + (window + 1) * WINDOW) * 1000;
    let row =
        |n: i64| format!("{{\"key\":\"Sensor{}\",\"end\":{},\"n\":{}}}", n % 5, end(n / 5), WINDOW * 10);
    let mut right: Vec<String> = (0..windows * 5).map(row).collect();
    right.sort_unstable();
    assert_eq!(given.len(), right.len());
    let wrong = given.iter().zip(&right).find(|(given, right)| *given != right);
    assert_eq!(wrong, None);
}
