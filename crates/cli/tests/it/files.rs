//! Spectra of recordings, gaps, and complete or missing output files.

use crate::passband::{count, good, pipeline, run, start, write};
use crate::recordings::form;
use passband_testbed::{S3, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const SIMULATED: &str = r#"
[source]
type = "simulate"
signal = "noise"
duration = "20 s"
pace = "as fast as it goes"
recording = 1700000000000000
gaps = "${GAPS}"

[window]
type = "sliding"

[[transform]]
type = "spectrum"
scale = "magnitude"

[[sink]]
type = "file"
path = "${OUTPUT}"
"#;

/// The lines of a file of spectra, by start and channel.
fn spectra(path: &str) -> BTreeMap<(u64, u64), String> {
    let text = std::fs::read_to_string(path).expect("the file is whole");
    let line = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("a line is JSON");
        ((value["start"].as_u64().unwrap(), value["channel"].as_u64().unwrap()), line.to_owned())
    };
    let lines: BTreeMap<_, _> = text.lines().map(line).collect();
    assert_eq!(lines.len(), text.lines().count(), "no frame comes twice");
    lines
}

#[test]
fn a_gap_restarts_only_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "gaps.toml", SIMULATED);
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name).display().to_string());
    let told = good(&["--json", "run", &file], &[("GAPS", "0"), ("OUTPUT", &whole)]);
    let (blocks, length) = (count(&told, "in"), (20.0 * 44_100.0) as u64);
    let told = good(&["--json", "run", &file], &[("GAPS", "1 %"), ("OUTPUT", &broken)]);
    let lost = blocks - count(&told, "in");
    assert!((20..60).contains(&lost), "{lost} of {blocks} blocks were left out");

    let (whole, broken) = (spectra(&whole), spectra(&broken));
    assert!(
        broken.iter().all(|(frame, line)| whole[frame] == *line),
        "a frame differs from the undisturbed run"
    );
    // a lost block removes every frame with any of its samples: the lost blocks are inferred from this alone
    let missing = |block: u64| {
        let touched = |start: &u64| *start < (block + 1) * 256 && start + 8192 > block * 256;
        let frames: Vec<u64> = whole.keys().map(|(start, _)| *start).filter(touched).collect();
        !frames.is_empty() && frames.iter().all(|start| !broken.contains_key(&(*start, 0)))
    };
    let there: std::collections::BTreeSet<u64> = broken.keys().map(|(start, _)| *start).collect();
    assert!(there.iter().all(|start| (0..32).all(|k| !missing(start / 256 + k))), "a frame spans a gap");
    // adjacent lost blocks are one gap, and a block at the very end is not a gap
    let gaps = count(&told, "gaps");
    assert!(gaps <= lost && gaps + 10 >= lost, "{gaps} gaps for {lost} lost blocks");
    assert_eq!(count(&told, "lost_samples") % 256, 0);
    assert!(count(&told, "lost_samples").abs_diff(lost * 256) <= 256 && length > 0);
}

#[test]
fn a_stopped_run_leaves_a_part_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = SIMULATED.replace("as fast as it goes", "real time");
    let file = write(&folder, "slow.toml", &text);
    let output = folder.path().join("out.ndjson");
    let path = output.display().to_string();
    let mut process = start(&["run", &file], &[("GAPS", "0"), ("OUTPUT", &path)]);
    std::thread::sleep(Duration::from_millis(1500));
    process.interrupt();
    let status = process.wait(Duration::from_secs(10)).expect("it stops");
    assert_eq!(status.code(), Some(130));
    assert!(!output.exists() && folder.path().join("out.ndjson.part").exists());
}

