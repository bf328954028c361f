//! A private REST catalogue of Iceberg tables, started by `services/iceberg`.

use crate::{Held, free_port, has_program, need, unique, workspace};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START: Duration = Duration::from_secs(60);

/// A running catalogue (Iceberg's own, in Java) with a private folder. It is killed (kill -9) on drop.
pub struct IcebergCatalog {
    port: u16,
    data: TempDir,
    held: Option<Held>,
}

impl IcebergCatalog {
    /// Starts a catalogue, which takes two to five seconds. `None` if a JDK or Maven is missing.
    ///
    /// # Panics
    /// If it does not start although they are installed.
    pub fn start() -> Option<Self> {
        let available = has_program("javac") && has_program("mvn") && has_program("bash");
        if !need("a REST catalogue of Iceberg (Java 17 with javac, and Maven)", "services/install", available)
        {
            return None;
        }
        let data = tempfile::Builder::new().prefix("passband-iceberg").tempdir().expect("a folder");
        let mut server = Self { port: 0, data, held: None };
        // another process may take the port before the server binds it
        for _ in 0..3 {
            server.port = free_port(0);
            if server.serve() {
                return Some(server);
            }
        }
        panic!("services/iceberg/iceberg run does not start; see above");
    }

    /// The address for clients, `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port, for example for a proxy in front of the catalogue.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn serve(&mut self) -> bool {
        // deleted together with the server; contains its output
        let folder = std::env::temp_dir().join(unique("passband-iceberg-log"));
        std::fs::create_dir(&folder).expect("a folder");
        let script = workspace().join("services/iceberg/iceberg").to_string_lossy().into_owned();
        let (port, data) = (self.port.to_string(), self.data.path().to_string_lossy().into_owned());
        let args = ["run", "--port", &port, "--dir", &data];
        self.held = Some(Held::wrap(&folder, &script, args, &[]).expect("a shell"));
        let end = Instant::now() + START;
        while Instant::now() < end && !said(&folder).contains("Exception") {
            if answers(self.port) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        eprintln!("{}", said(&folder));
        self.held = None;
        false
    }
}

/// Whether the catalogue returns its configuration.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream.write_all(b"GET /v1/config HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let mut text = String::new();
    asked.and_then(|()| stream.read_to_string(&mut text)).is_ok() && text.starts_with("HTTP/1.1 200")
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}
