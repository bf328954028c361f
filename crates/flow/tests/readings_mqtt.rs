//! The source `mqtt` with a real mosquitto: new and redelivered messages, and broker restarts.

use passband_flow::config::{Node, Raw, Secret, Value};
use passband_flow::data::{Data, Input, Position, Positions};
use passband_flow::engine::Context;
use passband_flow::format::Choice;
use passband_flow::part::{Source, SourcePlan, Turn};
use passband_flow::source::mqtt::Mqtt;
use passband_signal::{Duration, Fault};
use passband_testbed::Mosquitto;
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use std::process::Command;
use std::time::{Duration as Time, Instant};

const LIMIT: Time = Time::from_secs(30);

fn settings(server: &Mosquitto) -> Mqtt {
    Mqtt {
        broker: server.url(),
        topics: vec!["plant/{key}/temperature".into(), "hall/#".into()],
        format: Choice::named("json").unwrap(),
        client_id: Some("passband-test".into()),
        username: None,
        password: None,
        keep_alive: Duration(5.0),
        start_timeout: Duration(60.0),
        stream: "sensors".into(),
    }
}

/// Publishes messages and waits until the broker has acknowledged them.
fn send(server: &Mosquitto, messages: &[(&str, QoS, bool, String)]) {
    let options = MqttOptions::new("sender", "127.0.0.1", server.port());
    let (client, mut connection) = Client::new(options, messages.len() + 1);
    for (topic, qos, retain, text) in messages {
        client.publish(*topic, *qos, *retain, text.as_bytes()).unwrap();
    }
    let wanted = messages.iter().filter(|(_, qos, ..)| *qos == QoS::AtLeastOnce).count();
    let (mut heard, mut sent) = (0, 0);
    while heard < wanted || sent < messages.len() {
        match connection.recv().unwrap().unwrap() {
            Event::Incoming(Packet::PubAck(_)) => heard += 1,
            Event::Outgoing(rumqttc::Outgoing::Publish(_)) => sent += 1,
            _ => {}
        }
    }
    client.disconnect().unwrap();
    while connection.recv().is_ok_and(|event| event.is_ok()) {}
}

fn text(number: i64) -> String {
    format!("{{\"ts\": {}, \"value\": {number}}}", 1_700_000_000 + number)
}

fn numbers(server: &Mosquitto, range: std::ops::Range<i64>) {
    let message = |n: i64| ("plant/Sensor1/temperature", QoS::AtLeastOnce, false, text(n));
    send(server, &range.map(message).collect::<Vec<_>>());
}

#[derive(Default)]
struct Given {
    values: Vec<f64>,
    keys: Vec<String>,
    offsets: Vec<i64>,
    refused: Vec<(String, String)>,
}

impl Given {
    fn turn(&mut self, source: &mut dyn Source) -> Result<Turn, Fault> {
        let mut batch = vec![];
        let turn = source.next(&mut batch);
        for input in batch {
            match input {
                Input::Datum(_, _, Data::Readings(readings)) => readings.iter().for_each(|reading| {
                    self.values.push(reading.values[0]);
                    self.keys.push(reading.key.into());
                    self.offsets.push(reading.arrival.offset);
                }),
                Input::Refused(refusal) => {
                    self.refused.push((refusal.place, String::from_utf8(refusal.bytes).unwrap()));
                }
                other => panic!("{other:?}"),
            }
        }
        turn
    }
    fn until(&mut self, source: &mut dyn Source, count: usize) {
        let end = Instant::now() + LIMIT;
        while self.values.len() + self.refused.len() < count {
            assert!(Instant::now() < end, "{} of {count}: {:?}", self.values.len(), self.refused);
            self.turn(source).unwrap();
        }
    }
    /// Reads on for a while, so that unexpected messages would be seen.
    fn rest(&mut self, source: &mut dyn Source) {
        for _ in 0..15 {
            self.turn(source).unwrap();
        }
    }
}

fn open(settings: &Mqtt) -> Box<dyn Source> {
    settings.open(&Context::default()).unwrap()
}

fn settle(source: &dyn Source, offset: i64) {
    let position = Position { offset, ..Position::default() };
    source.settle().unwrap().settle(&Positions::from([(0, position)])).unwrap();
}

fn whole(range: std::ops::Range<i64>) -> Vec<f64> {
    range.map(|n| n as f64).collect()
}

