//! MQTT topics that name the sensor and the value of a single number.

use crate::passband::{run, start, write};
use crate::publisher::Publisher;
use passband_testbed::{Mosquitto, Stream, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// A pipeline with a row per sensor for every `length` readings.
fn text(topics: &str, format: &str, values: &[&str], length: u32) -> String {
    let output: Vec<_> = values.iter().map(|name| format!(", {name} = \"{name}: count, mean\"")).collect();
    format!(
        r#"
        [source]
        type = "mqtt"
        broker = "${{MQTT_BROKER:-localhost:1883}}"
        topics = {topics}
        client_id = "${{ID:-a}}"
        format = {{ type = "json", {format} }}
        [window]
        type = "count"
        length = {length}
        [[transform]]
        type = "aggregate"
        output = {{ key = "key"{} }}
        [[sink]]
        type = "stdout"
        format = "json"
        "#,
        output.concat()
    )
}

#[test]
fn a_topic_level_names_the_value_of_a_single_number() {
    let Some(mosquitto) = Mosquitto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let format = r#"time = "arrival", values = { temperature = "temperature", humidity = "humidity" }"#;
    let file =
        write(&folder, "p.toml", &text(r#""home/{key}/{value}""#, format, &["temperature", "humidity"], 4));
    let id = unique("topics");
    let filters = ["home/+/temperature", "home/+/humidity"];
    filters.iter().for_each(|filter| crate::publisher::subscribe(mosquitto.port(), &id, filter));
    let messages = [
        ("kitchen/temperature", "21.5"),
        ("kitchen/humidity", "40"),
        ("cellar/humidity", "80"),
        // topics of other values are not subscribed to
        ("kitchen/linkquality", "255"),
        ("kitchen/temperature", "22.5"),
        ("cellar/humidity", "81"),
        ("kitchen/humidity", "42"),
        ("cellar/humidity", "82"),
        ("cellar/humidity", "85"),
    ];
    let messages = messages.map(|(topic, text)| (format!("home/{topic}"), text.to_owned()));
    let publisher = Publisher::start(mosquitto.port(), messages.to_vec());
    publisher.allow(messages.len());
    publisher.join();
    let mut process = start(&["run", "--json", &file], &[("MQTT_BROKER", &mosquitto.url()), ("ID", &id)]);
    for _ in 0..2 {
        process.wait_line("\"key\"", LIMIT);
    }
    process.interrupt();
    assert!(process.wait(LIMIT).is_some());
    let rows: BTreeMap<String, Value> = process
        .lines(Stream::Out)
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| (row["key"].as_str().unwrap().to_owned(), row))
        .collect();
    let told = process.lines(Stream::Err).join("\n");
    let value = |key: &str, value: &str, measure: &str| rows[key][value][measure].as_f64();
    assert_eq!(value("kitchen", "temperature", "mean"), Some(22.0), "{told}");
    assert_eq!(value("kitchen", "humidity", "mean"), Some(41.0));
    assert_eq!(value("kitchen", "humidity", "count"), Some(2.0));
    assert_eq!(value("cellar", "humidity", "mean"), Some(82.0));
    assert_eq!(value("cellar", "temperature", "count").unwrap_or(0.0), 0.0);
    assert_eq!(crate::passband::count(&told, "refused"), 0, "{told}");
    assert_eq!(crate::passband::count(&told, "missing_values"), 0, "{told}");
}

#[test]
fn topics_that_would_mix_quantities_are_reported_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let two = r#"time = "arrival", values = { t = "t", h = "h" }"#;
    let cases = [
        (r#""home/{key}/{value}""#, two, ""),
        (r#""home/+/{key}""#, "time = 'arrival'", ""),
        (r#""home/{key}/+""#, "time = 'ts'", ""),
        (r#""home/+/{value}""#, two, ""),
        (r#""home/{key}/{value}""#, "time = 'arrival'", "values of the format is not set"),
        (r#""home/{key}/+""#, "time = 'arrival'", "different quantities"),
        (r#""home/{key}/#""#, "no_time = 'arrival'", "different quantities"),
        (r#"["home/{key}/t", "home/{key}/h"]"#, "time = 'arrival'", "different quantities"),
        (r#""home/{key}/+""#, "key = 'id'", "reads the key from the message"),
        (r#""home/{value}""#, "records = 'senml'", "does not support it"),
        (r#""{value}""#, "values = { 'a/b' = 'c' }", "'a/b'"),
    ];
    for (topics, format, why) in cases {
        let values = match format {
            _ if format == two => vec!["t"],
            _ if format.contains("a/b") => vec![],
            _ => vec!["value"],
        };
        let file = write(&folder, "p.toml", &text(topics, format, &values, 2));
        let output = run(&["run", "--check", &file], &[]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(if why.is_empty() { 0 } else { 2 }),
            "{topics} {format}: {told}"
        );
        assert!(why.is_empty() || told.contains(why) && told.contains("\n  do: "), "{topics}: {told}");
    }
}
