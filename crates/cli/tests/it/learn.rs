//! `passband learn` and `passband predict`: rows to a model, and back to rows.

use crate::passband::{good, run};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// Rows of two styles by twelve artists: the style moves the first value of a list and a number, the artist the second.
fn rows(path: &Path, version: u32) {
    let mut text = String::new();
    for artist in 0..12 {
        for song in 0..6 {
            let style = ["calm", "loud"][(artist + song) % 2];
            let move_by = if style == "loud" { 2.0 } else { 0.0 };
            let noise = ((artist * 31 + song * 17) % 10) as f64 / 10.0;
            let genre = if (artist, song) == (0, 0) { "null".into() } else { format!("\"{style}\"") };
            let _ = writeln!(
                text,
                "{{\"path\": \"{artist}-{song}.wav\", \"artist\": \"artist {artist}\", \"genre\": {genre}, \
                 \"feature_version\": {version}, \"tempo\": {}, \"mfcc_mean\": [{}, {}], \"beats\": {:?}}}",
                100.0 + 10.0 * move_by + noise,
                move_by + noise,
                artist as f64,
                vec![0.5; song]
            );
        }
    }
    std::fs::write(path, text).unwrap();
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_model_is_learned_by_group_and_predicts_rows() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    rows(Path::new(&at("rows.ndjson")), 1);
    let [table, model, onnx, card] = ["rows.ndjson", "genre.json", "genre.onnx", "genre.md"].map(at);
    let learn = [
        "--json", "learn", &table, "--label", "genre", "--group", "artist", "-o", &model, "--onnx", &onnx,
        "--card", &card,
    ];
    let output = run(&learn, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = &json_lines(&output.stdout)[0];
    // the row without a label is left out, and so is the list of events
    assert_eq!(
        (&report["rows"], &report["features"], &report["groups"]),
        (&71.into(), &3.into(), &12.into())
    );
    let accuracy = report["tried"][0]["scores"]["accuracy"]["value"].as_f64().unwrap();
    assert!(accuracy > 0.95, "{report}");
    let first = std::fs::read(&model).unwrap();
    good(&learn, &[]);
    assert_eq!(std::fs::read(&model).unwrap(), first, "the same rows and seed give the same bytes");
    assert!(std::fs::metadata(&onnx).unwrap().len() > 100);
    let text = std::fs::read_to_string(&card).unwrap();
    assert!(text.contains("artist") && text.contains("passband --json learn"), "{text}");

    let predicted = json_lines(&run(&["predict", &model, &table], &[]).stdout);
    assert_eq!(predicted.len(), 72);
    let right = predicted.iter().filter(|row| {
        let (artist, song) = row["path"].as_str().unwrap().trim_end_matches(".wav").split_once('-').unwrap();
        let sum = artist.parse::<usize>().unwrap() + song.parse::<usize>().unwrap();
        row["prediction"] == ["calm", "loud"][sum % 2]
    });
    assert!(right.count() >= 70, "{predicted:?}");
    // below a threshold there is no prediction, but a probability
    let none = json_lines(&run(&["predict", &model, &table, "--threshold", "1"], &[]).stdout);
    assert!(none.iter().all(|row| row["prediction"].is_null() && row["probability"].as_f64().unwrap() < 1.0));
    let query = format!(
        "SELECT count(*) AS n, count(prediction) AS p FROM predict('{table}', '{model}') WHERE genre = 'loud'"
    );
    assert_eq!(json_lines(&run(&["sql", &query], &[]).stdout)[0], serde_json::json!({ "n": 36, "p": 36 }));

    rows(Path::new(&at("other.ndjson")), 2);
    let other = run(&["predict", &model, &at("other.ndjson")], &[]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(!other.status.success() && said.contains("feature version"), "{said}");
}

#[test]
fn what_cannot_be_learned_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    rows(Path::new(&at("rows.ndjson")), 1);
    let table = at("rows.ndjson");
    for (more, what) in [
        (["--label", "gerne", "--group", "artist"], "did you mean 'genre'"),
        (["--label", "genre", "--group", "genre"], "one genre only"),
        (["--label", "feature_version", "--group", "artist"], "class"),
    ] {
        let output = run(&[&["learn", &table, "-o", &at("m.json")], &more[..]].concat(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(what), "{more:?}: {said}");
    }
    let output = run(&["learn", &table, "--label", "genre", "--group", "artist", "-o", &table], &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("would be overwritten"));
    assert!(!Path::new(&at("m.json")).exists());
    let output = run(&["predict", &table, &table], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("model cannot be read"), "{said}");
}
