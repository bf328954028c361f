//! The end of a run: reported immediately with the right exit code, for closed pipes, full disks and kills.

use crate::files::tone;
use crate::passband::{command, count, run, start, write};
use passband_testbed::Stream;
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

const ENDLESS: &str = "[source]\ntype = 'simulate'\nduration = '1000 s'\n[window]\ntype = 'sliding'\n\
    [[transform]]\ntype = 'spectrum'\n[[sink]]\ntype = 'file'\npath = '${OUTPUT}'\n";

#[test]
fn the_first_interrupt_reports_pending_results() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "p.toml", ENDLESS);
    let path = folder.path().join("out").display().to_string();
    let mut process = start(&["run", &file], &[("OUTPUT", &path)]);
    while std::fs::metadata(format!("{path}.part")).map_or(0, |known| known.len()) == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    process.interrupt();
    let line = process.wait_line("stopping: delivering ", LIMIT);
    assert!(line.contains("press Ctrl-C again to stop immediately"), "{line}");
    assert_eq!(process.wait(LIMIT).and_then(|status| status.code()), Some(130));
    let told = process.lines(Stream::Err).join("\n");
    assert!(told.contains("interrupted after") && told.contains(&format!("{path}.part: ")), "{told}");
}

#[test]
fn the_second_interrupt_ends_immediately() {
    // with a page that stays after the end of a recording, a client that does not read delays the end
    let folder = tempfile::tempdir().unwrap();
    let text = ENDLESS.replace("type = 'file'\npath = '${OUTPUT}'", "type = 'stdout'");
    let text = text.replace("duration = '1000 s'", "duration = '1000 s'\npace = 'as fast as it goes'");
    let file = write(&folder, "p.toml", &text);
    let mut child =
        command(&["run", &file], &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let interrupt = || Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    interrupt();
    std::thread::sleep(Duration::from_millis(500));
    interrupt();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn counts_after_an_interrupt_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[source]\ntype = 'simulate'\nsignal = 'sensors'\nsensors = 500\nevery = '100 ms'\n\
        [[sink]]\ntype = 'file'\npath = '${OUTPUT}'\nformat = 'json'\n";
    let file = write(&folder, "p.toml", text);
    let path = folder.path().join("out").display().to_string();
    let mut process = start(&["--json", "run", &file], &[("OUTPUT", &path)]);
    std::thread::sleep(Duration::from_secs(2));
    process.interrupt();
    // a stopped source without an end is complete
    assert_eq!(process.wait(LIMIT).and_then(|status| status.code()), Some(0));
    let told = process.lines(Stream::Err).join("\n");
    let lines = std::fs::read_to_string(&path).unwrap().lines().count() as u64;
    let counts = ["in", "folded", "out"].map(|name| count(&told, name));
    assert_eq!(counts, [lines; 3], "{told}");
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let text = ENDLESS.replace("type = 'file'\npath = '${OUTPUT}'", "type = 'stdout'");
    let text = text.replace("duration = '1000 s'", "duration = '1000 s'\npace = 'as fast as it goes'");
    let file = write(&folder, "p.toml", &text);
    let passband = env!("CARGO_BIN_EXE_passband");
    for call in [
        format!("run {file}"),
        "explain --markdown".into(),
        "schema".into(),
        "completions bash".into(),
        "run --check demo".into(),
    ] {
        let line = format!(
            "{passband} {call} 2>{0}/err | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}",
            folder.path().display()
        );
        let output = Command::new("bash").args(["-c", &line]).output().unwrap();
        let told = std::fs::read_to_string(folder.path().join("err")).unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0", "{call}: {told}");
        assert_eq!(told, "", "{call}");
    }
    // nothing reads standard error: the result is the same
    std::fs::write(folder.path().join("a.wav"), tone(8000, 1, 20_000)).unwrap();
    let line = format!(
        "cd {}; INPUT=a.wav OUTPUT=out {passband} run spectrum-file 2>&1 | true; echo ${{PIPESTATUS[0]}}",
        folder.path().display()
    );
    let output = Command::new("bash").args(["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0");
    assert!(folder.path().join("out").exists());
}

#[test]
fn a_full_disk_is_a_failure_of_every_command() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        return println!("skipped: /dev/full is needed, as Linux has it");
    };
    let set = [("READINGS", "1000"), ("PACE", "as fast as it goes"), ("LISTEN", "off")];
    for call in ["explain", "schema", "completions bash", "run --check demo", "run sensors"] {
        let arguments: Vec<&str> = call.split(' ').collect();
        let output = command(&arguments, &set).stdout(full.try_clone().unwrap()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{call}: {told}");
        assert!(told.contains("standard output cannot be written"), "{call}: {told}");
    }
    // a device is written directly, as far as possible
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wav"), tone(8000, 1, 20_000)).unwrap();
    let input = folder.path().join("a.wav").display().to_string();
    for (output, code) in [("/dev/full", 1), ("/dev/null", 0)] {
        let ran = run(&["run", "spectrum-file"], &[("INPUT", &input), ("OUTPUT", output)]);
        assert_eq!(ran.status.code(), Some(code), "{}", String::from_utf8_lossy(&ran.stderr));
        assert!(
            !std::path::Path::new(output).is_file()
                && !std::path::Path::new(&format!("{output}.part")).exists()
        );
    }
}

#[test]
fn two_runs_do_not_write_one_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "p.toml", ENDLESS);
    let path = folder.path().join("out").display().to_string();
    let mut first = start(&["run", &file], &[("OUTPUT", &path)]);
    while !std::path::Path::new(&format!("{path}.part")).exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(200));
    let second = run(&["run", &file], &[("OUTPUT", &path)]);
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(1) && told.contains("is already being written"), "{told}");
    first.interrupt();
    assert_eq!(first.wait(LIMIT).and_then(|status| status.code()), Some(130));
}

#[test]
fn output_much_larger_than_the_input_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wav"), tone(44_100, 2, 44_100)).unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let size = |hop: &str, warned: bool| {
        let set = [("INPUT", &at("a.wav")[..]), ("OUTPUT", &at("out")), ("HOP", hop)];
        let ran = run(&["run", "spectrum-file"], &set);
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.success() && told.contains("warning: the output will take about") == warned,
            "{told}"
        );
        std::fs::metadata(at("out")).unwrap().len() as f64
            / std::fs::metadata(at("a.wav")).unwrap().len() as f64
    };
    // for a WAV of 32 bits per sample
    assert!(size("", false) < 4.0);
    assert!(size("256 samples", true) > 35.0);
}
