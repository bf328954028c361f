//! A program under test in a separate process, with its output and signals.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// An output stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A child process whose output is collected line by line. It is killed on drop.
pub struct Process {
    child: Child,
    printed: Arc<Printed>,
    readers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Printed {
    lines: Mutex<Vec<(Stream, String)>>,
    more: Condvar,
}

impl Process {
    /// Starts the command and collects its output; its input is empty unless the command sets one.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let shown = format!("{command:?}");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{shown} does not start: {e}"));
        let printed = Arc::new(Printed::default());
        let readers = [
            child.stdout.take().map(|out| collect(Stream::Out, out, printed.clone())),
            child.stderr.take().map(|err| collect(Stream::Err, err, printed.clone())),
        ];
        Self { child, printed, readers: readers.into_iter().flatten().collect() }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The lines printed to a stream so far.
    pub fn lines(&self, stream: Stream) -> Vec<String> {
        let lines = self.printed.lines.lock().expect("no reader panics");
        lines.iter().filter(|(s, _)| *s == stream).map(|(_, line)| line.clone()).collect()
    }

    /// Waits for a line on either stream that contains `text`, and returns it.
    ///
    /// # Panics
    /// If there is no such line within `limit`; the message contains the complete output.
    pub fn wait_line(&self, text: &str, limit: Duration) -> String {
        let end = Instant::now() + limit;
        let mut lines = self.printed.lines.lock().expect("no reader panics");
        loop {
            if let Some((_, line)) = lines.iter().find(|(_, line)| line.contains(text)) {
                return line.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let printed = lines.clone();
                // released before the panic, so that other readers do not find a poisoned lock
                drop(lines);
                panic!("no line with '{text}' in {limit:?}; printed: {printed:#?}");
            }
            lines = self.printed.more.wait_timeout(lines, left).expect("no reader panics").0;
        }
    }

    /// Kills it immediately (SIGKILL), and waits until it has ended.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends an interrupt, like Ctrl-C (SIGINT).
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Requests termination, like a service manager (SIGTERM).
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Suspends it (SIGSTOP) until [`Process::resume`].
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Resumes it (SIGCONT).
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, which: &str) {
        let _ = Command::new("kill").args([which, &self.id().to_string()]).status();
    }

    /// Waits until it has ended and its output has been read; `None` if it is still running at the deadline.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                // a grandchild may keep the pipe open: read only until the deadline
                while Instant::now() < end && !self.readers.iter().all(JoinHandle::is_finished) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return Some(status);
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its peak memory usage so far, in bytes; `None` if the system does not report it, or after the process has ended.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok().map(|kilobytes: u64| kilobytes * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // a failing test prints the output of its processes
        if std::thread::panicking() {
            eprintln!("it said: {:#?}", self.lines(Stream::Err));
        }
    }
}

fn collect(stream: Stream, from: impl Read + Send + 'static, printed: Arc<Printed>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            printed.lines.lock().expect("no reader panics").push((stream, text));
            printed.more.notify_all();
            line.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn collects_waits_and_kills() {
        let mut process =
            Process::start(Command::new("sh").args(["-c", "echo one; echo two >&2; exec sleep 1000"]));
        assert_eq!(process.wait_line("tw", LIMIT), "two");
        process.wait_line("one", LIMIT);
        assert_eq!(process.lines(Stream::Out), ["one"]);
        // memory is not reported for a moment while the process executes another program
        let end = Instant::now() + LIMIT;
        while process.peak_memory().unwrap_or(0) < 10_000 {
            assert!(Instant::now() < end, "no memory held");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(process.wait(Duration::from_millis(10)).is_none());
        process.interrupt();
        assert!(!process.wait(LIMIT).unwrap().success());
    }
}
