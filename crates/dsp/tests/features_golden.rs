//! Agreement with librosa: the vectors in `golden/`, computed by `golden/features.py`.

use std::f64::consts::TAU;
use std::path::PathBuf;

use passband_dsp::feature::{FEATURES, Feature, Plan};
use serde_json::Value;

fn path(feature: &Feature) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../golden").join(format!("{}.json", feature.name))
}

/// As `signal` in `golden/features.py`.
fn signal(kind: &str, length: usize, rate: f64) -> Vec<f32> {
    let mut state: u64 = 1;
    let sample = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = ((state >> 40) as f64 / 8_388_608.0 - 1.0) as f32;
        let level = [1.0, 0.1, 0.01, 0.001][4 * n / length];
        let sine = (TAU * (440.3 / rate) * n as f64).sin() as f32;
        0.5 * level * sine + noise / 65536.0
    };
    match kind {
        "silence" => vec![0.0; length],
        "constant" => vec![0.25; length],
        "impulse" => (0..length).map(|n| if n == length / 2 { 0.5 } else { 0.0 }).collect(),
        "steps" => (0..length).map(sample).collect(),
        kind => panic!("a signal \"{kind}\" is not known here"),
    }
}

#[test]
fn features_agree_with_librosa() {
    for feature in FEATURES {
        let path = path(feature);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| {
            panic!(
                "{} has no golden vectors, {}: {e}: add it to golden/features.py",
                feature.name,
                path.display()
            )
        });
        let golden: Value = serde_json::from_str(&text).unwrap();
        let cases = golden["cases"].as_array().unwrap();
        assert!(cases.len() > 10, "{}: {} golden cases", feature.name, cases.len());
        let mut worst = 0.0f64;
        for case in cases {
            let mut settings = feature.settings();
            for (name, value) in case["settings"].as_object().unwrap() {
                settings.set(name, value.as_str().unwrap()).unwrap();
            }
            let rate = case["rate"].as_f64().unwrap();
            let count = |key: &str| case[key].as_u64().unwrap() as usize;
            let samples = signal(case["signal"].as_str().unwrap(), count("samples"), rate);
            let mut plan = Plan::new(&settings, rate).unwrap();
            let mut out = vec![];
            plan.frames(&samples, &mut out);
            assert_eq!(plan.width(0), count("width"), "{settings}");
            assert_eq!(out.len(), count("rows") * count("width"), "{settings}, {} samples", samples.len());
            let places = case["at"].as_array().unwrap().iter();
            for (at, expected) in places.zip(case["values"].as_array().unwrap()) {
                let (at, expected) = (at.as_u64().unwrap() as usize, expected.as_f64().unwrap());
                let off = (f64::from(out[at]) - expected).abs();
                let allowed = feature.agrees.absolute + feature.agrees.relative * expected.abs();
                worst = worst.max(off / allowed);
                assert!(
                    off <= allowed,
                    "{settings}, {} at {rate} Hz, value {at}: {}, librosa {expected}",
                    case["signal"],
                    out[at]
                );
            }
        }
        println!("{}: {} cases, at worst {worst:.2} of what is allowed", feature.name, cases.len());
    }
}

/// Golden vectors that use the default of a setting do not test it.
#[test]
fn every_setting_has_a_golden_vector() {
    for feature in FEATURES {
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(path(feature)).unwrap()).unwrap();
        for setting in feature.all_settings() {
            let has = golden["cases"].as_array().unwrap().iter().any(|case| {
                case["settings"][setting.name]
                    .as_str()
                    .is_some_and(|text| text != setting.default.to_string())
            });
            assert!(
                has,
                "{}: no golden vector sets {}: add one to golden/features.py",
                feature.name, setting.name
            );
        }
    }
}
