//! Agreement with scipy: the vectors in `golden/`, computed by `golden/spectrum.py`.

use std::f64::consts::PI;
use std::path::Path;

use passband_dsp::spectrum::{Scale, Spectrum};
use passband_dsp::taper::{TAPERS, Taper};
use serde_json::Value;

const RATE: f64 = 44100.0;

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn indices(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

/// As `tones_in_noise` in `golden/spectrum.py`.
fn tones_in_noise(seed: u64, length: usize) -> Vec<f32> {
    let mut state = seed;
    let sample = |t: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = ((state >> 40) as f64 / 8_388_608.0 - 1.0) as f32;
        let sine = (2.0 * PI * (1000.0 * seed as f64 / RATE) * t as f64).sin() as f32;
        0.5 * sine + noise / 1024.0
    };
    (0..length).map(sample).collect()
}

#[test]
fn tapers_agree_with_scipy() {
    let golden = golden("tapers.json");
    let tolerance = golden["tolerance"].as_f64().unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let taper = Taper::by_name(case["name"].as_str().unwrap(), case["parameter"].as_f64()).unwrap();
        let weights = taper.weights(case["length"].as_u64().unwrap() as usize);
        for (at, expected) in indices(&case["at"]).into_iter().zip(numbers(&case["weights"])) {
            let weight = weights[at];
            assert!((weight - expected).abs() <= tolerance, "{taper}[{at}]: {weight}, scipy {expected}");
        }
    }
}

#[test]
fn every_taper_has_golden_weights_and_spectra() {
    for (file, key) in [("tapers.json", "name"), ("spectra.json", "taper")] {
        let golden = golden(file);
        for def in TAPERS {
            let has = golden["cases"].as_array().unwrap().iter().any(|case| case[key] == def.name);
            assert!(
                has,
                "the taper {} has no golden vector in {file}: add it to golden/spectrum.py",
                def.name
            );
        }
    }
}

#[test]
fn spectra_agree_with_scipy() {
    let golden = golden("spectra.json");
    let tolerance = golden["tolerance"].as_f64().unwrap();
    let cases = golden["cases"].as_array().unwrap();
    for scale in Scale::ALL {
        assert!(cases.iter().any(|case| case["scale"] == scale.name()), "no golden spectrum on {scale}");
    }
    for case in cases {
        let taper = Taper::by_name(case["taper"].as_str().unwrap(), case["parameter"].as_f64()).unwrap();
        let scale = Scale::by_name(case["scale"].as_str().unwrap()).unwrap();
        let length = case["length"].as_u64().unwrap() as usize;
        let frame = tones_in_noise(case["seed"].as_u64().unwrap(), length);
        let other = tones_in_noise(3, length);
        let mut spectrum = Spectrum::new(length, RATE, &taper, scale).unwrap();
        let bins = spectrum.bins();
        let mut out = vec![0.0; 3 * bins];
        // As the first and second channel of a pair, and alone.
        for channels in [[&frame[..], &other, &other], [&other, &frame, &other], [&other, &other, &frame]] {
            spectrum.measure(&channels, &mut out);
            let place = channels.iter().position(|channel| std::ptr::eq(*channel, &frame[..])).unwrap();
            let values = &out[place * bins..][..bins];
            let linear = |v: f64| if scale == Scale::Dbfs { 10f64.powf(v / 20.0) } else { v };
            let most = linear(case["max"].as_f64().unwrap());
            for (at, expected) in indices(&case["at"]).into_iter().zip(numbers(&case["values"])) {
                let value = f64::from(values[at]);
                assert!(
                    (linear(value) - linear(expected)).abs() <= tolerance * most,
                    "{taper}, {scale}, {length} samples, channel {place}, bin {at}: {value}, scipy {expected}"
                );
            }
        }
    }
}
