//! `passband analyze`: recordings to a table or to lines, and what cannot be measured with its reason.

use crate::passband::{good, run};
use passband_testbed::passband_data;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// So many seconds of clicks, `rate` samples a second, two clicks a second, in 16 bits.
fn clicks(path: &Path, rate: u32, seconds: u32) {
    let sample = |n: u32| if n % (rate / 2) < rate / 100 { 12_000 * (n as i32 % 2 * 2 - 1) } else { 0 };
    let bytes: Vec<u8> = (0..rate * seconds).flat_map(|n| (sample(n) as i16).to_le_bytes()).collect();
    let mut file = vec![];
    file.extend(b"RIFF");
    file.extend((36 + bytes.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend([rate, rate * 2].iter().flat_map(|x| x.to_le_bytes()));
    file.extend(b"\x02\0\x10\0data");
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_recording_is_a_line_with_its_tempo_and_a_broken_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    // a comma and a dollar in a name are part of it
    let odd = at("one, two ${x}.wav");
    clicks(Path::new(&odd), 22_050, 10);
    clicks(Path::new(&at("b.wav")), 44_100, 10);
    std::fs::write(at("broken.flac"), b"no sound").unwrap();
    let refused = at("refused.ndjson");
    let output = run(&["analyze", &odd, &at("b.wav"), &at("broken.flac"), "--refused", &refused], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let rows = lines(&String::from_utf8(output.stdout).unwrap());
    let names: Vec<_> = rows.iter().map(|row| row["stream"].as_str().unwrap()).collect();
    assert_eq!(names, ["one, two ${x}.wav", "b.wav"]);
    for row in &rows {
        let tempo = row["tempo"].as_f64().unwrap();
        assert!((tempo / 120.0 - 1.0).abs() < 0.02, "{row}");
        assert_eq!(row["mfcc_mean"].as_array().unwrap().len(), 13);
        assert!(row["beats"].as_array().unwrap().len() > 15);
    }
    let why = lines(&std::fs::read_to_string(refused).unwrap());
    assert!(why.len() == 1 && why[0]["source"].as_str().unwrap().contains("broken.flac"), "{why:?}");
}

#[test]
fn the_ending_of_the_output_names_the_format_and_frames_have_rows_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    clicks(Path::new(&at("a.wav")), 22_050, 2);
    good(&["analyze", &at("a.wav"), "-o", &at("a.ndjson"), "--per", "frame"], &[]);
    let rows = lines(&std::fs::read_to_string(at("a.ndjson")).unwrap());
    assert_eq!(rows.len(), 1 + 44_100 / 512);
    assert_eq!(rows[1]["frame"], 1);
    good(&["analyze", &at("a.wav"), "-o", &at("a.parquet")], &[]);
    assert_eq!(std::fs::read(at("a.parquet")).unwrap()[..4], *b"PAR1");
    let output = run(&["analyze", &at("a.wav"), "-o", &at("a.xyz")], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("names no format") && said.contains(".parquet"), "{said}");
}

/// `librosa.load` (mean of the channels, 22,050 Hz by soxr HQ) and `librosa.feature.mfcc` of librosa 0.11.0, the mean over
/// the frames.
#[test]
fn the_mfccs_of_real_recordings_are_those_of_librosa_after_resampling() {
    let Some(data) = passband_data() else { return };
    let text = std::fs::read_to_string(data.join("reference-features/librosa-0.11.0.jsonl")).unwrap();
    let wanted: HashMap<String, Vec<f64>> = lines(&text)
        .into_iter()
        .map(|row| (row["file"].as_str().unwrap().to_owned(), numbers(&row["mfcc_mean"])))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("rows.ndjson").display().to_string();
    let paths: Vec<String> = wanted.keys().map(|file| data.join(file).display().to_string()).collect();
    let mut arguments = vec!["analyze", "-o", &list, "--features", "mfcc"];
    // names below folders would not tell which file it was: each is named, and they come in order
    arguments.extend(paths.iter().map(String::as_str));
    let output = run(&arguments, &[]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    let names: Vec<&String> = wanted.keys().collect();
    let (mut measured, mut worst, mut beyond) = (0, 0.0, vec![]);
    for row in lines(&std::fs::read_to_string(&list).unwrap()) {
        let name = names[row["recording"].as_u64().unwrap() as usize - 1];
        let found = numbers(&row["mfcc_mean"]);
        let wrong = found.iter().zip(&wanted[name]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        measured += 1;
        worst = f64::max(worst, wrong);
        if wrong > 0.1 {
            beyond.push(format!("{name}: {wrong:.3}"));
        }
    }
    eprintln!("{measured} of {} measured, the furthest is off by {worst:.4}: {beyond:#?}", wanted.len());
    assert!(measured >= 400 && beyond.is_empty());
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}
