//! Inputs are never overwritten, and only a complete result replaces an earlier one.

use crate::files::tone;
use crate::passband::{command, good, run, write};
use std::fs;
use std::path::Path;
use std::process::Output;

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Thirty readings, three windows.
fn readings() -> String {
    let reading = |n: u32| format!("{{\"key\": \"S\", \"ts\": {}, \"value\": {n}}}\n", 1_709_294_400 + n);
    (0..30).map(reading).collect()
}

/// Runs `sensors-ndjson` in a folder.
fn windows(folder: &Path, input: &str, output: &str, more: &[(&str, &str)]) -> Output {
    let mut set = vec![("INPUT", input), ("OUTPUT", output)];
    set.extend(more);
    command(&["run", "sensors-ndjson"], &set).current_dir(folder).output().unwrap()
}

#[cfg(unix)]
#[test]
fn an_input_is_not_overwritten_under_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("sub")).unwrap();
    fs::write(at("in"), readings()).unwrap();
    fs::write(at("part.part"), readings()).unwrap();
    fs::hard_link(at("in"), at("hard")).unwrap();
    fs::hard_link(at("in"), at("other.part")).unwrap();
    std::os::unix::fs::symlink("in", at("soft")).unwrap();
    std::os::unix::fs::symlink(folder.path(), at("sub/back")).unwrap();
    let whole = at("in").display().to_string();
    let refused = [("REFUSED", "sub/../in")];
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 12] = [
        ("in", "in", &[]),
        ("in", "./in", &[]),
        ("in", "sub/../in", &[]),
        ("in", &whole, &[]),
        ("in", "soft", &[]),
        ("soft", "in", &[]),
        ("in", "hard", &[]),
        ("in", "sub/back/in", &[]),
        // the temporary file is PATH.part
        ("part.part", "part", &[]),
        ("in", "other", &[]),
        ("in", "out", &refused),
        ("in", "out", &[("REFUSED", "out")]),
    ];
    for (input, output, more) in cases {
        let ran = windows(folder.path(), input, output, more);
        let told = told(&ran);
        assert_eq!(ran.status.code(), Some(1), "{input} to {output} {more:?}: {told}");
        let twice = more.contains(&("REFUSED", "out"));
        let what = if twice { "would be written twice" } else { "would be overwritten" };
        assert!(told.contains(what) && told.contains("  do: "), "{told}");
        assert_eq!(fs::read_to_string(at("in")).unwrap(), readings(), "{input} to {output}");
        assert_eq!(fs::read_to_string(at("part.part")).unwrap(), readings());
        assert!(!at("out").exists() && !at("out.part").exists());
    }
    assert!(windows(folder.path(), "in", "out", &[]).status.success());
}

#[cfg(unix)]
#[test]
fn an_output_among_the_files_of_the_input_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("readings/sub")).unwrap();
    fs::write(at("readings/a.ndjson"), readings()).unwrap();
    fs::write(at("outside.json"), "an earlier result").unwrap();
    std::os::unix::fs::symlink("../outside.json", at("readings/link.ndjson")).unwrap();
    for (input, output) in [
        ("readings", "readings/out.ndjson"),
        ("readings", "readings/a.ndjson"),
        ("readings", "./readings/sub/../out"),
        ("readings/*.ndjson", "readings/out.ndjson"),
        // read through a link in the folder
        ("readings/*.ndjson", "outside.json"),
    ] {
        let ran = windows(folder.path(), input, output, &[]);
        assert_eq!(ran.status.code(), Some(1), "{input} to {output}: {}", told(&ran));
        assert!(told(&ran).contains("is an input and would be overwritten"), "{}", told(&ran));
        assert_eq!(fs::read_dir(at("readings")).unwrap().count(), 3, "{input} to {output}");
    }
    assert_eq!(fs::read_to_string(at("outside.json")).unwrap(), "an earlier result");
    fs::remove_file(at("readings/link.ndjson")).unwrap();
    for (input, output) in [("readings", "readings/sub/out"), ("readings/*.ndjson", "readings/out.json")] {
        let ran = windows(folder.path(), input, output, &[]);
        assert!(ran.status.success(), "{input} to {output}: {}", told(&ran));
    }
}

