//! A private S3 server, started by `services/s3`.

use crate::{Held, free_port, has_program, need, unique, workspace};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START: Duration = Duration::from_secs(60);

/// A running S3 server (S3Proxy) with a private folder. It is killed (kill -9) on drop.
pub struct S3 {
    port: u16,
    /// Each subfolder is a bucket. Kept by [`S3::kill`].
    data: TempDir,
    held: Option<Held>,
}

impl S3 {
    /// The access key.
    pub const KEY: &str = "passband";
    /// The secret access key.
    pub const SECRET: &str = "passband-secret";

    /// Starts a server, which takes one to two seconds. `None` if Java or Maven is missing.
    ///
    /// # Panics
    /// If it does not start although Java and Maven are installed.
    pub fn start() -> Option<Self> {
        let available = has_program("java") && has_program("mvn") && has_program("bash");
        if !need("an S3 server (Java 17 and Maven)", "services/install", available) {
            return None;
        }
        let data = tempfile::Builder::new().prefix("passband-s3-data").tempdir().expect("a folder");
        let mut server = Self { port: 0, data, held: None };
        // another process may take the port before the server binds it
        for _ in 0..3 {
            server.port = free_port(0);
            if server.serve() {
                return Some(server);
            }
        }
        panic!("services/s3/s3 run does not start; see above");
    }

    /// The server shared by all tests of this process; buckets must have [`unique`] names. It ends with the process.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<S3>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Some(server) => Some(server),
            // reported once per test that needs it
            None => {
                need("an S3 server (Java 17 and Maven)", "services/install", false);
                None
            }
        }
    }

    /// Kills it (kill -9); its data is kept for [`S3::restart`].
    ///
    /// # Panics
    /// If it does not end.
    pub fn kill(&mut self) {
        self.held = None;
        // the port of a killed server is not released immediately
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(Instant::now() < end, "the server still answers");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Restarts it with its data and port.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.serve(), "services/s3/s3 run does not start again; see above");
    }

    /// The address for clients, `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Creates a bucket, and returns the folder that contains its objects as files.
    ///
    /// # Panics
    /// If it cannot be created.
    pub fn bucket(&self, name: &str) -> PathBuf {
        let folder = self.data.path().join(name);
        std::fs::create_dir(&folder).expect("the bucket is new");
        folder
    }

    fn serve(&mut self) -> bool {
        // deleted together with the server; contains its output
        let folder = std::env::temp_dir().join(unique("passband-s3"));
        std::fs::create_dir(&folder).expect("a folder");
        let script = workspace().join("services/s3/s3").to_string_lossy().into_owned();
        let (port, data) = (self.port.to_string(), self.data.path().to_string_lossy().into_owned());
        let args = ["run", "--port", &port, "--dir", &data];
        let env = [("S3_KEY", Self::KEY.as_ref()), ("S3_SECRET", Self::SECRET.as_ref())];
        self.held = Some(Held::wrap(&folder, &script, args, &env).expect("a shell"));
        let end = Instant::now() + START;
        while Instant::now() < end && !said(&folder).contains("Exception") {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("{}", said(&folder));
        self.held = None;
        false
    }
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// The status line of the answer to an unsigned request.
    fn answer(server: &S3) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn lets_nobody_in_without_a_signature_and_comes_back() {
        let Some(mut server) = S3::start() else { return };
        server.bucket("words");
        assert!(answer(&server).contains("403"));
        server.kill();
        assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err());
        server.restart();
        assert!(answer(&server).contains("403"));
    }
}
