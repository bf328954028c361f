//! Compares the transform with librosa's numbers in `golden/`, and tests examples that cannot be measured.

use super::{Features, Name, Waveform};
use crate::config::{Named, Place};
use crate::data::{Data, Example, Set, Shard};
use crate::part::{Cut, Start, TransformPlan};
use passband_dsp::feature::{FEATURES, Feature};
use passband_signal::{Hertz, Result};
use serde_json::Value;
use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;

fn features(names: &str, settings: &[(&str, &str)]) -> Features {
    let names = names.split(',').filter(|name| !name.is_empty());
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Features {
        names: names.map(|name| Name::Feature(Feature::by_name(name).unwrap())).collect(),
        settings: Named(settings.collect()),
        rate: super::MeasuredRate::Native,
        over: super::Over::Frame,
        waveform: Waveform::Keep,
        threads: None,
    }
}

fn example(rate: f64, channels: usize, audio: Vec<f32>) -> Example {
    let (shard, columns) = (Shard { number: 0, split: String::new(), index: 0, of: 1, examples: 1 }, vec![]);
    Example {
        shard: Arc::new(shard),
        row: 1,
        piece: 0,
        name: "a.wav".into(),
        label: 0,
        columns,
        rate: Hertz(rate),
        channels,
        audio: Some(audio.into()),
        features: vec![],
    }
}

fn measured(features: &Features, example: Example) -> Result<Example> {
    let mut emitted = vec![];
    features.start()?.take(Cut::Row(Data::Example(Box::new(example))), &mut |data| {
        emitted.push(data);
        Ok(())
    })?;
    match emitted.pop() {
        Some(Data::Example(example)) if emitted.is_empty() => Ok(*example),
        other => panic!("{other:?} after {emitted:?}"),
    }
}

/// The same signal as `signal` in `golden/features.py`.
fn signal(kind: &str, length: usize, rate: f64) -> Vec<f32> {
    let mut state: u64 = 1;
    let sample = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = ((state >> 40) as f64 / 8_388_608.0 - 1.0) as f32;
        let level = [1.0, 0.1, 0.01, 0.001][4 * n / length];
        0.5 * level * (TAU * (440.3 / rate) * n as f64).sin() as f32 + noise / 65536.0
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
fn rows_equal_those_of_librosa() {
    for feature in FEATURES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../golden/{}.json", feature.name));
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = golden["cases"].as_array().unwrap();
        assert!(cases.len() > 10);
        for case in cases {
            let settings = case["settings"].as_object().unwrap();
            let settings: Vec<_> = settings.iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
            let (rate, count) =
                (case["rate"].as_f64().unwrap(), |key: &str| case[key].as_u64().unwrap() as usize);
            let samples = signal(case["signal"].as_str().unwrap(), count("samples"), rate);
            // two channels whose mean is the signal, exactly
            let stereo = samples.iter().flat_map(|x| [1.5 * x, 0.5 * x]).collect();
            let whole = [example(rate, 1, samples), example(rate, 2, stereo)]
                .map(|example| measured(&features(feature.name, &settings), example).unwrap().features);
            for [measured] in whole.iter().map(|all| all.first_chunk().unwrap()) {
                assert_eq!((measured.name, measured.width), (feature.name, count("width")));
                assert_eq!(measured.values.len(), count("rows") * count("width"), "{case}");
                let places = case["at"].as_array().unwrap().iter();
                for (at, expected) in places.zip(case["values"].as_array().unwrap()) {
                    let (at, expected) = (at.as_u64().unwrap() as usize, expected.as_f64().unwrap());
                    let off = (f64::from(measured.values[at]) - expected).abs();
                    let allowed = feature.agrees.absolute + feature.agrees.relative * expected.abs();
                    assert!(off <= allowed, "{settings:?} {at}: {}, librosa {expected}", measured.values[at]);
                }
            }
        }
    }
}

#[test]
fn features_are_added_to_samples_or_replace_them() {
    let both = features("mfcc,log_mel", &[("n_mels", "40"), ("n_mfcc", "13")]);
    let samples = signal("steps", 4000, 8000.0);
    let kept = measured(&both, example(8000.0, 1, samples.clone())).unwrap();
    let shape = |example: &Example| -> Vec<_> {
        example.features.iter().map(|f| (f.name, f.width, f.values.len() / f.width)).collect()
    };
    assert_eq!(shape(&kept), [("mfcc", 13, 8), ("log_mel", 40, 8)]);
    assert_eq!(kept.audio, Some(samples.clone().into()));
    for feature in &kept.features {
        let alone = features(
            feature.name,
            &[("n_mels", "40"), ("n_mfcc", "13")][..=usize::from(feature.width == 13)],
        );
        let alone = measured(&alone, example(8000.0, 1, samples.clone())).unwrap();
        assert!(alone.features == [feature.clone()], "{}", feature.name);
    }
    let dropped = Features { waveform: Waveform::Drop, ..both };
    let dropped = measured(&dropped, example(8000.0, 1, samples)).unwrap();
    assert_eq!((dropped.audio, dropped.features == kept.features), (None, true));
}

