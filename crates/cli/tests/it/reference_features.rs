//! Features beside librosa's, of every recording and feature in `reference-features`; writes the table of
//! docs/accuracy.md.
//!
//! `PASSBAND_GOLDEN=write cargo test -p passband --test it reference_features` writes it anew.

use crate::passband::run;
use passband_dsp::feature::{Feature, Plan};
use passband_testbed::{passband_data, workspace};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// Where the table begins in docs/accuracy.md; it ends before the next heading.
const HEADING: &str = "## Features by frame: librosa 0.11\n";

const TEXT: &str = "
Means over frames of 440 recordings (speech, music, notes, radio), compared with those of librosa 0.11.0, which are \
given with six digits. `cargo test -p passband --test it reference_features` compares the values and this table. \
*Native*: at the rate of the recording, so that the same samples are measured. *Resampled*: after `librosa.load` at \
22,050 Hz, so that the resamplers differ too: above the Nyquist frequency of the recording (two thirds of all bands \
for digits at 8 kHz), there are only the edges of recordings and rounding errors. The native bandwidth differs by more \
than 4e-6 for only one recording: pure tones in Ogg Vorbis, whose bandwidth is that of the decoder's rounding errors. \
Differences are the maximum over all recordings and values: absolute in dB for MFCC, otherwise relative to the maximum \
of the feature.

| feature | compared | recordings | greatest difference | allowed |
|---|---|---|---|---|
";

/// Feature, column of the reference, and what is allowed: at the native rate, resampled from other rates, and of digits
/// resampled from 8 kHz.
const FEATURES: [(&str, &str, [f64; 3]); 8] = [
    ("mfcc", "mfcc_mean", [1e-3, 0.01, 1.3]),
    ("rms", "rms_mean", [1e-4, 3e-4, 3e-4]),
    ("zero_crossing_rate", "zcr_mean", [1e-4, 0.004, 0.01]),
    ("spectral_centroid", "centroid_mean_hz", [1e-4, 0.004, 0.02]),
    ("spectral_bandwidth", "bandwidth_mean_hz", [5e-4, 0.002, 0.04]),
    ("spectral_rolloff", "rolloff85_mean_hz", [1e-4, 0.003, 0.02]),
    ("spectral_flatness", "flatness_mean", [1e-4, 0.02, 0.9]),
    ("chroma_stft", "chroma_stft_mean", [1e-4, 0.005, 0.005]),
];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(all) => all.iter().map(|x| x.as_f64().unwrap()).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}