#[test]
fn two_sinks_do_not_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = |one: &str, two: &str| {
        format!(
            "[source]\ntype = 'simulate'\nduration = '1 s'\npace = 'as fast as it goes'\n\
             [[sink]]\ntype = 'file'\npath = '{one}'\n[[sink]]\ntype = 'file'\npath = '{two}'\n"
        )
    };
    for (one, two) in [("out", "./out"), ("out", "out.part"), ("out.part", "out"), ("out", "two.toml")] {
        let file = write(&folder, "two.toml", &text(one, two));
        let ran = command(&["run", &file], &[]).current_dir(folder.path()).output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{one}, {two}: {}", told(&ran));
        assert!(told(&ran).contains("would be "), "{}", told(&ran));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_set_does_not_overwrite_its_list_or_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let wav = tone(8000, 1, 800);
    fs::create_dir_all(at("blobs")).unwrap();
    fs::write(at("blobs/a.wav"), &wav).unwrap();
    // a recording is identified by its bytes, whatever its name
    fs::write(at("blobs/set-00000-of-00001.tar"), &wav).unwrap();
    let list = "Label,Blob Name\n1,a.wav\n2,set-00000-of-00001.tar\n";
    fs::write(at("labels.csv"), list).unwrap();
    fs::write(at("set-quarantine.csv"), list).unwrap();
    let map = r#"{"one": 1}"#;
    fs::write(at("set-labels.json"), map).unwrap();
    let build = |list: &str, more: &[&str]| {
        let arguments = [&["dataset", list, "--blobs", "blobs"], more].concat();
        command(&arguments, &[]).current_dir(folder.path()).output().unwrap()
    };
    for (list, more) in [
        ("set-quarantine.csv", &["--output", "set"][..]),
        ("labels.csv", &["--output", "./blobs/../blobs/set", "--format", "webdataset"]),
        ("labels.csv", &["--output", "set", "--label-map", "set-labels.json"]),
    ] {
        let ran = build(list, more);
        assert_eq!(ran.status.code(), Some(1), "{more:?}: {}", told(&ran));
        assert!(told(&ran).contains("would be overwritten"), "{}", told(&ran));
    }
    assert_eq!(fs::read(at("blobs/set-00000-of-00001.tar")).unwrap(), wav);
    assert_eq!(fs::read_to_string(at("set-quarantine.csv")).unwrap(), list);
    assert_eq!(fs::read_to_string(at("set-labels.json")).unwrap(), map);
    assert_eq!(fs::read_dir(at("blobs")).unwrap().count(), 2);
    let ran = build("labels.csv", &["--output", "blobs/other"]);
    assert!(ran.status.success(), "{}", told(&ran));
}

