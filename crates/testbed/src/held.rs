//! A server process that does not outlive its owner.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that ends when its standard input is closed: on drop, or when the owning process ends in any way.
///
/// It runs in a separate process group, so that an interrupt at the terminal does not reach it before the test has
/// ended.
pub struct Held(Child);

impl Held {
    /// Starts a command that ends when its standard input is closed.
    pub fn new(command: &mut Command) -> std::io::Result<Self> {
        command.stdin(Stdio::piped()).process_group(0).spawn().map(Self)
    }

    /// Starts any command under a shell that waits for the end of its own input, then kills the command and all its
    /// descendants, and deletes `folder`. Output is written to `folder/log`.
    pub fn wrap<S: AsRef<OsStr>>(
        folder: &Path,
        program: &str,
        args: impl IntoIterator<Item = S>,
        env: &[(&str, &OsStr)],
    ) -> std::io::Result<Self> {
        const KEEPER: &str = r#"folder=$1; shift; "$@" </dev/null & cat >/dev/null; kill -9 $!
            rm -rf "$folder"; kill -9 0"#;
        let log = File::create(folder.join("log"))?;
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(folder).arg(program).args(args);
        command.envs(env.iter().copied()).stdout(log.try_clone()?).stderr(log);
        Self::new(&mut command)
    }

    /// The child process, to read its output.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn ends_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let pid = path.join("pid");
        let script = format!("sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait", pid.display());
        let held = Held::wrap(&path, "sh", ["-c", &script], &[]).unwrap();
        let start = Instant::now();
        while !pid.exists() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let sleeper = std::fs::read_to_string(&pid).unwrap();
        let alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", sleeper.trim())).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        assert!(alive());
        drop(held);
        assert!(!path.exists());
        while alive() {
            assert!(start.elapsed() < Duration::from_secs(20), "the grandchild lives on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
