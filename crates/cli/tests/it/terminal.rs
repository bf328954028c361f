//! The output of sensors on a terminal and in a pipe.

use crate::passband::run;
use passband_testbed::{need, workspace};
use std::process::Command;

const SET: &str = "SENSORS=12 READINGS=1200 PACE='as fast as it goes' LISTEN=off";

/// The output on a terminal of 100 columns and 16 lines; `None` if no terminal is available.
fn on_a_terminal(arguments: &str) -> Option<String> {
    let script = Command::new("script").arg("--version").output().is_ok();
    if !need("a terminal (script, of util-linux)", "apt-get install bsdutils", script) {
        return None;
    }
    let passband = env!("CARGO_BIN_EXE_passband");
    let line = format!("stty cols 100 rows 16; {SET} {passband} {arguments}");
    let output =
        Command::new("script").args(["-qec", &line, "/dev/null"]).current_dir(workspace()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    Some(text)
}

#[test]
fn a_terminal_shows_a_table_and_a_pipe_lines() {
    let Some(text) = on_a_terminal("run sensors") else { return };
    assert!(!text.contains('{'), "{text}");
    // the last drawing remains
    let table: Vec<&str> = text.rsplit_once("sensor  ").unwrap().1.lines().map(str::trim_end).collect();
    assert!(table[0].contains("count") && table[0].ends_with("mean"), "{table:?}");
    let sensors: Vec<&str> = table[1..].iter().map(|line| line.split(' ').next().unwrap()).collect();
    let wanted: Vec<String> = (1..=10).map(|n| format!("Sensor{n}")).collect();
    assert_eq!(sensors[..10], wanted, "of twelve as many as find room");
    assert_eq!(table[11], "… and 2 more", "{table:?}");
    assert!(text.contains("--verbose explains"), "and the counts: {text}");

    let text = on_a_terminal("run sensors --quiet").unwrap();
    assert!(text.contains("Sensor9 ") && !text.contains("--verbose explains"), "{text}");
    for line in on_a_terminal("run sensors --json 2>/dev/null").unwrap().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    }

    let set = [("READINGS", "1200"), ("PACE", "as fast as it goes"), ("LISTEN", "off")];
    let piped = String::from_utf8(run(&["run", "sensors"], &set).stdout).unwrap();
    let rows = piped.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let windows = rows.filter(|row| row["key"] == "Sensor12").count();
    assert!((10..=11).contains(&windows), "every window: {windows}");
}