#[test]
fn only_a_complete_result_replaces_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("good"), readings()).unwrap();
    assert!(windows(folder.path(), "good", "out", &[]).status.success());
    let earlier = fs::read_to_string(at("out")).unwrap();
    assert_eq!(earlier.lines().count(), 3);
    fs::write(at("empty"), "").unwrap();
    fs::write(at("blank"), "\n\n").unwrap();
    fs::write(at("nonsense"), "nonsense\n{\"key\": 1\n").unwrap();
    fs::create_dir(at("none")).unwrap();
    for (input, why) in [
        ("empty", "nothing to measure"),
        ("blank", "nothing to measure"),
        ("nonsense", "it is not JSON"),
        ("none", "there is no file to read"),
        ("absent", "No such file"),
    ] {
        let ran = windows(folder.path(), input, "out", &[]);
        assert_eq!(ran.status.code(), Some(1), "{input}: {}", told(&ran));
        assert!(told(&ran).contains(why) && told(&ran).contains("  do: "), "{input}: {}", told(&ran));
        assert_eq!(fs::read_to_string(at("out")).unwrap(), earlier, "{input}");
    }
    // a recording shorter than a frame, and one of a frame alone
    for (frames, whole) in [(0, false), (100, false), (8191, false), (8192, true)] {
        fs::write(at("short.wav"), tone(8000, 1, frames)).unwrap();
        let set = [("INPUT", "short.wav"), ("OUTPUT", "spectra")];
        let ran = command(&["run", "spectrum-file"], &set).current_dir(folder.path()).output().unwrap();
        assert_eq!(ran.status.success(), whole, "{frames}: {}", told(&ran));
        assert_eq!(at("spectra").exists(), whole, "{frames}");
    }
    // also without an output file: the page of a recording
    fs::write(at("short.wav"), tone(8000, 1, 100)).unwrap();
    let file = at("short.wav").display().to_string();
    let ran = run(&["live", &file, "--no-open", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(ran.status.code(), Some(1), "{}", told(&ran));
    assert!(
        told(&ran).contains("does not fill one window") && !told(&ran).contains(".toml"),
        "{}",
        told(&ran)
    );
}

#[test]
fn a_set_without_examples_is_a_failure_and_keeps_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    crate::recordings::make(folder.path(), 6);
    let prefix = folder.path().join("set").display().to_string();
    let (code, told) = crate::recordings::build(folder.path(), &prefix, &[]);
    assert_eq!(code, 0, "{told}");
    let before = crate::recordings::files(folder.path());
    let blobs = folder.path().join("blobs");
    fs::read_dir(&blobs).unwrap().for_each(|entry| fs::write(entry.unwrap().path(), "no sound").unwrap());
    let (code, told) = crate::recordings::build(folder.path(), &prefix, &["--seed", "1"]);
    assert!(code == 1 && told.contains("can be used") && told.contains("speaker"), "{code}: {told}");
    assert_eq!(crate::recordings::difference(&before, &crate::recordings::files(folder.path())), [""; 0]);
}

#[test]
fn only_late_data_measures_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // a reading of today without a selected value, then those of a day before
    let file = write(
        &folder,
        "samples.toml",
        "[source]\ntype = 'simulate'\nduration = '1 s'\npace = 'as fast as it goes'\n[window]\ntype = 'sliding'\n\
         [[transform]]\ntype = 'spectrum'\n[[transform]]\ntype = 'average'\nover = 1000\n[[sink]]\ntype = 'stdout'\n",
    );
    let ran = run(&["run", &file], &[]);
    assert_eq!(ran.status.code(), Some(1), "{}", told(&ran));
    assert!(told(&ran).contains("no result is complete"), "{}", told(&ran));
    assert!(ran.stdout.is_empty());
}

#[test]
fn outputs_are_reported_with_their_size() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), format!("{}nonsense\n", readings())).unwrap();
    let ran = windows(folder.path(), "in", "out", &[("REFUSED", "bad")]);
    let bytes = fs::metadata(folder.path().join("out")).unwrap().len();
    let said = told(&ran);
    assert!(said.contains(&format!("  out: 3 lines, {bytes} bytes")), "{said}");
    assert!(said.contains("  bad: 1 refused") && said.contains("31 in, 1 refused, 3 out"), "{said}");
    assert!(!said.contains("Data that could not be used"), "{said}");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let set = [("INPUT", &at("in")[..]), ("OUTPUT", &at("out"))];
    assert!(good(&["run", "sensors-ndjson", "--verbose"], &set).contains("Data that could not be used"));
    let summary = good(&["--json", "run", "sensors-ndjson"], &set);
    let summary: serde_json::Value = serde_json::from_str(summary.lines().last().unwrap()).unwrap();
    let written = serde_json::json!([
        { "to": at("out"), "bytes": bytes, "rows": 3, "of": "lines", "whole": true }
    ]);
    assert_eq!((&summary["written"], &summary["end"]), (&written, &"complete".into()));
}
