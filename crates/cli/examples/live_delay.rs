//! How long after it was taken a sound is seen: the time from a window's last sample to its picture in the browser,
//! through three processes and a real Kafka, once for each kind of delivery.
//!
//! `cargo build --release && cargo run --release -p passband --example live_delay -- --seconds 60`
//!
//! The last line is the 99th percentile of `exactly_once`. The delay is measured by the page itself, in the worker
//! that holds the socket, with the server's clock; pictures come at 60 a second, so it is that of every third hop.

use clap::{Parser, ValueEnum};
use passband_testbed::{Chromium, Kafka, Process, SoundServer, unique, workspace};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Arguments {
    /// How long each delivery is measured.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The binary; without it, the one of `cargo build --release`.
    #[arg(long)]
    passband: Option<PathBuf>,
    /// Where the samples come from.
    #[arg(long, value_enum, default_value_t = Input::Simulate)]
    input: Input,
    /// The page as for one who prefers less motion: it draws twice a second, and leaves the processor to the rest.
    #[arg(long)]
    blind: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Input {
    /// Made at real-time pace: each block is there when its last sample would be.
    Simulate,
    /// The monitor of a sound server's null sink.
    Sound,
}

/// Simulated samples to Kafka, instead of those of a sound card.
const SAMPLER: &str = r#"
[source]
type = "simulate"
signal = "demo"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
partitions = 1
"#;

fn main() {
    let arguments = Arguments::parse();
    let binary = arguments.passband.clone().unwrap_or_else(beside);
    if !binary.is_file() {
        eprintln!(
            "error: there is no {}\n  do: cargo build --release, or give --passband PATH",
            binary.display()
        );
        std::process::exit(1);
    }
    let Some(kafka) = Kafka::start() else { return };
    let Some(sound) = SoundServer::start() else { return };
    let mut last = 0.0;
    for delivery in ["at_least_once", "exactly_once"] {
        let Some(delays) = measure(&arguments, &binary, &kafka, &sound, delivery) else { return };
        let at = |share: f64| delays[(share * (delays.len() - 1) as f64).round() as usize];
        last = at(0.99);
        println!(
            "{delivery}: p50 {:.1} ms, p90 {:.1} ms, p99 {last:.1} ms, max {:.1} ms of {} pictures in {} s",
            at(0.5),
            at(0.9),
            at(1.0),
            delays.len(),
            arguments.seconds
        );
    }
    println!("live_delay: {last:.1} ms");
}

/// The binary that was built beside this example.
fn beside() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    here.parent()
        .and_then(|examples| examples.parent())
        .map(|target| target.join("passband"))
        .unwrap_or_default()
}

/// The delays of all pictures, sorted.
fn measure(
    arguments: &Arguments,
    binary: &PathBuf,
    kafka: &Kafka,
    sound: &SoundServer,
    delivery: &str,
) -> Option<Vec<f64>> {
    let folder = tempfile::tempdir().expect("a folder");
    let simulated = folder.path().join("sampler.toml");
    std::fs::write(&simulated, SAMPLER).expect("a temporary folder can be written");
    let [samples, spectra, group] = ["samples", "spectra", "group"].map(unique);
    let pipeline = |name: &str| workspace().join("pipelines").join(name);
    let start = |file: PathBuf| {
        let mut command = Command::new(binary);
        command
            .arg("run")
            .arg(file)
            .env("PULSE_SERVER", sound.server())
            .env("KAFKA_BROKERS", kafka.bootstrap());
        command.env("SAMPLES", &samples).env("SPECTRA", &spectra).env("GROUP", &group);
        Process::start(command.env("DELIVERY", delivery).env("LISTEN", "127.0.0.1:0"))
    };
    let _sampler = start(match arguments.input {
        Input::Simulate => simulated,
        Input::Sound => pipeline("spectrum-sampler.toml"),
    });
    let there = |topic: &str| {
        while !kafka.run(&["topics", "--list"], "").lines().any(|line| line == topic) {
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    there(&samples);
    let _fft = start(pipeline("spectrum-fft.toml"));
    there(&spectra);
    let plot = start(pipeline("spectrum-plot.toml"));
    let page = plot.wait_line("page at ", LIMIT);
    let page = Chromium::open(page.trim_start_matches("page at "))?;
    if arguments.blind {
        page.prefers("prefers-reduced-motion", "reduce");
    }
    page.wait_for("window.passband?.state().history > 40", LIMIT);
    // the broker's and the browser's compilers are busy at first
    std::thread::sleep(Duration::from_secs(8));
    page.eval::<serde_json::Value>("passband.delays(true).length");
    std::thread::sleep(Duration::from_secs(arguments.seconds));
    let mut delays: Vec<f64> = page.eval("passband.delays()");
    assert!(!delays.is_empty(), "no picture came in {} s", arguments.seconds);
    delays.sort_by(f64::total_cmp);
    Some(delays)
}
