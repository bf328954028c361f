//! A broker for measurements through Kafka, and the cost of processes.

use passband_testbed::{Held, unique, workspace};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

/// A broker with production settings, with its compiler at full optimisation; it ends with this process.
pub struct Broker {
    pub address: String,
    pub folder: PathBuf,
    pub pid: u32,
    _held: Held,
}

impl Broker {
    pub fn start(folder: &Path, settings: &[String]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("there is a free port").port() % 20_000 + 12_000;
        let mut command = Command::new(workspace().join("services/kafka/kafka"));
        command.args(["hold", "--port", &port.to_string(), "--dir"]).arg(folder);
        // measured data is not retained
        command.args(["--set", "log.segment.delete.delay.ms=500"]);
        settings.iter().for_each(|setting| {
            command.args(["--set", setting]);
        });
        let mut held = Held::new(command.stdout(Stdio::piped())).expect("services/kafka/kafka runs");
        let mut address = String::new();
        let out = held.child().stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut address).expect("it prints its address");
        let pid = std::fs::read_to_string(folder.join("1.pid")).ok().and_then(|pid| pid.trim().parse().ok());
        let Some(pid) = pid.filter(|_| !address.is_empty()) else {
            eprintln!("error: the broker does not start\n  do: services/install");
            exit(1);
        };
        Self { address: address.trim().into(), folder: folder.into(), pid, _held: held }
    }

    /// Runs one of Kafka's own tools.
    pub fn tool(&self, arguments: &[&str]) {
        let mut command = Command::new(workspace().join("services/kafka/kafka"));
        command.args(arguments).env("PASSBAND_KAFKA_DIR", &self.folder).stdout(Stdio::null());
        assert!(command.status().is_ok_and(|status| status.success()), "kafka {}", arguments.join(" "));
    }

    /// A consumer of committed messages, from the beginning.
    pub fn reader(&self, topics: &[&str]) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address).set("group.id", unique("reader"));
        config.set("isolation.level", "read_committed").set("auto.offset.reset", "earliest");
        let reader: BaseConsumer =
            config.set("fetch.wait.max.ms", "50").create().expect("the settings are known");
        reader.subscribe(topics).expect("topics have names");
        reader
    }
}

/// The given binary, or otherwise the one that was built next to this example; without one, this process ends.
pub fn binary(given: Option<PathBuf>) -> PathBuf {
    let beside = || {
        let here = std::env::current_exe().unwrap_or_default();
        let target = here.parent().and_then(|examples| examples.parent());
        target.map(|target| target.join("passband")).unwrap_or_default()
    };
    let binary = given.unwrap_or_else(beside);
    if !binary.is_file() {
        let shown = binary.display();
        eprintln!(
            "error: there is no {shown}\n  do: cargo build --release --workspace, or give --passband PATH"
        );
        exit(1);
    }
    binary
}

/// CPU time of a process in seconds, with a resolution of 0.01 s; 0 if it has ended.
pub fn cpu(pid: u32) -> f64 {
    let line = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = line.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