/// The rows of recordings at a rate, in the order of the paths.
fn analyzed(paths: &[String], rate: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("rows.ndjson").display().to_string();
    let features = FEATURES.map(|(feature, ..)| feature).join(",");
    let mut arguments = vec!["analyze", "-o", &table, "--features", &features, "--rate", rate];
    arguments.extend(["--settings", "n_mfcc=13,tuning=0"]);
    arguments.extend(paths.iter().map(String::as_str));
    let output = run(&arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    lines(&std::fs::read_to_string(&table).unwrap())
}

/// The greatest difference of a feature from librosa's: absolute of MFCCs, of others relative to its greatest value.
fn difference(feature: &str, row: &Value, wanted: &Value) -> f64 {
    let (found, wanted) = (numbers(&row[format!("{feature}_mean")]), numbers(wanted));
    assert_eq!(found.len(), wanted.len(), "{feature} of {}", row["path"]);
    let greatest = wanted.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let scale = if feature == "mfcc" || greatest == 0.0 { 1.0 } else { greatest };
    found.iter().zip(&wanted).map(|(found, wanted)| (found - wanted).abs() / scale).fold(0.0, f64::max)
}

#[test]
fn every_reference_feature_is_ours() {
    let Some(data) = passband_data() else {
        eprintln!("skipped: 440 recordings, 8 features, an STFT and the MFCCs of its frames");
        return;
    };
    let text = std::fs::read_to_string(data.join("reference-features/librosa-0.11.0.jsonl")).unwrap();
    let wanted = lines(&text);
    let paths: Vec<String> =
        wanted.iter().map(|row| data.join(row["file"].as_str().unwrap()).display().to_string()).collect();
    let (native, resampled) = (analyzed(&paths, "native"), analyzed(&paths, "22050"));
    assert_eq!((native.len(), resampled.len()), (wanted.len(), wanted.len()));
    let mut table = String::new();
    let mut wrong = vec![];
    for (feature, column, allowed) in FEATURES {
        let ways = ["native", "resampled", "resampled, digits at 8 kHz"];
        let (mut most, mut counts) = ([0.0f64; 3], [0; 3]);
        for (at, want) in wanted.iter().enumerate() {
            let own = want["native"]["sr"] == want["sr"];
            let mut compare = |way: usize, row: &Value, value: &Value| {
                let off = difference(feature, row, value);
                (most[way], counts[way]) = (most[way].max(off), counts[way] + 1);
                if off > allowed[way] {
                    wrong.push(format!("{feature}, {}, {}: {off:.2e}", ways[way], want["file"]));
                }
            };
            match (want["native"].get(column), own) {
                (Some(value), _) => compare(0, &native[at], value),
                (None, true) => compare(0, &native[at], &want[column]),
                _ => {}
            }
            let digit = want["file"].as_str().unwrap().starts_with("fsdd/");
            if !own {
                compare(if digit { 2 } else { 1 }, &resampled[at], &want[column]);
            }
        }
        for way in 0..3 {
            let unit = if feature == "mfcc" { " dB" } else { "" };
            let (off, most) = (rounded(most[way]), plain(allowed[way]));
            let _ = writeln!(
                table,
                "| `{feature}` | {} | {} | {off}{unit} | {most}{unit} |",
                ways[way], counts[way]
            );
        }
    }
    frames(&data, &mut table, &mut wrong);
    println!("{table}");
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    documented(&format!("{HEADING}{TEXT}{table}"));
}

/// Two digits, upwards, so that the table does not change with the last bits.
fn rounded(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let unit = 10f64.powf(value.log10().floor() - 1.0);
    plain((value / unit - 1e-9).ceil() * unit)
}

/// A number as it is read most easily.
fn plain(value: f64) -> String {
    match value >= 1e-3 {
        true => format!("{}", (value * 1e6).round() / 1e6),
        false => format!("{value:.1e}").replace(".0e", "e"),
    }
}

/// The values of every frame, of the recording for which there are such.
fn frames(data: &Path, table: &mut String, wrong: &mut Vec<String>) {
    let name = "7_jackson_0";
    let wav = std::fs::read(data.join(format!("fsdd/recordings/{name}.wav"))).unwrap();
    let at = wav.windows(4).position(|tag| tag == b"data").unwrap() + 8;
    let sample = |x: &[u8]| f32::from(i16::from_le_bytes([x[0], x[1]])) / 32768.0;
    let samples: Vec<f32> = wav[at..].chunks_exact(2).map(sample).collect();
    let measured = |feature: &str, settings: &[(&str, &str)]| {
        let mut all = Feature::by_name(feature).unwrap().settings();
        settings.iter().for_each(|(name, value)| all.set(name, value).unwrap());
        let (mut plan, mut out) = (Plan::new(&all, 8000.0).unwrap(), vec![]);
        plan.frames(&samples, &mut out);
        (plan.width(0), out)
    };
    let csv = |file: String| -> Vec<Vec<f64>> {
        let text = std::fs::read_to_string(data.join("reference-features").join(file)).unwrap();
        let row = |line: &str| line.split(',').map(|x| x.parse().unwrap()).collect();
        text.lines().skip(1).map(row).collect()
    };
    let stft = csv(format!("stft_{name}.csv"));
    let mut note = |feature: &str, unit: &str, off: f64, allowed: f64| {
        let (shown, most) = (rounded(off), plain(allowed));
        let _ = writeln!(table, "| `{feature}` | native, each frame | 1 | {shown}{unit} | {most}{unit} |");
        if off > allowed {
            wrong.push(format!("{feature}, each frame: {off:.2e}"));
        }
    };
    let greatest = stft.iter().fold(0.0, |most: f64, row| most.max(row[2]));
    for (feature, column, unit, scale, allowed) in
        [("magnitude_spectrogram", 2, "", greatest, 1e-4), ("db_spectrogram", 3, " dB", 1.0, 1e-3)]
    {
        let settings: &[(&str, &str)] = if column == 3 { &[("ref", "1")] } else { &[] };
        let (width, out) = measured(feature, settings);
        assert_eq!(out.len(), stft.len(), "{feature}");
        let off =
            |row: &Vec<f64>| (f64::from(out[row[1] as usize * width + row[0] as usize]) - row[column]).abs();
        note(feature, unit, stft.iter().map(off).fold(0.0, f64::max) / scale, allowed);
    }
    let rows = csv(format!("mfcc_frames_{name}.csv"));
    let (width, out) = measured("mfcc", &[("n_mfcc", "13")]);
    let off = |(frame, row): (usize, &Vec<f64>)| {
        let own = &out[frame * width..][..width];
        own.iter().zip(&row[1..]).map(|(own, want)| (f64::from(*own) - want).abs()).fold(0.0, f64::max)
    };
    note("mfcc", " dB", rows.iter().enumerate().map(off).fold(0.0, f64::max), 1e-3);
}

/// The section of docs/accuracy.md is this one; it is written where that is asked for.
fn documented(section: &str) {
    let path = workspace().join("docs/accuracy.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let start = page.find(HEADING).unwrap_or(page.len());
    let rest = page[start..].get(HEADING.len()..).and_then(|rest| rest.find("\n## "));
    let end = rest.map_or(page.len(), |at| start + HEADING.len() + at);
    let fresh = format!("{}{section}{}", &page[..start], &page[end..]);
    if std::env::var("PASSBAND_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(
            fresh == page,
            "the table of docs/accuracy.md is another: write it anew with PASSBAND_GOLDEN=write\n{section}"
        );
    }
}
