//! `passband score`: a scale of sines results in its notes and rests, in every format.

use crate::passband::{good, run};
use crate::recordings;
use serde_json::Value;
use std::path::Path;

const RATE: u32 = 22_050;
const SCALE: [u8; 5] = [60, 62, 64, 65, 67];

/// Half a second of a sine per note, followed by a quarter of silence.
pub fn scale(path: &Path) {
    let mut samples = vec![];
    for midi in SCALE {
        let hz = 440.0 * 2f32.powf((f32::from(midi) - 69.0) / 12.0);
        let tone = |n: u32| 0.5 * (n as f32 / RATE as f32 * std::f32::consts::TAU * hz).sin();
        samples.extend((0..RATE / 2).map(tone));
        samples.extend((0..RATE / 4).map(|_| 0.0));
    }
    wav(path, &samples);
}

fn wav(path: &Path, samples: &[f32]) {
    let samples: Vec<i16> = samples.iter().map(|x| (x * 32767.0) as i16).collect();
    std::fs::write(path, recordings::wav(RATE, 1, &samples)).unwrap();
}

/// Note numbers that a MIDI file switches on, with their times in seconds.
fn notes_of(file: &[u8]) -> Vec<(f64, u8)> {
    let ticks_a_quarter = f64::from(u16::from_be_bytes([file[12], file[13]]));
    let (mut at, mut micros, mut notes) = (14, 0.0, vec![]);
    while at < file.len() {
        assert_eq!(&file[at..at + 4], b"MTrk");
        let end = at + 8 + u32::from_be_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        at += 8;
        let mut tick = 0u32;
        while at < end {
            let number = |at: &mut usize| {
                let mut number = 0;
                loop {
                    let byte = file[*at];
                    *at += 1;
                    number = number << 7 | u32::from(byte & 0x7f);
                    if byte < 0x80 {
                        return number;
                    }
                }
            };
            tick += number(&mut at);
            match file[at] {
                0xff => {
                    let kind = file[at + 1];
                    at += 2;
                    let length = number(&mut at) as usize;
                    if kind == 0x51 {
                        micros =
                            file[at..at + 3].iter().fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte));
                    }
                    at += length;
                }
                status => {
                    if status == 0x90 {
                        notes.push((f64::from(tick) * micros / 1e6 / ticks_a_quarter, file[at + 1]));
                    }
                    at += 3;
                }
            }
        }
        assert_eq!(at, end);
    }
    notes
}

#[test]
fn a_scale_becomes_its_notes_and_rests_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    scale(Path::new(&at("scale.wav")));
    for ending in ["mid", "json", "jams", "lab", "beats", "txt"] {
        good(&["score", &at("scale.wav"), "-o", &at(&format!("scale.{ending}"))], &[]);
    }
    let text = |name: &str| std::fs::read_to_string(at(name)).unwrap();

    let score: Value = serde_json::from_str(&text("scale.json")).unwrap();
    let melody = score["melody"].as_array().unwrap();
    assert_eq!(melody.len(), 10, "{score}");
    for (n, part) in melody.iter().enumerate() {
        let (onset, end) = (part["onset"].as_f64().unwrap(), part["end"].as_f64().unwrap());
        let expected = 0.75 * (n / 2) as f64 + if n % 2 == 0 { 0.0 } else { 0.5 };
        assert!((onset - expected).abs() < 0.08 && end > onset, "{part}");
        if n % 2 == 0 {
            assert_eq!(part["type"], "note");
            assert!((part["pitch"].as_f64().unwrap() - f64::from(SCALE[n / 2])).abs() < 0.2, "{part}");
            assert!(part["level"].is_number() && part["confidence"].as_f64().unwrap() > 0.5, "{part}");
        } else {
            assert_eq!(part["type"], "rest");
        }
    }

    let notes = notes_of(&std::fs::read(at("scale.mid")).unwrap());
    assert_eq!(notes.iter().map(|(_, number)| *number).collect::<Vec<_>>(), SCALE);
    for (n, (seconds, _)) in notes.iter().enumerate() {
        assert!((seconds - 0.75 * n as f64).abs() < 0.08, "{notes:?}");
    }

    let jams: Value = serde_json::from_str(&text("scale.jams")).unwrap();
    let annotations = jams["annotations"].as_array().unwrap();
    let of = |name: &str| annotations.iter().find(|one| one["namespace"] == name).unwrap()["data"].clone();
    assert_eq!(of("note_midi").as_array().unwrap().len(), SCALE.len());

    let labels = text("scale.txt");
    let notes: Vec<_> = labels.lines().filter_map(|line| line.split('\t').nth(2)).collect();
    let names = ["C4", "rest", "D4", "rest", "E4", "rest", "F4", "rest", "G4", "rest"];
    let found: Vec<_> = notes.into_iter().filter(|label| names.contains(label)).collect();
    assert_eq!(found, names);
    for line in text("scale.lab").lines() {
        let fields: Vec<_> = line.split('\t').collect();
        assert!(
            fields.len() == 3 && fields[0].parse::<f64>().unwrap() < fields[1].parse().unwrap(),
            "{line}"
        );
    }
    assert_eq!(text("scale.beats").lines().count(), score["beats"].as_array().unwrap().len());
}