#[test]
fn messages_are_redelivered_until_they_are_committed() {
    let Some(server) = Mosquitto::start() else { return };
    let plan = settings(&server);
    let mut given = Given::default();
    let mut source = open(&plan);
    send(
        &server,
        &[
            ("plant/Sensor1/temperature", QoS::AtLeastOnce, false, text(0)),
            ("plant/Sensor1/pressure", QoS::AtLeastOnce, false, text(-1)),
            ("hall/a/b", QoS::AtLeastOnce, false, text(1)),
            ("plant/Sensor2/temperature", QoS::AtMostOnce, false, text(2)),
            ("plant/Sensor3/temperature", QoS::AtLeastOnce, false, "{\"ts\"".into()),
        ],
    );
    given.until(&mut *source, 4);
    assert_eq!(
        (given.values, given.keys),
        (whole(0..3), ["Sensor1", "hall/a/b", "Sensor2"].map(String::from).into())
    );
    let place =
        format!("MQTT broker 127.0.0.1:{}, message 3, topic plant/Sensor3/temperature", server.port());
    assert_eq!(given.refused, [(place, "{\"ts\"".into())]);
    numbers(&server, 3..2000);
    let mut given = Given::default();
    given.until(&mut *source, 1997);
    assert_eq!(given.values, whole(3..2000));
    assert_eq!(given.offsets, (4..2001).collect::<Vec<_>>());
    // commits up to reading 499
    settle(&*source, 501);
    drop(source);
    // messages sent while no client is connected are kept
    numbers(&server, 2000..2100);
    let (mut given, mut source) = (Given::default(), open(&plan));
    given.until(&mut *source, 1600);
    given.rest(&mut *source);
    assert!(given.values == whole(500..2100), "{:?}", given.values.first());
    settle(&*source, 1600);
    drop(source);
    let (mut given, mut source) = (Given::default(), open(&plan));
    given.rest(&mut *source);
    assert_eq!(given.values, whole(0..0));
}

#[test]
fn a_killed_broker_may_restart() {
    let Some(mut server) = Mosquitto::lasting() else { return };
    let plan = settings(&server);
    let (mut given, mut source) = (Given::default(), open(&plan));
    let mut sent = 0;
    for _ in 0..3 {
        numbers(&server, sent..sent + 100);
        sent += 100;
        given.until(&mut *source, sent as usize);
        // some are acknowledged, some are not, and some acknowledgements may be lost
        settle(&*source, sent - 30);
        server.restart();
    }
    numbers(&server, sent..sent + 100);
    for count in sent as usize + 100.. {
        given.until(&mut *source, count);
        if given.values.last() == Some(&399.0) {
            break;
        }
    }
    given.rest(&mut *source);
    // acknowledgements that a killed broker had not stored lead to redelivery; first deliveries are in order
    let (mut first, mut again) = (vec![], 0);
    for value in &given.values {
        match first.last() {
            Some(last) if value <= last => again += 1,
            _ => first.push(*value),
        }
    }
    assert_eq!(first, whole(0..400));
    assert!(again <= 3 * 100, "{again} came again");
    settle(&*source, given.offsets.last().unwrap() + 1);
    given.rest(&mut *source);
    drop(source);
    let (mut given, mut source) = (Given::default(), open(&plan));
    given.rest(&mut *source);
    assert_eq!(given.values, whole(0..0));
}

#[test]
fn retained_messages_are_read_once() {
    let Some(server) = Mosquitto::start() else { return };
    send(&server, &[("hall/x", QoS::AtLeastOnce, true, text(7))]);
    for right in [&[7.0][..], &[]] {
        let (mut given, mut source) = (Given::default(), open(&settings(&server)));
        given.rest(&mut *source);
        assert_eq!(given.values, right);
        settle(&*source, 1);
    }
}

#[test]
fn credentials_are_sent_and_never_printed() {
    let Some(server) = Mosquitto::start() else { return };
    let passwords = server.folder().join("passwords");
    let made = Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&passwords)
        .args(["ada", "lovelace"])
        .status();
    assert!(made.unwrap().success());
    let file = format!("password_file {}", passwords.display());
    let Some(asking) = Mosquitto::with(&["allow_anonymous false", &file]) else { return };
    let secret = |text: &str| {
        let node = Node { line: 0, value: Raw::Text(text.into()) };
        Some(Secret::read(&node).unwrap())
    };
    let known = Mqtt { username: Some("ada".into()), password: secret("lovelace"), ..settings(&asking) };
    assert!(!format!("{known:?}").contains("lovelace"));
    drop(open(&known));
    let fault = |plan: &Mqtt| plan.open(&Context::default()).err().unwrap();
    let wrong = fault(&Mqtt { password: secret("byron-1815"), ..known.clone() });
    assert!(
        wrong.what().contains("refuses the connection") && !wrong.to_string().contains("byron"),
        "{wrong}"
    );
    assert!(!wrong.is_passing() && fault(&settings(&asking)).what().contains("refuses the connection"));
    let port = asking.port();
    drop(asking);
    let away = fault(&known);
    assert!(
        away.is_passing() && away.what() == format!("no MQTT broker answers at 127.0.0.1:{port}"),
        "{away}"
    );
}
