//! `passband analyze`: recordings to a table or to lines; recordings that cannot be measured.

use crate::passband::{good, run};
use crate::recordings;
use passband_testbed::passband_data;
use serde_json::Value;
use std::path::Path;

/// Clicks in 16 bits, two per second, for this number of seconds.
pub fn clicks(path: &Path, rate: u32, seconds: u32) {
    let sample = |n: u32| if n % (rate / 2) < rate / 100 { 12_000 * (n as i32 % 2 * 2 - 1) } else { 0 };
    let samples: Vec<i16> = (0..rate * seconds).map(|n| sample(n) as i16).collect();
    std::fs::write(path, recordings::wav(rate, 1, &samples)).unwrap();
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_recording_is_a_line_and_a_damaged_one_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    // commas and dollar signs are part of a name
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

/// EBU Tech 3341, case 1: loudness is measured on the channels, not on their mean.
#[test]
fn a_tone_in_both_channels_at_minus_23_dbfs_has_minus_23_lufs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    let tone = |n: usize| (2319.8 * (n as f64 * std::f64::consts::TAU / 48.0).sin()).round() as i16;
    let data: Vec<u8> =
        (0..5 * 48_000).flat_map(|n| [tone(n), -tone(n)]).flat_map(i16::to_le_bytes).collect();
    let mut wav = b"RIFF----WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
    wav.extend([48_000u32, 192_000].into_iter().flat_map(u32::to_le_bytes));
    wav.extend(*b"\x04\0\x10\0data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    let riff = (wav.len() as u32 - 8).to_le_bytes();
    wav[4..8].copy_from_slice(&riff);
    std::fs::write(&path, wav).unwrap();
    let output = run(&["analyze", path.to_str().unwrap(), "--features", "loudness"], &[]);
    let row = &lines(&String::from_utf8_lossy(&output.stdout))[0];
    assert!((row["loudness"].as_f64().unwrap() + 23.0).abs() < 0.1, "{row}");
    assert!((row["true_peak"].as_f64().unwrap() + 23.0).abs() < 0.2, "{row}");
}

#[test]
fn the_extension_selects_the_format_and_frames_have_rows() {
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
    assert!(said.contains("is not that of a format") && said.contains(".parquet"), "{said}");
    let output = run(&["analyze", &at("."), "--per", "beat", "--features", "mfcc"], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--features has no effect"), "{said}");
}

/// Compares with `librosa.load` (mean of the channels, 22,050 Hz by soxr HQ) and `librosa.feature` of librosa 0.11.0,
/// means over the frames.
///
/// The spoken digits have a rate of 8 kHz and are shorter than a second. At 22,050 Hz, their upper half band is silent
/// except for artefacts of the first and last 20 samples, which soxr interpolates in two stages: these differ by 4e-3
/// of the peak, and coefficients by up to 1.28.
/// coefficients by up to 1.28.
#[test]
fn features_of_real_recordings_are_those_of_librosa_after_resampling() {
    let Some(data) = passband_data() else { return };
    let text = std::fs::read_to_string(data.join("reference-features/librosa-0.11.0.jsonl")).unwrap();
    let wanted = lines(&text);
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("rows.ndjson").display().to_string();
    let paths: Vec<String> =
        wanted.iter().map(|row| data.join(row["file"].as_str().unwrap()).display().to_string()).collect();
    let features: Vec<&str> = COMPARED.iter().map(|(feature, ..)| *feature).collect();
    let features = features.join(",");
    let mut arguments = vec!["analyze", "-o", &list, "--features", &features];
    arguments.extend(paths.iter().map(String::as_str));
    let output = run(&arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = lines(&std::fs::read_to_string(&list).unwrap());
    assert_eq!(rows.len(), wanted.len());
    for (feature, column, of_digits, of_others) in COMPARED {
        let (mut digits, mut others) = (0.0, 0.0);
        for row in &rows {
            // in the order of the arguments
            let want = &wanted[row["recording"].as_u64().unwrap() as usize - 1];
            let scale = |x: f64| if feature == "mfcc" { 1.0 } else { x.abs() };
            let found = numbers(&row[format!("{feature}_mean")]);
            let wrong = found.iter().zip(numbers(&want[column])).map(|(a, b)| (a - b).abs() / scale(b));
            let is_digit = want["file"].as_str().unwrap().starts_with("fsdd/");
            let worst = if is_digit { &mut digits } else { &mut others };
            *worst = wrong.fold(*worst, f64::max);
        }
        eprintln!("{feature}: digits {digits:.2e}, others {others:.2e}");
        assert!(digits <= of_digits && others <= of_others, "{feature}: {digits:.4}, {others:.4}");
    }
}

/// Feature, column of the reference, and tolerance of means: for 400 digits at 8 kHz, for 40 recordings at other rates.
/// Absolute for MFCCs, relative for other features.
const COMPARED: [(&str, &str, f64, f64); 8] = [
    ("mfcc", "mfcc_mean", 1.3, 0.01),
    ("rms", "rms_mean", 0.0003, 0.0003),
    ("zero_crossing_rate", "zcr_mean", 0.01, 0.004),
    ("spectral_centroid", "centroid_mean_hz", 0.02, 0.004),
    ("spectral_bandwidth", "bandwidth_mean_hz", 0.04, 0.002),
    ("spectral_rolloff", "rolloff85_mean_hz", 0.02, 0.003),
    ("spectral_flatness", "flatness_mean", 0.9, 0.02),
    ("chroma_stft", "chroma_stft_mean", 0.003, 0.005),
];

fn numbers(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(all) => all.iter().map(|x| x.as_f64().unwrap()).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}
