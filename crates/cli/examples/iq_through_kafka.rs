//! How fast I/Q files go through a real Kafka, each exactly once, with everything on one machine: the sender
//! (`pipelines/axion-send.toml`), the broker and the processing (`pipelines/axion-process.toml`).
//!
//! `cargo build --release --workspace && cargo run --release -p passband --example iq_through_kafka`
//!
//! The time begins when the sender is started and ends when a reader of committed messages has the last file's result.
//! The last line is the median of the rounds.

#[path = "../../../benches/broker/mod.rs"]
mod broker;
#[path = "../../../benches/pairs/mod.rs"]
mod pairs;

use broker::{Broker, cpu};
use clap::Parser;
use passband_testbed::{Process, unique, workspace};
use rdkafka::Message;
use rdkafka::consumer::Consumer;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
/// All samples of a file are in scans.
const SCANS: u64 = pairs::FILE / 3072;

#[derive(Parser)]
struct Arguments {
    /// Pairs of files sent.
    #[arg(long, default_value_t = 60)]
    pairs: u64,
    /// Scans in a message.
    #[arg(long, default_value_t = 40)]
    scans: u64,
    /// How often it is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Processes that share the processing.
    #[arg(long, default_value_t = 1)]
    processes: usize,
    /// The binary; without it, the one of `cargo build --release`.
    #[arg(long)]
    passband: Option<PathBuf>,
    /// Where axion-send.toml and axion-process.toml are; without it, those of the repository.
    #[arg(long)]
    pipelines: Option<PathBuf>,
    /// A folder for the files and the broker's data, 9 GB with 60 pairs; without it, the usual temporary one.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// A setting of the broker, key=value; several times, if there are several.
    #[arg(long)]
    set: Vec<String>,
}

fn main() {
    let arguments = Arguments::parse();
    let binary = broker::binary(arguments.passband.clone());
    let within = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let own = tempfile::tempdir_in(within).expect("a folder can be made");
    let input = own.path().join("input");
    std::fs::create_dir(&input)
        .and_then(|()| pairs::write(&input, arguments.pairs))
        .expect("room for a pair");
    let broker = Broker::start(&own.path().join("broker"), &arguments.set);
    let samples = (arguments.pairs * pairs::FILE) as f64;
    println!(
        "{} pairs, {:.0} million samples, {:.1} GB; {} scans a message",
        arguments.pairs,
        samples / 1e6,
        samples * 8e-9,
        arguments.scans
    );
    let mut rates = vec![];
    for _ in 0..arguments.rounds {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let Took { wall, send, broker, process } = round(&arguments, &binary, &input, &broker);
        let (rate, all) = (samples / wall / 1e6, send + broker + process);
        rates.push(rate);
        println!(
            "{rate:.1} MS/s, {:.0} MB/s: {wall:.2} s; CPU {send:.2} s sender, {broker:.2} s broker, {process:.2} s processing, \
             {all:.2} s together = {:.1} MS/CPU-s; load before {}",
            rate * 8.0,
            samples / all / 1e6,
            load.split(' ').next().unwrap_or("unknown")
        );
    }
    rates.sort_by(f64::total_cmp);
    println!("iq_through_kafka: {:.1} MS/s", rates[rates.len() / 2]);
}

/// Seconds of one round: on the clock, and on a CPU.
struct Took {
    wall: f64,
    send: f64,
    broker: f64,
    process: f64,
}

fn round(arguments: &Arguments, binary: &Path, input: &Path, broker: &Broker) -> Took {
    let names =
        ["chunks", "partials", "results", "statistics", "run", "candidates", "refused", "group", "sender"];
    let names: Vec<(String, String)> = names.iter().map(|name| (name.to_uppercase(), unique(name))).collect();
    let name = |of: &str| &*names.iter().find(|(key, _)| key == of).expect("it is named above").1;
    let folder = arguments.pipelines.clone().unwrap_or_else(|| workspace().join("pipelines"));
    let start = |file: &str, instance: &str| {
        let mut command = Command::new(binary);
        command.arg("run").arg(folder.join(file)).env("INPUT", input).env("FOLLOW", "no");
        command.env("KAFKA_BROKERS", &broker.address).env("SCANS", arguments.scans.to_string());
        command.env("BLOCK", format!("{} samples", arguments.scans * 3072)).env("INSTANCE", instance);
        command.envs(names.iter().filter(|(key, _)| key != "SENDER").cloned());
        Process::start(&mut command)
    };
    broker.tool(&["topics", "--create", "--topic", name("CHUNKS"), "--partitions", "4"]);
    let processing: Vec<Process> =
        (1..=arguments.processes).map(|number| start("axion-process.toml", &number.to_string())).collect();
    await_topic(broker, name("RESULTS"));
    // the partitions are shared out by then, and the broker's compiler is at rest
    std::thread::sleep(Duration::from_secs(6));
    let reader = broker.reader(&[name("RESULTS")]);
    let parts = || (processing.iter().map(|p| cpu(p.id())).sum::<f64>(), cpu(broker.pid));
    let (before, began) = (parts(), Instant::now());
    let sender = start("axion-send.toml", name("SENDER"));
    let mut results: Vec<Vec<u8>> = vec![];
    let mut send = 0.0f64;
    while results.len() < arguments.pairs as usize {
        if let Some(message) = reader.poll(Duration::from_millis(50)) {
            let message = message.expect("the broker answers");
            results.push(message.payload().unwrap_or_default().to_vec());
        }
        // one that has ended is known until it is waited for
        send = send.max(cpu(sender.id()));
        let stuck = began.elapsed() > LIMIT + Duration::from_secs(arguments.pairs);
        assert!(!stuck, "only {} results came", results.len());
    }
    let wall = began.elapsed().as_secs_f64();
    let after = parts();
    check(&results, arguments.pairs);
    drop((sender, processing));
    for topic in ["CHUNKS", "PARTIALS"] {
        broker.tool(&["topics", "--delete", "--topic", name(topic)]);
    }
    Took { wall, send, process: after.0 - before.0, broker: after.1 - before.1 }
}

/// Each file once, whole, with the tone where it is.
fn check(results: &[Vec<u8>], pairs: u64) {
    let mut files = BTreeSet::new();
    for result in results {
        let bins: Vec<serde_json::Value> = serde_json::from_slice(result).expect("a result is an array");
        let mean = |bin: usize| bins[bin]["data"]["mean_x"].as_f64().expect("every bin has a mean");
        let peak = (0..bins.len()).max_by(|a, b| mean(*a).total_cmp(&mean(*b))).expect("there are bins");
        let name = bins[peak]["data"]["index"].as_str().expect("every bin has a name");
        let file: u64 =
            name.split('_').next().and_then(|file| file.parse().ok()).expect("it begins with the file");
        assert_eq!((peak, bins[0]["data"]["count_x"].as_u64()), (pairs::BIN, Some(SCANS)), "file {file}");
        assert!(files.insert(file), "file {file} came twice");
    }
    assert_eq!(files, (0..pairs).collect());
}

/// Waits until a process has made a topic.
fn await_topic(broker: &Broker, topic: &str) {
    let (reader, end) = (broker.reader(&[topic]), Instant::now() + LIMIT);
    let there = |known: &rdkafka::metadata::Metadata| known.topics().iter().any(|t| t.name() == topic);
    while !reader.fetch_metadata(None, LIMIT).is_ok_and(|known| there(&known)) {
        assert!(Instant::now() < end, "no process made the topic {topic}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
