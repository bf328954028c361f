//! What windows of sensor readings cost through a real Kafka, exactly once: readings a CPU second of the process that
//! runs `pipelines/sensors-kafka.toml`, both of user and of system time, all its threads.
//!
//! `cargo build --release --workspace && cargo run --release -p passband --example sensors_through_kafka`
//!
//! `pipelines/sensors-send.toml` fills a topic first. Then each round reads all of it, from the start of the process
//! until a reader of committed messages has every window: each window once, and the counts in them with what was
//! refused are all readings. The last line is the median of the rounds.

#[path = "../../../benches/broker/mod.rs"]
mod broker;

use broker::{Broker, cpu};
use clap::Parser;
use passband_testbed::{Process, unique, workspace};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a process may take to start.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Arguments {
    /// Readings sent.
    #[arg(long, default_value_t = 5_000_000)]
    readings: u64,
    /// Sensors that send them, each every 250 ms.
    #[arg(long, default_value_t = 1000)]
    sensors: u64,
    /// How often it is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The field that names each reading, so that one that comes twice is known: `id` is in those that are sent.
    #[arg(long, default_value = "")]
    id: String,
    /// The binary; without it, the one of `cargo build --release`.
    #[arg(long)]
    passband: Option<PathBuf>,
    /// Where sensors-send.toml and sensors-kafka.toml are; without it, those of the repository.
    #[arg(long)]
    pipelines: Option<PathBuf>,
    /// A folder for the broker's data; without it, the usual temporary one.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// A setting of the broker, key=value; several times, if there are several.
    #[arg(long)]
    set: Vec<String>,
    /// Send none that is late or broken, for programs that stop at one.
    #[arg(long)]
    clean: bool,
    /// After the rounds, keep the broker and the topic until Enter is pressed, for others to read.
    #[arg(long)]
    hold: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let binary = broker::binary(arguments.passband.clone());
    let within = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let own = tempfile::tempdir_in(within).expect("a folder can be made");
    let broker = Broker::start(&own.path().join("broker"), &arguments.set);
    let topic = unique("readings");
    broker.tool(&["topics", "--create", "--topic", &topic, "--partitions", "4"]);
    send(&arguments, &binary, &broker, &topic);
    let mut rates = vec![];
    for _ in 0..arguments.rounds {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let Took { wall, process, broker } = round(&arguments, &binary, &broker, &topic);
        let rate = arguments.readings as f64 / process;
        rates.push(rate);
        println!(
            "{:.3} M readings/CPU-s, {:.3} M/s by the clock: {wall:.2} s; CPU {process:.2} s processing, {broker:.2} s broker; \
             load before {}",
            rate / 1e6,
            arguments.readings as f64 / wall / 1e6,
            load.split(' ').next().unwrap_or("unknown")
        );
    }
    if arguments.hold {
        println!("topic {topic} at {}", broker.address);
        let _ = std::io::stdin().read_line(&mut String::new());
    }
    rates.sort_by(f64::total_cmp);
    println!("sensors_through_kafka: {:.0} readings/CPU-s", rates[rates.len() / 2]);
}

/// A process that runs a pipeline.
fn run(arguments: &Arguments, binary: &Path, file: &str) -> Command {
    let folder = arguments.pipelines.clone().unwrap_or_else(|| workspace().join("pipelines"));
    let mut command = Command::new(binary);
    command.arg("run").arg(folder.join(file));
    command
}

