//! A sound server without a sound card: PulseAudio with a null sink.

use crate::{Held, has_program, need};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A private PulseAudio server on a private socket, without D-Bus. It has a sink named `speakers` (float, 44.1 kHz,
/// stereo), whose monitor records the audio played, and a source named `microphone`: a sine of 250 Hz.
pub struct SoundServer {
    server: String,
    folder: tempfile::TempDir,
    held: Option<Held>,
}

impl SoundServer {
    /// Starts the server. `None` if PulseAudio is not installed.
    ///
    /// # Panics
    /// If it does not start although it is installed.
    pub fn start() -> Option<Self> {
        let available = ["pulseaudio", "pactl", "pacat"].iter().all(|program| has_program(program));
        if !need("a sound server (PulseAudio)", "services/install", available) {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("passband-sound").tempdir().expect("a folder");
        let home = folder.path();
        let socket = home.join("socket");
        let native = format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display());
        let mut args = vec!["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"];
        args.extend(["--disable-shm=yes", "--realtime=no", "--log-target=stderr", "-L", &native]);
        args.extend(["-L", "module-null-sink sink_name=speakers format=float32le rate=44100 channels=2"]);
        args.extend(["-L", "module-sine-source source_name=microphone frequency=250"]);
        let env = [("HOME", home.as_os_str()), ("XDG_RUNTIME_DIR", home.as_os_str())];
        let held = Held::wrap(home, "pulseaudio", args, &env).expect("a shell starts");
        let server = Self { server: format!("unix:{}", socket.display()), folder, held: Some(held) };
        let end = Instant::now() + Duration::from_secs(30);
        while !server.pactl(&["info"]) {
            let log = || std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "PulseAudio does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        server.pactl(&["set-default-sink", "speakers"]);
        server.pactl(&["set-default-source", "microphone"]);
        Some(server)
    }

    /// Its address, as in the environment variable `PULSE_SERVER`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Plays a WAV file (16-bit or float) in a gapless loop until the player is dropped.
    ///
    /// # Panics
    /// If the file is not such a WAV.
    pub fn play(&self, wav: impl AsRef<Path>) -> Player {
        let (spec, data) = pcm(wav.as_ref());
        let mut command = self.client("pacat");
        command.args(["--playback", "--raw", "--latency-msec=50"]).args(spec).stdin(Stdio::piped());
        let mut child = command.spawn().expect("pacat starts");
        let mut stdin = child.stdin.take().expect("piped");
        // ends together with pacat
        std::thread::spawn(move || while stdin.write_all(&data).is_ok() {});
        Player(child)
    }

    /// Runs `pactl` on this server: `["suspend-sink", "speakers", "1"]`. Returns whether it succeeded.
    pub fn pactl(&self, args: &[&str]) -> bool {
        let status = self.client("pactl").args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Kills the server, as in a crash.
    pub fn kill(&mut self) {
        self.held = None;
    }

    fn client(&self, program: &str) -> Command {
        let home: &OsStr = self.folder.path().as_os_str();
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", &self.server).env("HOME", home).env("XDG_RUNTIME_DIR", home);
        command
    }
}

/// A player, stopped on drop.
pub struct Player(Child);

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The options of pacat and the samples for a plain WAV file.
fn pcm(wav: &Path) -> ([String; 3], Vec<u8>) {
    let bytes = std::fs::read(wav).unwrap_or_else(|e| panic!("{}: {e}", wav.display()));
    let number = |at: usize, n: usize| bytes[at..at + n].iter().rev().fold(0, |v, b| v << 8 | *b as usize);
    let (mut at, mut spec) = (12, None);
    while at + 8 <= bytes.len() {
        let (body, size) = (at + 8, number(at + 4, 4));
        match &bytes[at..at + 4] {
            b"fmt " => {
                let format = match number(body + 14, 2) {
                    16 => "s16le",
                    32 => "float32le",
                    bits => panic!("{}: {bits} bits a sample", wav.display()),
                };
                let (channels, rate) = (number(body + 2, 2), number(body + 4, 4));
                spec = Some([
                    format!("--format={format}"),
                    format!("--rate={rate}"),
                    format!("--channels={channels}"),
                ]);
            }
            b"data" => {
                let spec = spec.unwrap_or_else(|| panic!("{}: no fmt chunk", wav.display()));
                return (spec, bytes[body..(body + size).min(bytes.len())].to_vec());
            }
            _ => {}
        }
        at = body + size + size % 2;
    }
    panic!("{} is not a WAV file with samples", PathBuf::from(wav).display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_and_is_told_what_to_do() {
        let Some(mut server) = SoundServer::start() else { return };
        assert!(server.pactl(&["set-sink-volume", "speakers", "100%"]));
        assert!(!server.pactl(&["set-sink-volume", "no-such-sink", "100%"]));
        server.kill();
        assert!(!server.pactl(&["info"]));
    }
}
