//! Real services for tests: Kafka, an S3 server, an Iceberg catalogue, an MQTT broker, a sound server, a browser,
//! Python, and processes that can be killed.
//!
//! Each service starts on a free port or a private socket with a private folder, and ends when its value is dropped; if
//! the test process is killed, its services detect this and end as well. If a program is missing, `start` reports what
//! was skipped and how to install it, and returns `None`:
//!
//! ```no_run
//! # use passband_testbed::Kafka;
//! let Some(kafka) = Kafka::shared() else { return };
//! println!("{}", kafka.bootstrap());
//! ```
//!
//! If `PASSBAND_REQUIRE_SERVICES=1` is set, a missing service is a failure instead. `services/install` installs them.

mod browser;
mod held;
mod iceberg;
mod kafka;
mod mosquitto;
mod process;
mod python;
mod s3;
mod segments;
mod sound;

pub use browser::Chromium;
pub use held::Held;
pub use iceberg::IcebergCatalog;
pub use kafka::Kafka;
pub use mosquitto::Mosquitto;
pub use process::{Process, Stream};
pub use python::Python;
pub use s3::S3;
pub use segments::Segments;
pub use sound::{Player, SoundServer};

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns `available`; if it is false, also reports what is missing and `how` to install it.
///
/// # Panics
/// If it is missing and `PASSBAND_REQUIRE_SERVICES` is 1.
pub fn need(what: &str, how: &str, available: bool) -> bool {
    if !available {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let text = format!("skipped: {test} needs {what}; to have it: {how}");
        assert!(std::env::var("PASSBAND_REQUIRE_SERVICES").as_deref() != Ok("1"), "{text}");
        // bypasses the output capture of passing tests, so that skipped tests are visible
        let _ = writeln!(std::io::stderr(), "{text}");
    }
    available
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder of real recordings: `PASSBAND_DATA`, or `../shared/data` next to the workspace. It is optional.
pub fn passband_data() -> Option<PathBuf> {
    let folder = std::env::var_os("PASSBAND_DATA")
        .map_or_else(|| workspace().join("../shared/data"), |folder| workspace().join(folder));
    if !folder.join("README.md").is_file() {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {test} reads real recordings; to have it: set PASSBAND_DATA to their folder"
        );
        return None;
    }
    Some(folder)
}

/// A unique name for topics, groups and files.
pub fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let started = std::time::UNIX_EPOCH.elapsed().map_or(0, |t| t.as_millis() % 100_000_000);
    format!("{name}-{}-{started}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A TCP port on loopback such that it and `port + also` are free, below the range of ephemeral ports.
fn free_port(also: u16) -> u16 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let n = std::process::id().wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed).wrapping_mul(37));
        let port = 20_000 + (n.wrapping_mul(2_654_435_761) >> 16) as u16 % 10_000;
        if free(port) && free(port + also) {
            return port;
        }
    }
}

fn has_program(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_used_once() {
        assert_ne!(unique("topic"), unique("topic"));
        assert!(has_program("sh") && !has_program("no-such-program"));
    }
}
