//! A mosquitto (MQTT broker) of the test's own.

use crate::{Held, free_port, has_program, need, unique, workspace};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START: Duration = Duration::from_secs(20);

/// A running mosquitto with a folder of its own, in which sessions and messages stay. Dropped, it is killed.
pub struct Mosquitto {
    port: u16,
    data: TempDir,
    settings: Vec<String>,
    held: Option<Held>,
}

impl Mosquitto {
    /// Starts a broker on a free port. `None` where mosquitto is missing.
    ///
    /// # Panics
    /// If it does not start although mosquitto is there.
    pub fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// One that saves after every change what is to outlive a kill, and is slow.
    pub fn lasting() -> Option<Self> {
        Self::with(&["autosave_on_changes true", "autosave_interval 1"])
    }

    /// The same with further lines of its settings.
    pub fn with(settings: &[&str]) -> Option<Self> {
        if !need("an MQTT broker (mosquitto)", "services/install", program().is_some()) {
            return None;
        }
        let data = tempfile::Builder::new().prefix("passband-mosquitto-data").tempdir().expect("a folder");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { port: 0, data, settings, held: None };
        // between choosing a port and the server's bind somebody else may take it
        for _ in 0..3 {
            server.port = free_port(0);
            if server.serve() {
                return Some(server);
            }
        }
        panic!("services/mosquitto/mosquitto run does not start; see above");
    }

    /// The address that clients are given, `mqtt://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder where its sessions and messages stay, and its password file may lie.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Kills it (kill -9); what it has saved stays for [`Mosquitto::restart`].
    ///
    /// # Panics
    /// If it outlives that.
    pub fn kill(&mut self) {
        self.held = None;
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(Instant::now() < end, "the broker still answers");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it as planned, so that it saves all it has; for [`Mosquitto::restart`].
    ///
    /// # Panics
    /// If it does not end.
    pub fn stop(&mut self) {
        let id = std::fs::read_to_string(self.data.path().join("pid")).expect("a process id");
        let id = id.trim().to_owned();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let end = Instant::now() + START;
        let runs = || {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        while runs() {
            assert!(Instant::now() < end, "the broker does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
    }

    /// Starts it again on its data and its port.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.serve(), "services/mosquitto/mosquitto run does not start again; see above");
    }

    fn serve(&mut self) -> bool {
        // it goes with the server; what is printed is in it
        let folder = std::env::temp_dir().join(unique("passband-mosquitto"));
        std::fs::create_dir(&folder).expect("a folder");
        let script = workspace().join("services/mosquitto/mosquitto").to_string_lossy().into_owned();
        let (port, data) = (self.port.to_string(), self.data.path().to_string_lossy().into_owned());
        let pid = format!("pid_file {data}/pid");
        let mut args = vec!["run", "--port", &port, "--dir", &data, "--set", &pid];
        self.settings.iter().for_each(|setting| args.extend(["--set", setting]));
        self.held = Some(Held::wrap(&folder, &script, args, &[]).expect("a shell"));
        let end = Instant::now() + START;
        while Instant::now() < end && !said(&folder).contains("Error") {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        eprintln!("{}", said(&folder));
        self.held = None;
        false
    }
}

/// Where it is: Debian puts it where only root looks.
fn program() -> Option<PathBuf> {
    let there = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].map(PathBuf::from);
    there
        .into_iter()
        .find(|path| path.is_file())
        .or_else(|| has_program("mosquitto").then(|| "mosquitto".into()))
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_is_killed_and_comes_back() {
        let Some(mut server) = Mosquitto::start() else { return };
        let there = |server: &Mosquitto| TcpStream::connect(("127.0.0.1", server.port())).is_ok();
        assert!(there(&server));
        server.kill();
        assert!(!there(&server));
        server.restart();
        assert!(there(&server));
        server.stop();
        assert!(!there(&server) && server.folder().join("mosquitto.db").exists());
        server.restart();
        let port = server.port();
        drop(server);
        // a killed server keeps its port for a moment
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_ok() {
            assert!(Instant::now() < end, "the broker outlives its owner");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
