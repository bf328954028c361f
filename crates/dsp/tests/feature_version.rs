//! [`FEATURE_VERSION`] is raised with every change of a number, since tables are compared by it.
//!
//! `golden/feature_version.json` holds the numbers of the current version: of each feature with its default settings the
//! shape and two weighted means, of each analysis its results. `PASSBAND_GOLDEN=write` writes the file, but not over
//! other numbers of the same version.

use passband_dsp::FEATURE_VERSION;
use passband_dsp::feature::{FEATURES, Plan};
use passband_dsp::music::{ANALYSES, Found, MusicAnalyzer, Stage};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

const RATE: f64 = 22_050.0;
/// Rounding of single-precision sums differs between processors.
const TOLERANCE: f64 = 1e-5;

/// Ten bars of 4/4 at 120 beats per minute: decaying chords, bass notes on the first beat, and a little noise.
fn song() -> Vec<f32> {
    let chords: [[i32; 3]; 4] = [[60, 64, 67], [57, 60, 64], [65, 69, 72], [67, 71, 74]];
    let mut state = 1u64;
    let mut samples = vec![];
    for beat in 0..40 {
        let chord = chords[beat / 4 % 4];
        let bass = if beat % 4 == 0 { 0.3 } else { 0.0 };
        for n in 0..11_025 {
            let t = f64::from(n) / RATE;
            let wave = |midi: i32| {
                (t * std::f64::consts::TAU * 440.0 * 2f64.powf(f64::from(midi - 69) / 12.0)).sin()
            };
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / 8_388_608.0 - 1.0;
            let level = (t * 200.0).min(1.0) * (-2.0 * t).exp();
            let tones: f64 = chord.iter().map(|midi| wave(*midi)).sum();
            samples.push((level * (0.15 * tones + bass * wave(chord[0] - 24)) + 0.002 * noise) as f32);
        }
    }
    samples
}

fn weighted(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let count = values.clone().count().max(1) as f64;
    let plain: f64 = values.clone().map(f64::abs).sum();
    // distinguishes values that change places
    let placed: f64 = values.enumerate().map(|(n, value)| value.abs() * (1.0 + (n as f64).cos())).sum();
    [plain / count, placed / count]
}

fn numbers() -> Map<String, Value> {
    let song = song();
    let mut all = Map::new();
    for feature in FEATURES {
        let mut plan = Plan::new(&feature.settings(), RATE).unwrap();
        let mut rows = vec![];
        plan.frames(&song, &mut rows);
        let means = weighted(rows.iter().map(|value| f64::from(*value)));
        all.insert(feature.name.into(), json!([plan.rows(0, song.len()), plan.width(0), means[0], means[1]]));
    }
    let stages: Vec<Stage> = ANALYSES.iter().flat_map(|one| one.stages).copied().collect();
    let mut analyzer = MusicAnalyzer::new(RATE, &stages).unwrap();
    song.chunks(4096).for_each(|block| analyzer.push(block));
    let music = analyzer.finish();
    for analysis in ANALYSES {
        for (outcome, found) in analysis.results.iter().zip((analysis.found)(&music)) {
            let value = match found {
                Found::Number(number) => json!(number),
                Found::Word(word) => json!(word),
                Found::Numbers(numbers) => {
                    let means = weighted(numbers.iter().copied());
                    json!([numbers.len(), means[0], means[1]])
                }
                Found::Words(words) => json!(words.join(" ")),
            };
            all.insert(format!("{}.{}", analysis.name, outcome.name), value);
        }
    }
    all
}

fn close(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| close(left, right))
        }
        (Value::Number(_), Value::Number(_)) => {
            let [left, right] = [left, right].map(|value| value.as_f64().unwrap_or_default());
            (left - right).abs() <= TOLERANCE * left.abs().max(right.abs()).max(TOLERANCE)
        }
        _ => left == right,
    }
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/feature_version.json")
}

#[test]
fn the_version_is_raised_when_numbers_change() {
    let now = numbers();
    let kept: Value = match std::fs::read_to_string(file()) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => json!({ "feature_version": 0, "numbers": {} }),
    };
    if kept["feature_version"] == json!(FEATURE_VERSION) {
        for (name, value) in kept["numbers"].as_object().unwrap() {
            let Some(new) = now.get(name) else { panic!("{name} is gone: raise FEATURE_VERSION") };
            assert!(close(value, new), "{name} was {value}, and is {new}: raise FEATURE_VERSION");
        }
    }
    if std::env::var_os("PASSBAND_GOLDEN").is_some_and(|value| value == "write") {
        let whole = json!({ "feature_version": FEATURE_VERSION, "numbers": now });
        std::fs::write(file(), serde_json::to_string_pretty(&whole).unwrap() + "\n").unwrap();
    } else {
        let written = "write the file with PASSBAND_GOLDEN=write";
        assert_eq!(kept["feature_version"], json!(FEATURE_VERSION), "{written}");
        assert!(now.keys().all(|name| kept["numbers"].get(name).is_some()), "new numbers: {written}");
    }
}
