//! The binary under test.

use passband_testbed::{Process, workspace};
use std::path::PathBuf;
use std::process::{Command, Output};

/// `passband` with arguments and variables, without the variables of the test environment.
pub fn command(arguments: &[&str], set: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_passband"));
    command.args(arguments).env_remove("INPUT").env_remove("OUTPUT").env_remove("TOKEN");
    command.envs(set.iter().copied());
    command
}

/// Starts it.
pub fn start(arguments: &[&str], set: &[(&str, &str)]) -> Process {
    Process::start(&mut command(arguments, set))
}

/// Runs it to its end.
pub fn run(arguments: &[&str], set: &[(&str, &str)]) -> Output {
    command(arguments, set).output().expect("passband starts")
}

/// Runs it to a successful end, and returns its standard error.
pub fn good(arguments: &[&str], set: &[(&str, &str)]) -> String {
    let output = run(arguments, set);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {told}");
    told
}

/// A built-in pipeline.
pub fn pipeline(name: &str) -> String {
    workspace().join("pipelines").join(name).display().to_string()
}

/// A pipeline of the test.
pub fn write(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, text).expect("a temporary folder can be written");
    path.display().to_string()
}

/// A counter from the summary of `--json`.
pub fn count(told: &str, name: &str) -> u64 {
    let summary = told.lines().rev().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let summary = summary.unwrap_or_else(|| panic!("no summary in {told}"));
    summary["counts"][name].as_u64().unwrap_or_else(|| panic!("no {name} in {summary}"))
}