#[test]
fn a_full_disk_is_an_error_and_leaves_a_part_file() {
    if !std::path::Path::new("/dev/full").exists() {
        return println!("skipped: /dev/full is needed, as Linux has it");
    }
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("out.part")).unwrap();
    let file = write(&folder, "full.toml", SIMULATED);
    let path = folder.path().join("out").display().to_string();
    let output = run(&["run", &file], &[("GAPS", "0"), ("OUTPUT", &path)]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("cannot be written") && told.contains("why: ") && told.contains("do: "), "{told}");
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn all_file_formats_contain_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("tone.wav");
    std::fs::write(&wav, tone(8000, 2, 4000)).unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let input = wav.display().to_string();
    for format in ["json", "csv", "avro"] {
        let set = [
            ("INPUT", input.as_str()),
            ("OUTPUT", &at(format)),
            ("FORMAT", format),
            ("LENGTH", "1000 samples"),
            ("HOP", "500 samples"),
        ];
        good(&["run", &pipeline("spectrum-file.toml")], &set);
    }
    let lines = spectra(&at("json"));
    assert_eq!(lines.len(), 2 * 7); // (4000 - 1000) / 500 + 1 frames of two channels
    let first: Value = serde_json::from_str(&lines[&(0, 1)]).unwrap();
    // 1 kHz on the right, half of full scale: bin 125 of 8 Hz each holds 0.5 · Σ hann / 2
    assert!(
        (first["values"][125].as_f64().unwrap() - 0.5 * 500.0 / 2.0).abs() < 1e-2,
        "{}",
        first["values"][125]
    );
    let csv = std::fs::read_to_string(at("csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2 * 7 * 501);
    assert!(
        csv.lines().nth(1 + 501 + 125).unwrap().starts_with("0,1,1000,"),
        "{}",
        csv.lines().nth(627).unwrap()
    );
    let Some(python) = passband_testbed::Python::find() else { return };
    let read = python.run("crates/cli/tests/avro/container.py", [at("avro")]);
    let read: Value = serde_json::from_str(&read).unwrap();
    assert_eq!((read["records"].as_u64(), read["scale"].as_str()), (Some(7), Some("magnitude")));
    assert_eq!(read["value"].as_f64(), first["values"][125].as_f64());
}

/// A WAV of 440 Hz left and 1 kHz right at half of full scale.
pub fn tone(rate: u32, channels: u16, frames: u32) -> Vec<u8> {
    let data: Vec<u8> = (0..frames)
        .flat_map(|i| (0..channels).map(move |c| (i, [440.0, 1000.0][c as usize % 2])))
        .map(|(i, f)| (0.5 * (std::f64::consts::TAU * f * f64::from(i) / f64::from(rate)).sin()) as f32)
        .flat_map(f32::to_le_bytes)
        .collect();
    form(rate, channels, 32, 3, &data)
}

#[test]
fn a_recording_in_an_object_store_equals_a_local_one() {
    let Some(server) = S3::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = SIMULATED
        .replace(
            "type = \"simulate\"\nsignal = \"noise\"\nduration = \"20 s\"",
            "type = \"file\"\npath = \"${INPUT}\"",
        )
        .replace("gaps = \"${GAPS}\"\n", "");
    let file = write(&folder, "far.toml", &text);
    let here = write(&folder, "song.wav", "");
    std::fs::write(&here, tone(44_100, 2, 200_000)).unwrap();
    let name = unique("songs");
    std::fs::copy(&here, server.bucket(&name).join("song one.wav")).unwrap();
    let endpoint = server.endpoint();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name).display().to_string());
    good(&["run", &file], &[("INPUT", &here), ("OUTPUT", &one)]);
    let there = format!("s3://{name}/song one.wav");
    let set = [
        ("INPUT", &there[..]),
        ("OUTPUT", &two),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ACCESS_KEY_ID", S3::KEY),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET),
    ];
    good(&["run", &file], &set);
    assert!(spectra(&one).len() > 1000);
    assert_eq!(spectra(&one), spectra(&two));
    let none = format!("s3://{name}/none.wav");
    let output = run(&["run", &file], &[("INPUT", &none), set[1], set[2], set[3], set[4]]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("cannot be opened") && told.contains(&none), "{told}");
}
