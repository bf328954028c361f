//! A private Apache Kafka broker, started by `services/kafka`.

use crate::{Held, Segments, free_port, has_program, need, unique, workspace};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A running broker (KRaft, one node) with an empty data folder.
pub struct Kafka {
    bootstrap: String,
    folder: PathBuf,
    version: Option<&'static str>,
    _held: Held,
}

impl Kafka {
    /// Starts a broker, which takes two to four seconds. `None` if Java or Maven is missing.
    ///
    /// # Panics
    /// If it does not start although Java and Maven are installed.
    pub fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// As [`Kafka::start`], with broker settings, each as `key=value`.
    pub fn with(settings: &[&str]) -> Option<Self> {
        Self::versioned(None, settings)
    }

    /// A broker of a version other than the default of `services/kafka`, such as [`Kafka::LOSES_MARKERS`].
    ///
    /// # Panics
    /// As [`Kafka::start`].
    pub fn of_version(version: &'static str) -> Option<Self> {
        Self::versioned(Some(version), &[])
    }

    /// A version that loses transaction markers when it is killed (KAFKA-20734).
    pub const LOSES_MARKERS: &str = "4.3.1";

    fn versioned(version: Option<&'static str>, settings: &[&str]) -> Option<Self> {
        let available = has_program("java") && has_program("mvn") && has_program("bash");
        if !need("an Apache Kafka (Java 17 and Maven)", "services/install", available) {
            return None;
        }
        // another process may take the port before the broker binds it
        let started = (0..3).find_map(|_| Self::try_start(version, settings));
        Some(started.expect("services/kafka/kafka hold does not start; see above"))
    }

    /// The broker shared by all tests of this process; topics must be [`unique`]. It ends with the process.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Kafka>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Some(kafka) => Some(kafka),
            // reported once per test that needs it
            None => {
                need("an Apache Kafka (Java 17 and Maven)", "services/install", false);
                None
            }
        }
    }

    fn try_start(version: Option<&'static str>, settings: &[&str]) -> Option<Self> {
        let folder = std::env::temp_dir().join(unique("passband-kafka"));
        let mut command = Command::new(script());
        command.args(["hold", "--port", &free_port(1000).to_string(), "--dir"]).arg(&folder);
        settings.iter().for_each(|setting| {
            command.args(["--set", setting]);
        });
        version.map(|version| command.env("PASSBAND_KAFKA", version));
        let mut held = Held::new(command.env("KAFKA_JIT", "1").stdout(Stdio::piped())).ok()?;
        let mut line = String::new();
        BufReader::new(held.child().stdout.take()?).read_line(&mut line).ok()?;
        let bootstrap = line.trim().to_owned();
        (!bootstrap.is_empty()).then_some(Self { bootstrap, folder, version, _held: held })
    }

    /// The address for clients, `127.0.0.1:PORT`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Kills the broker (kill -9); its data is kept for [`Kafka::restart`].
    pub fn kill(&self) {
        self.run(&["kill", "1"], "");
    }

    /// Restarts the broker with its data, and waits until it is ready.
    pub fn restart(&self) {
        self.run(&["restart", "1"], "");
    }

    /// Its log segments on disk, to be read or modified while it is killed.
    pub fn segments(&self) -> Segments {
        Segments::new(self.folder.join("data1"))
    }

    /// Runs one of Kafka's tools with `input` and returns its output; each call starts a JVM, which takes one to two
    /// seconds. `kafka.run(&["topics", "--create", "--topic", "samples", "--partitions", "4"], "")`.
    ///
    /// # Panics
    /// If the tool fails; the message contains its output.
    pub fn run(&self, tool: &[&str], input: &str) -> String {
        let mut command = Command::new(script());
        command.args(tool).env("PASSBAND_KAFKA_DIR", &self.folder).env("KAFKA_JIT", "1");
        self.version.map(|version| command.env("PASSBAND_KAFKA", version));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("services/kafka/kafka runs");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("services/kafka/kafka ends");
        let _ = writer.join();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kafka {}: {error}", tool.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn script() -> PathBuf {
    workspace().join("services/kafka/kafka")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_messages_over_a_kill() {
        let Some(kafka) = Kafka::start() else { return };
        let topic = unique("words");
        kafka.run(&["produce", "--topic", &topic], "one\ntwo\n");
        kafka.kill();
        assert!(std::net::TcpStream::connect(kafka.bootstrap()).is_err());
        kafka.restart();
        let read = kafka.run(&["consume", "--topic", &topic, "--from-beginning", "--max-messages", "2"], "");
        assert_eq!(read.trim_end(), "one\ntwo");
        let folder = kafka.folder.clone();
        let address = kafka.bootstrap().to_owned();
        drop(kafka);
        assert!(!folder.exists() && std::net::TcpStream::connect(address).is_err());
    }
}
