//! What a million sensors with open windows take: memory, and the time from a restart to the first result.
//!
//! `cargo build --release --workspace && cargo run --release -p passband --example sensors_million_keys`
//!
//! A topic of one partition gets a reading of each sensor. A process that runs `pipelines/sensors-kafka.toml` folds
//! them into windows of an hour, and is killed when it has all. Another is started; a reading that closes the windows
//! is sent; every window must come.

#[path = "../../../benches/broker/mod.rs"]
mod broker;

use broker::{Broker, cpu};
use clap::Parser;
use passband_testbed::{Process, unique, workspace};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::{ClientConfig, Message};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

const SENSORS: i64 = 1_000_000;
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Parser)]
struct Arguments {
    /// The binary; without it, the one of `cargo build --release`.
    #[arg(long)]
    passband: Option<PathBuf>,
}

fn main() {
    let binary = broker::binary(Arguments::parse().passband);
    let own = tempfile::tempdir().expect("a folder can be made");
    let broker = Broker::start(&own.path().join("broker"), &[]);
    let [readings, windows, refused, group] = ["readings", "windows", "refused", "group"].map(unique);
    for topic in [&readings, &windows, &refused] {
        broker.tool(&["topics", "--create", "--topic", topic, "--partitions", "1"]);
    }
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &broker.address).set("linger.ms", "20");
    let producer: BaseProducer = config.create().expect("a producer");
    let send = |key: &str, time: i64| {
        let value = format!(r#"{{"ts": {time}, "value": {}}}"#, time % 1000);
        while producer.send(BaseRecord::to(&readings).key(key).payload(&value)).is_err() {
            producer.poll(Duration::from_millis(5));
        }
    };
    (0..SENSORS).for_each(|n| send(&format!("Sensor{n:07}"), 1_709_294_400_000 + n));
    producer.flush(LIMIT).expect("the broker takes them");

    let start = || {
        let mut command = Command::new(&binary);
        command.arg("run").arg(workspace().join("pipelines/sensors-kafka.toml")).env("WINDOW", "1 h");
        command.env("KAFKA_BROKERS", &broker.address).env("READINGS", &readings).env("REFUSED", &refused);
        command.env("AGGREGATES", &windows).env("GROUP", &group).env("MAX_AHEAD", "");
        Process::start(&mut command)
    };
    let began = Instant::now();
    let first = start();
    while reached(&broker, &group, &readings) < SENSORS {
        assert!(began.elapsed() < LIMIT, "not all readings are folded");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (wall, spent) = (began.elapsed().as_secs_f64(), cpu(first.id()));
    println!("all folded {wall:.1} s after the start, CPU {spent:.1} s, {} MB", peak(&first));
    println!("CPU {:.1} s broker", cpu(broker.pid));
    drop(first); // kill -9

    let reader = broker.reader(&[&windows]);
    while reader.assignment().is_ok_and(|list| list.count() < 1) {
        let _ = reader.poll(Duration::from_millis(50));
    }
    let began = Instant::now();
    let second = start();
    send("last", 1_709_294_400_000 + 7_200_000);
    producer.flush(LIMIT).expect("the broker takes it");
    let (mut results, mut to_first) = (0, None);
    while results < SENSORS {
        assert!(began.elapsed() < LIMIT, "{results} results");
        let Some(message) = reader.poll(Duration::from_millis(50)) else { continue };
        let message = message.expect("the broker answers");
        assert!(message.payload().is_some_and(|row| {
            row.windows(10).any(|part| part == b"\"count\": 1," || part == b"\"count\":1,")
        }));
        to_first.get_or_insert(began.elapsed());
        results += 1;
    }
    let to_first = to_first.unwrap_or_default().as_secs_f64();
    println!(
        "first result {to_first:.1} s after the restart, all after {:.1} s",
        began.elapsed().as_secs_f64()
    );
    println!("sensors_million_keys: {} MB", peak(&second));
}

/// How far a group has read the only partition of a topic, as the position says that it commits.
fn reached(broker: &Broker, group: &str, topic: &str) -> i64 {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &broker.address).set("group.id", group);
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, 0);
    let Ok(list) = consumer.committed_offsets(list, Duration::from_secs(10)) else { return 0 };
    let position: serde_json::Value = serde_json::from_str(list.elements()[0].metadata()).unwrap_or_default();
    position["reached"].as_i64().unwrap_or(0)
}

/// The most memory a process had, in MB.
fn peak(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
}