/// Fills the topic.
fn send(arguments: &Arguments, binary: &Path, broker: &Broker, topic: &str) {
    let mut command = run(arguments, binary, "sensors-send.toml");
    command.env("KAFKA_BROKERS", &broker.address).env("READINGS", topic).env("PACE", "as fast as it goes");
    command.env("SENSORS", arguments.sensors.to_string()).env("COUNT", arguments.readings.to_string());
    let (late, broken) = if arguments.clean { ("0 %", "0 %") } else { ("0.5 %", "0.1 %") };
    command.env("EVERY", "250 ms").env("LATE", late).env("BROKEN", broken).env("DOUBLED", "0 %");
    let began = Instant::now();
    let mut sender = Process::start(&mut command);
    let limit = LIMIT + Duration::from_micros(20 * arguments.readings);
    let (mut spent, mut ended) = (0.0f64, None);
    while ended.is_none() && began.elapsed() < limit {
        // of one that has ended the time is gone
        spent = spent.max(cpu(sender.id()));
        ended = sender.wait(Duration::from_millis(50));
    }
    let printed = sender.lines(passband_testbed::Stream::Err);
    assert!(ended.is_some_and(|status| status.success()), "the sender did not end well: {printed:#?}");
    let seconds = began.elapsed().as_secs_f64();
    println!("{} readings sent in {seconds:.1} s, CPU {spent:.1} s", arguments.readings);
}

/// Seconds of one round: on the clock, and on a CPU.
struct Took {
    wall: f64,
    process: f64,
    broker: f64,
}

fn round(arguments: &Arguments, binary: &Path, broker: &Broker, topic: &str) -> Took {
    let (results, refused) = (unique("windows"), unique("refused"));
    for topic in [&results, &refused] {
        broker.tool(&["topics", "--create", "--topic", topic, "--partitions", "1"]);
    }
    let reader = broker.reader(&[&results, &refused]);
    // it has its partitions, and the broker's compiler is at rest
    while reader.assignment().is_ok_and(|list| list.count() < 2) {
        let _ = reader.poll(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(2));
    let mut command = run(arguments, binary, "sensors-kafka.toml");
    command.env("KAFKA_BROKERS", &broker.address).env("READINGS", topic).env("ID", &arguments.id);
    command.env("AGGREGATES", &results).env("REFUSED", &refused).env("GROUP", unique("group"));
    command.env("IDLE_AFTER", "500 ms").env("MAX_AHEAD", "100000 h");
    let (before, began) = (cpu(broker.pid), Instant::now());
    let processing = Process::start(&mut command);
    let took = tally(arguments, &reader, &results, &processing, began);
    let took = Took { wall: took, process: cpu(processing.id()), broker: cpu(broker.pid) - before };
    drop(processing);
    for topic in [&results, &refused] {
        broker.tool(&["topics", "--delete", "--topic", topic]);
    }
    took
}

/// Reads until all readings are accounted for: each window once, and nothing lost; gives the seconds since `began`.
fn tally(
    arguments: &Arguments,
    reader: &BaseConsumer,
    results: &str,
    processing: &Process,
    began: Instant,
) -> f64 {
    let (mut windows, mut counted, mut refused) = (HashSet::new(), 0, 0);
    while counted + refused < arguments.readings {
        let Some(message) = reader.poll(Duration::from_millis(20)) else {
            let limit = LIMIT + Duration::from_micros(20 * arguments.readings);
            let told = processing.lines(passband_testbed::Stream::Err);
            assert!(
                began.elapsed() < limit && !told.iter().any(|line| line.starts_with("error")),
                "{counted} readings in {} windows and {refused} refused, of {}; it says {told:#?}",
                windows.len(),
                arguments.readings,
            );
            continue;
        };
        let message = message.expect("the broker answers");
        if message.topic() != results {
            refused += 1;
            continue;
        }
        let row: serde_json::Value =
            serde_json::from_slice(message.payload().unwrap_or_default()).expect("a result is JSON");
        let end = row["time"].as_i64().expect("it has an end");
        assert!(windows.insert((message.key().map(<[u8]>::to_vec), end)), "{row} came twice");
        counted += row["temperature"]["count"].as_u64().expect("it has a count");
    }
    let took = began.elapsed().as_secs_f64();
    assert_eq!(counted + refused, arguments.readings);
    let bad = !arguments.clean && arguments.readings >= 10_000;
    assert_eq!(refused > 0, bad, "those that are broken are refused, and no others: {refused}");
    took
}