#[test]
fn silence_has_a_score_of_one_rest() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    wav(Path::new(&at("silence.wav")), &[0.0; RATE as usize]);
    good(&["score", &at("silence.wav"), "-o", &at("silence.json")], &[]);
    let score: Value = serde_json::from_str(&std::fs::read_to_string(at("silence.json")).unwrap()).unwrap();
    assert!(
        score["key"].is_null() && score["tempo"].is_null() && score["time_signature"].is_null(),
        "{score}"
    );
    assert_eq!(score["melody"], serde_json::json!([{ "type": "rest", "onset": 0.0, "end": 1.0 }]));
    assert_eq!((&score["chords"], &score["beats"]), (&serde_json::json!([]), &serde_json::json!([])));
    good(&["score", &at("silence.wav"), "-o", &at("silence.mid")], &[]);
    assert!(notes_of(&std::fs::read(at("silence.mid")).unwrap()).is_empty());
}

/// An empty score is written if there is none yet, but does not replace an existing one.
#[test]
fn a_silent_recording_keeps_an_earlier_score() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    scale(Path::new(&at("scale.wav")));
    wav(Path::new(&at("silence.wav")), &[0.0; RATE as usize]);
    for ending in ["mid", "json", "jams", "lab", "beats", "txt"] {
        let score = at(&format!("score.{ending}"));
        good(&["score", &at("scale.wav"), "-o", &score], &[]);
        let before = std::fs::read(&score).unwrap();
        let output = run(&["score", &at("silence.wav"), "-o", &score], &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("nothing was found") && said.contains(&score), "{said}");
        assert!(std::fs::read(&score).unwrap() == before, "{ending}");
    }
}

#[test]
fn unknown_endings_and_the_recording_itself_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    scale(Path::new(&at("scale.wav")));
    let before = std::fs::read(at("scale.wav")).unwrap();
    std::fs::hard_link(at("scale.wav"), at("scale.txt")).unwrap();
    for (output, why) in
        [("scale.wav", "is not that of a format"), ("scale.xml", ".mid"), ("scale.txt", "over")]
    {
        let output = run(&["score", &at("scale.wav"), "-o", &at(output)], &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(why), "{said}");
    }
    assert_eq!(std::fs::read(at("scale.wav")).unwrap(), before);
    std::fs::write(at("none.wav"), b"no sound").unwrap();
    let output = run(&["score", &at("none.wav"), "-o", &at("none.mid")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!Path::new(&at("none.mid")).exists());
}

#[test]
fn analyze_gives_a_row_for_each_beat_note_and_chord() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    scale(Path::new(&at("scale.wav")));
    let rows = |per: &str| -> Vec<Value> {
        good(&["analyze", &at("scale.wav"), "-o", &at("rows.ndjson"), "--per", per], &[]);
        let text = std::fs::read_to_string(at("rows.ndjson")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let notes = rows("note");
    assert_eq!(notes.len(), SCALE.len());
    assert_eq!((&notes[1]["stream"], &notes[1]["name"]), (&"scale.wav".into(), &"D4".into()));
    assert!(notes[4]["end"].as_f64().unwrap() > notes[4]["start"].as_f64().unwrap());
    assert!(rows("chord").iter().all(|row| row["label"].is_string() && row["end"].is_number()));
    assert!(rows("beat").iter().all(|row| row["start"].is_number() && row["chord"].is_string()));
    // without MFCC, no setting is required
    good(&["analyze", &at("scale.wav"), "-o", &at("rows.csv"), "--features", "melody"], &[]);
}
