//! A private mosquitto (MQTT broker).

use crate::{Held, free_port, has_program, need, unique, workspace};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START: Duration = Duration::from_secs(20);

/// A running mosquitto with a private folder for sessions and messages. It is killed on drop.
pub struct Mosquitto {
    port: u16,
    data: TempDir,
    settings: Vec<String>,
    held: Option<Held>,
}

impl Mosquitto {
    /// Starts a broker on a free port. `None` if mosquitto is not installed.
    ///
    /// # Panics
    /// If it does not start although mosquitto is installed.
    pub fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// A broker that persists its state after every change, which is slow.
    pub fn lasting() -> Option<Self> {
        Self::with(&["autosave_on_changes true", "autosave_interval 1"])
    }

    /// As [`Mosquitto::start`], with additional lines in its configuration.
    pub fn with(settings: &[&str]) -> Option<Self> {
        if !need("an MQTT broker (mosquitto)", "services/install", program().is_some()) {
            return None;
        }
        let data = tempfile::Builder::new().prefix("passband-mosquitto-data").tempdir().expect("a folder");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { port: 0, data, settings, held: None };
        // another process may take the port before the server binds it
        for _ in 0..3 {
            server.port = free_port(0);
            if server.serve() {
                return Some(server);
            }
        }
        panic!("services/mosquitto/mosquitto run does not start; see above");
    }

    /// The address for clients, `mqtt://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its sessions and messages, and of a password file if there is one.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Kills it (kill -9); its saved state is kept for [`Mosquitto::restart`].
    ///
    /// # Panics
    /// If it does not end.
    pub fn kill(&mut self) {
        self.held = None;
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(Instant::now() < end, "the broker still answers");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Shuts it down, so that it saves its complete state for [`Mosquitto::restart`].
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

    /// Restarts it with its data and port.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.serve(), "services/mosquitto/mosquitto run does not start again; see above");
    }

    fn serve(&mut self) -> bool {
        // deleted together with the server; contains its output
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

/// The path of the program: Debian installs it in a folder that is only in root's PATH.
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
        // the port of a killed server is not released immediately
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_ok() {
            assert!(Instant::now() < end, "the broker outlives its owner");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
