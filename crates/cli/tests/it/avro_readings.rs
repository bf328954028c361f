//! Readings in Avro with other schemas, by the setting `schema`, over Kafka and MQTT.

use crate::avro::written;
use crate::passband::{count, run, start, write};
use crate::topic::{self, read};
use passband_testbed::{Kafka, Mosquitto, Python, Stream, unique};
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// A union, a nested record, an enum, a timestamp in ms, and fields that are not selected.
const SCHEMA: &str = r#"{
    "type": "record", "name": "Measured", "namespace": "com.example", "fields": [
        {"name": "device", "type": {"type": "record", "name": "Device", "fields": [
            {"name": "id", "type": "string"}, {"name": "tags", "type": {"type": "map", "values": "string"}}]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "temp", "type": ["null", "double"]},
        {"name": "door", "type": {"type": "enum", "name": "Door", "symbols": ["SHUT", "OPEN"]}},
        {"name": "raw", "type": {"type": "array", "items": "int"}}
    ]
}"#;

/// The settings of a format for such messages.
fn format(more: &str, schema: &str) -> String {
    format!(
        r#"{{ type = "avro", schema = '''{schema}''', key = "device.id", time = "at", values = ["t=temp", "door"], words = {{ OPEN = 1, SHUT = 0 }}, {more} }}"#
    )
}

fn records() -> Value {
    let record = |id: &str, second: i64, temp: Value, door: &str| {
        json!({"device": {"id": id, "tags": {"room": "3"}}, "at": 1_709_294_400_000i64 + 1000 * second,
               "temp": temp, "door": door, "raw": [1, 2, 3]})
    };
    json!([
        record("boiler", 0, json!(21.5), "SHUT"),
        record("hall", 1, json!(null), "OPEN"),
        record("boiler", 2, json!(22.5), "OPEN"),
        record("boiler", 3, json!(null), "SHUT"),
    ])
}

fn encoded(python: &Python, framing: &str) -> Vec<Vec<u8>> {
    written(|file| {
        python
            .run("crates/cli/tests/avro/encode_records.py", [SCHEMA, &records().to_string(), framing, file]);
    })
}

/// A pipeline with a row per sensor and window.
fn rows(lines: &[String]) -> BTreeMap<String, Value> {
    let rows = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row)).collect()
}

fn check(rows: &BTreeMap<String, Value>) {
    let value = |key: &str, value: &str, measure: &str| rows[key][value][measure].as_f64();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(value("boiler", "t", "count"), Some(2.0));
    assert_eq!(value("boiler", "t", "mean"), Some(22.0));
    assert_eq!(value("boiler", "door", "max"), Some(1.0));
    assert_eq!(value("hall", "door", "mean"), Some(1.0));
    assert_eq!(value("hall", "t", "count").unwrap_or(0.0), 0.0);
    assert_eq!(rows["boiler"]["start"].as_i64(), Some(1_709_294_400_000));
}

const WINDOW: &str = r#"
[window]
type = "tumbling"
length = "10 s"
[[transform]]
type = "aggregate"
output = { key = "key", start = "start", t = "t: count, mean", door = "door: max, mean" }
"#;

#[test]
fn readings_of_any_schema_are_read_from_kafka_plain_and_framed() {
    let Some(kafka) = Kafka::shared() else { return };
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "measured.avsc", SCHEMA);
    for (framing, more, schema) in
        [("plain", "framing = \"plain\"", &file[..]), ("confluent:77", "framing = \"confluent\"", SCHEMA)]
    {
        let [measured, refused] = ["measured", "refused"].map(unique);
        let mut messages = encoded(&python, framing);
        // truncated, of another schema, and without a frame
        messages.push(messages[0][..messages[0].len() - 2].to_vec());
        messages.push([&messages[0][..], b"\0"].concat());
        messages.push(b"\x01not Avro at all".to_vec());
        let keyed: Vec<(&str, &[u8])> = messages.iter().map(|m| ("", &m[..])).collect();
        topic::write(kafka.bootstrap(), &measured, &keyed);
        let text = format!(
            r#"
            [source]
            type = "kafka"
            brokers = "{0}"
            topic = "{measured}"
            data = "readings"
            until = "end"
            format = {1}
            {WINDOW}
            [[sink]]
            type = "stdout"
            [[sink]]
            type = "kafka"
            brokers = "{0}"
            topic = "{refused}-windows"
            partitions = 1
            format = "json"
            refused = "{refused}"
            "#,
            kafka.bootstrap(),
            format(more, schema)
        );
        let output = run(&["run", "--json", &write(&folder, "p.toml", &text)], &[]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{framing}: {told}");
        let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        check(&rows(&lines));
        let counts = ["in", "folded", "refused"].map(|name| count(&told, name));
        assert_eq!(counts, [7, 4, 3], "{framing}: {told}");
        let set_aside = read(kafka.bootstrap(), &refused, 3, LIMIT);
        for (record, message) in set_aside.iter().zip(&messages[4..]) {
            assert_eq!(record.value, *message);
            let reason = &record.headers.iter().find(|(name, _)| name == "reason").unwrap().1;
            assert!(reason.contains("not an Avro datum of readings"), "{reason}");
        }
    }
}

#[test]
fn readings_of_any_schema_are_read_from_mqtt() {
    let Some(mosquitto) = Mosquitto::start() else { return };
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let id = unique("avro");
    crate::publisher::subscribe(mosquitto.port(), &id, "measured");
    let messages = encoded(&python, "confluent:5");
    let (client, mut connection) =
        Client::new(MqttOptions::new(unique("sender"), "127.0.0.1", mosquitto.port()), 10);
    for message in &messages {
        client.publish("measured", QoS::AtLeastOnce, false, &message[..]).unwrap();
    }
    let mut answers = 0;
    while answers < messages.len() {
        answers +=
            usize::from(matches!(connection.recv().unwrap().unwrap(), Event::Incoming(Packet::PubAck(_))));
    }
    let text = format!(
        r#"
        [source]
        type = "mqtt"
        broker = "{}"
        topics = "measured"
        client_id = "{id}"
        format = {}
        {}
        [[sink]]
        type = "stdout"
        "#,
        mosquitto.url(),
        format("framing = \"confluent\"", SCHEMA),
        WINDOW.replace("length = ", "idle_after = \"1 s\"\nlength = "),
    );
    let mut process = start(&["run", "--json", &write(&folder, "p.toml", &text)], &[]);
    process.wait_line("boiler", LIMIT);
    process.wait_line("hall", LIMIT);
    process.interrupt();
    assert!(process.wait(LIMIT).is_some());
    check(&rows(&process.lines(Stream::Out)));
    let told = process.lines(Stream::Err).join("\n");
    assert_eq!(["in", "folded"].map(|name| count(&told, name)), [4, 4], "{told}");
}
