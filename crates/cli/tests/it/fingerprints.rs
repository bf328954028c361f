//! The same recording is recognised in another encoding, and no two different ones are taken for one.

use crate::passband::run;
use passband_testbed::passband_data;
use serde_json::Value;

/// Recordings of one sound in several encodings: another codec, quality, rate or number of channels.
const SAME: [[&str; 2]; 5] = [
    ["s16_mono_22_5kHz.flac", "s16_mono_22_5kHz.mp3"],
    ["s16_mono_22_5kHz.flac", "s16_stereo_22_5kHz.flac"],
    ["s16_mono_22_5kHz.mp3", "s16_stereo_22_5kHz.flac"],
    ["Kevin_MacLeod_-_Vibe_Ace.hq.ogg", "Kevin_MacLeod_-_Vibe_Ace.ogg"],
    ["5703-47212-0000.hq.ogg", "5703-47212-0000.ogg"],
];

#[test]
fn recordings_are_recognised_in_other_encodings_and_no_others() {
    let Some(data) = passband_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("prints.ndjson").display().to_string();
    let inputs: Vec<String> =
        ["librosa-examples", "satellite-audio", "chords-and-codecs", "annotated-notes", "flac-conformance"]
            .map(|name| data.join(name).display().to_string())
            .into();
    let mut arguments = vec!["analyze", "--features", "fingerprint", "-o", &table];
    arguments.extend(inputs.iter().map(String::as_str));
    let output = run(&arguments, &[]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    let pairs = "SELECT a.stream AS one, b.stream AS two, fingerprint_match(a.fingerprint, b.fingerprint) AS share \
                 FROM 't' a JOIN 't' b ON a.path < b.path WHERE fingerprint_match(a.fingerprint, b.fingerprint) > 0"
        .replace("'t'", &format!("'{table}'"));
    let output = run(&["sql", &pairs, "--format", "json"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (mut found, mut others, mut worst, mut nearest) = (0, 0, 1.0f64, (0.0, String::new()));
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let [one, two] = ["one", "two"].map(|name| row[name].as_str().unwrap());
        let share = row["share"].as_f64().unwrap();
        if SAME.iter().any(|pair| *pair == [one, two] || *pair == [two, one]) {
            assert!(share >= 0.98, "{one} and {two} are the same: {share}");
            (found, worst) = (found + 1, worst.min(share));
        } else {
            others += 1;
            if share > nearest.0 {
                nearest = (share, format!("{one} and {two}"));
            }
        }
    }
    eprintln!(
        "{found} pairs of one recording agree in {worst:.3} or more; {others} of others in {:.3} at most ({})",
        nearest.0, nearest.1
    );
    assert_eq!(found, SAME.len());
    assert!(others > 100 && nearest.0 < 0.85, "{others} pairs, {nearest:?}");
}
