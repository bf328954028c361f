//! Python, for independent readers and writers.

use crate::{need, workspace};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python interpreter with the packages of `services/python/requirements.txt`.
pub struct Python(PathBuf);

const CHECK: &str = "import crc32c, duckdb, fastavro, google.protobuf, numpy, pyarrow, pyiceberg, pysail, pyspark, pytest, soundfile, sqlalchemy, tfrecord, webdataset";

impl Python {
    /// The environment created by `services/install`, or any `python3` with these packages.
    pub fn find() -> Option<Self> {
        Self::with("python", "requirements.txt", CHECK)
    }

    /// The environment with Apache Beam.
    pub fn beam() -> Option<Self> {
        Self::with("beam", "beam.txt", "import apache_beam, pytest")
    }

    /// The environment with onnxruntime.
    pub fn onnx() -> Option<Self> {
        Self::with("python", "requirements.txt", "import numpy, onnxruntime")
    }

    fn with(environment: &str, packages: &str, check: &str) -> Option<Self> {
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cache"));
        let found = [cache.join("passband").join(environment).join("bin/python"), "python3".into()]
            .into_iter()
            .find(|python| {
                let check = Command::new(python).args(["-c", check]).output();
                check.is_ok_and(|output| output.status.success())
            });
        need(
            &format!("Python with the packages of services/python/{packages}"),
            "services/install",
            found.is_some(),
        );
        found.map(Self)
    }

    /// The interpreter with these arguments.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.0);
        command.args(args);
        command
    }

    /// Runs a script (path relative to the workspace) and returns its output.
    ///
    /// # Panics
    /// If the script fails; the message contains its output.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        script: impl AsRef<Path>,
        args: impl IntoIterator<Item = S>,
    ) -> String {
        let script = workspace().join(script);
        let output = self.command([&script]).args(args).output().expect("Python starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {error}", script.display());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_a_script() {
        let Some(python) = Python::find() else { return };
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("sum.py");
        std::fs::write(&script, "import sys, numpy\nprint(numpy.sum([int(a) for a in sys.argv[1:]]))")
            .unwrap();
        assert_eq!(python.run(&script, ["20", "22"]).trim(), "42");
    }
}