#[test]
fn with_no_names_an_example_is_moved_and_not_copied() {
    let none = features("", &[]);
    let emitted = example(8000.0, 1, vec![0.5; 1000]);
    let before = emitted.audio.as_ref().unwrap().as_ptr();
    let after = measured(&none, emitted.clone()).unwrap();
    assert_eq!(after, emitted);
    let moved = measured(&none, emitted).unwrap();
    assert_eq!(moved.audio.as_ref().unwrap().as_ptr(), before);
    assert!(none.apart().is_none() && none.ahead().is_none());
}

#[test]
fn unmeasurable_examples_are_predicted_and_refused() {
    let cases = [
        (&[("center", "false")][..], 8000.0, 2047, "its 2047 samples are shorter than a frame of mfcc"),
        (&[("fmax", "4001")], 8000.0, 8000, "fmax = 4001 Hz is above half the sample rate of 8000 Hz"),
        (&[("fmin", "4000")], 8000.0, 8000, "fmin = 4000 Hz is not 1 Hz or more below"),
    ];
    for (settings, rate, samples, why) in cases {
        let features = features("mfcc", settings);
        let mut faults = vec![];
        features.check(&Place::named("transform"), &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        let ahead = features.ahead().unwrap();
        let reason = ahead.refuses(Hertz(rate), samples).unwrap();
        assert!(reason.contains(why), "{reason}");
        assert!(ahead.refuses(Hertz(2.0 * rate), 2 * samples).is_none());
        let audio = signal("steps", samples as usize, rate);
        let fault = measured(&features, example(rate, 1, audio)).unwrap_err().to_string();
        assert!(fault.contains(why) && fault.contains("a.wav"), "{fault}");
    }
    // an empty recording is padded with zeros, as in librosa
    let empty = measured(&features("log_mel", &[]), example(8000.0, 1, vec![])).unwrap();
    assert_eq!(empty.features[0].values, [-100.0; 128]);
    let mut none = example(8000.0, 1, vec![]);
    none.audio = None;
    assert!(measured(&features("log_mel", &[]), none).unwrap_err().to_string().contains("dropped"));
}

#[test]
fn invalid_settings_are_faults_of_the_file() {
    let drop = Features { waveform: Waveform::Drop, ..features("", &[]) };
    let cases = [
        (features("mfcc", &[("n_mel", "64")]), "did you mean 'n_mels'"),
        (features("log_mel", &[("n_mfcc", "13")]), "'n_mfcc' is not one of"),
        (features("mfcc", &[("n_mels", "0")]), "1 to 4096"),
        (features("mfcc", &[("n_mels", "10")]), "n_mfcc = 20 is more than n_mels = 10"),
        (features("mfcc", &[("win_length", "4096")]), "must fit in the frame"),
        (features("mfcc,log_mel,mfcc", &[]), "has mfcc twice"),
        (features("", &[("n_mels", "10")]), "names has no feature"),
        (drop, "no features to replace it"),
    ];
    for (features, why) in cases {
        let mut faults = vec![];
        features.check(&Place::named("transform"), &mut faults);
        assert!(faults.len() == 1 && faults[0].to_string().contains(why), "{why}: {faults:?}");
    }
}

#[test]
fn every_setting_changes_the_identity() {
    let identity = |features: &Features| features.ahead().unwrap().identity();
    let plain = features("log_mel", &[]);
    let drop = Features { waveform: Waveform::Drop, ..plain.clone() };
    let (fewer, both) = (features("log_mel", &[("n_mels", "64")]), features("log_mel,mfcc", &[]));
    let all = [&plain, &drop, &fewer, &both].map(identity);
    assert!((0..4).all(|a| (0..a).all(|b| all[a] != all[b])), "{all:?}");
    assert_eq!(identity(&plain), identity(&features("log_mel", &[("n_mels", "128")])));
    assert_eq!(identity(&fewer)["features"]["log_mel"]["n_mels"], 64);
    assert_eq!(identity(&fewer)["features"]["log_mel"]["hop_length"], 512);
    let mut set = Set {
        plan: String::new(),
        audio: true,
        features: vec![],
        columns: vec![],
        shards: vec![],
        only: vec![],
        manifest: Value::Null,
    };
    both.ahead().unwrap().shape(&mut set);
    assert!(set.audio && set.features == ["log_mel", "mfcc"]);
    drop.ahead().unwrap().shape(&mut set);
    assert!(!set.audio);
}
