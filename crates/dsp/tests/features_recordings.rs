//! Features of real recordings compared with librosa's. Skipped if they are not available (`PASSBAND_DATA`, default
//! `../shared/data` next to the workspace).

use std::path::{Path, PathBuf};

use passband_dsp::feature::{Feature, Plan};
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("PASSBAND_DATA").map(PathBuf::from);
    let folder = data.unwrap_or(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let there = folder.join("reference-features").is_dir();
    if !there {
        eprintln!(
            "skipped: features of real recordings; to have them, set PASSBAND_DATA to the folder of recordings"
        );
    }
    there.then_some(folder)
}

/// The samples of a 16-bit mono WAV file; other files are not compared.
fn samples(path: &Path) -> Option<Vec<f32>> {
    let bytes = std::fs::read(path).ok()?;
    let mut chunks = bytes.strip_prefix(b"RIFF")?.get(8..)?;
    let mut mono_16 = false;
    while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = rest.get(..length)?;
        match &head[..4] {
            b"fmt " => mono_16 = body.get(..4)? == [1, 0, 1, 0] && body.get(14..16)? == [16, 0],
            b"data" if mono_16 => {
                let sample = |x: &[u8; 2]| f32::from(i16::from_le_bytes(*x)) / 32768.0;
                return Some(body.as_chunks::<2>().0.iter().map(sample).collect());
            }
            _ => {}
        }
        chunks = rest.get(length.next_multiple_of(2)..)?;
    }
    None
}

fn mfcc(samples: &[f32], rate: f64) -> Vec<f32> {
    let settings = Feature::by_name("mfcc").unwrap().settings().with("n_mfcc", "13").unwrap();
    let mut out = vec![];
    Plan::new(&settings, rate).unwrap().frames(samples, &mut out);
    out
}

/// librosa's values were computed from f32 samples, with an error of up to 1e-4; the file has seven digits.
#[test]
fn the_mfccs_of_a_recording_are_librosas() {
    let Some(folder) = folder() else { return };
    let samples = samples(&folder.join("fsdd/recordings/7_jackson_0.wav")).unwrap();
    let out = mfcc(&samples, 8000.0);
    let text =
        std::fs::read_to_string(folder.join("reference-features/mfcc_frames_7_jackson_0.csv")).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').skip(1).map(|x| x.parse().unwrap()).collect())
        .collect();
    assert_eq!(out.len(), rows.len() * 13);
    for (t, (row, expected)) in out.chunks(13).zip(&rows).enumerate() {
        for (k, (value, expected)) in row.iter().zip(expected).enumerate() {
            let off = (f64::from(*value) - expected).abs();
            assert!(off < 1e-4, "frame {t}, coefficient {k}: {value}, librosa {expected}");
        }
    }
}

/// The mean over frames, with six digits in the file.
#[test]
fn the_mean_mfccs_of_recordings_are_librosas() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("reference-features/librosa-0.11.0.jsonl")).unwrap();
    let mut compared = 0;
    for line in text.lines() {
        let file: Value = serde_json::from_str(line).unwrap();
        let path = folder.join(file["file"].as_str().unwrap());
        let native = &file["native"];
        let (Some(rate), Some(length)) = (native["sr"].as_f64(), native["n_samples"].as_u64()) else {
            continue;
        };
        let Some(samples) = samples(&path).filter(|samples| samples.len() as u64 == length) else { continue };
        let out = mfcc(&samples, rate);
        assert_eq!(out.len() as u64, 13 * native["n_frames"].as_u64().unwrap(), "{}", path.display());
        for (k, expected) in native["mfcc_mean"].as_array().unwrap().iter().enumerate() {
            let of_frames = out.chunks(13).map(|row| f64::from(row[k]));
            let mean = of_frames.sum::<f64>() / (out.len() / 13) as f64;
            let expected = expected.as_f64().unwrap();
            // Half a step of the sixth digit, and librosa's own rounding error.
            let allowed = 1e-4 + 5e-6 * expected.abs();
            assert!(
                (mean - expected).abs() < allowed,
                "{}, coefficient {k}: {mean}, librosa {expected}",
                path.display()
            );
        }
        compared += 1;
    }
    println!("{compared} recordings compared");
    assert!(compared > 100, "only {compared} recordings were compared");
}
