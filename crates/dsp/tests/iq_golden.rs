//! Agreement with scipy and numpy: the vectors computed by `golden/iq_search.py`.

use std::path::Path;

use passband_dsp::baseline::SavitzkyGolay;
use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::moments::Moments;
use passband_dsp::noise::false_alarm_probability;
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::Taper;
use serde_json::Value;

/// The cases in a file, and its tolerance.
fn golden(name: &str) -> (Vec<Value>, f64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let golden: Value = serde_json::from_str(&text).unwrap();
    let cases = golden["cases"].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    (cases, golden["tolerance"].as_f64().unwrap())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn places(case: &Value) -> Vec<usize> {
    case["at"].as_array().unwrap().iter().map(count).collect()
}

/// As `noise` in `golden/iq_search.py`.
fn noise(mut state: u64, length: usize) -> Vec<f32> {
    let sample = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..length).map(sample).collect()
}

#[test]
fn iq_spectra_agree_with_scipy() {
    let (cases, tolerance) = golden("iq_spectra.json");
    for scale in Scale::ALL {
        assert!(cases.iter().any(|case| case["scale"] == scale.name()), "no golden I/Q spectrum on {scale}");
    }
    for case in cases {
        let taper = Taper::by_name(case["taper"].as_str().unwrap(), None).unwrap();
        let scale = Scale::by_name(case["scale"].as_str().unwrap()).unwrap();
        let order = Order::by_name(case["order"].as_str().unwrap()).unwrap();
        let length = count(&case["length"]);
        let mut spectrum = IqSpectrum::new(length, 2e6, &taper, scale, Factor::ONE, order).unwrap();
        let mut out = vec![0.0; length];
        spectrum.measure(&noise(1, length), &noise(2, length), &mut out);
        let linear = |v: f64| if scale == Scale::Dbfs { 10f64.powf(v / 20.0) } else { v };
        let most = linear(number(&case["max"]));
        let expected = numbers(&case["values"]).into_iter().zip(numbers(&case["frequencies"]));
        for (at, (value, frequency)) in places(&case).into_iter().zip(expected) {
            let off = (linear(f64::from(out[at])) - linear(value)).abs();
            assert!(
                off <= tolerance * most,
                "{taper}, {scale}, {order:?}, {length} samples, bin {at}: {}, scipy {value}",
                out[at]
            );
            let off = (spectrum.frequency(at) - frequency).abs();
            assert!(off <= 1e-9, "{order:?}, {length} samples, bin {at}: {} Hz", spectrum.frequency(at));
        }
    }
}

#[test]
fn moments_agree_with_numpy() {
    let (cases, tolerance) = golden("moments.json");
    for case in cases {
        let (bins, frames) = (count(&case["bins"]), count(&case["frames"]));
        let offset = number(&case["offset"]) as f32;
        let values: Vec<f32> = noise(5, bins * frames).iter().map(|x| offset + x).collect();
        let mut moments = Moments::start(bins);
        moments.add_all(&values);
        assert_eq!(moments.count(), frames as u64);
        let results = [
            ("mean", moments.mean().to_vec()),
            ("deviation", moments.deviation().collect()),
            ("error", moments.standard_error().collect()),
        ];
        for (name, values) in results {
            for (at, expected) in places(&case).into_iter().zip(numbers(&case[name])) {
                let off = (values[at] - expected).abs();
                // The error of a mean near 0 is that of the values.
                let size = expected.abs().max(if name == "mean" { 0.1 } else { 0.0 });
                assert!(
                    off <= tolerance * size,
                    "{name} of {bins} bins, bin {at}: {}, numpy {expected}",
                    values[at]
                );
            }
        }
    }
}

#[test]
fn baselines_agree_with_scipy_and_with_their_definition() {
    let (cases, tolerance) = golden("baselines.json");
    for case in cases {
        let (length, window, order) = (count(&case["length"]), count(&case["window"]), count(&case["order"]));
        let values: Vec<f64> = noise(11, length)
            .into_iter()
            .enumerate()
            .map(|(n, x)| f64::from(x) + 3.0 + (n as f64 / 40.0).sin())
            .collect();
        let mut out = vec![f64::NAN; length];
        SavitzkyGolay::new(window, order).unwrap().smooth(&values, &mut out).unwrap();
        assert!(out.iter().all(|x| x.is_finite()), "{length} values, window {window}, order {order}");
        for (name, tolerance) in [("exact", tolerance), ("values", number(&case["tolerance"]))] {
            for (at, expected) in places(&case).into_iter().zip(numbers(&case[name])) {
                assert!(
                    (out[at] - expected).abs() <= tolerance,
                    "{length} values, window {window}, order {order}, at {at}: {}, {name} {expected}",
                    out[at]
                );
            }
        }
    }
}

#[test]
fn false_alarms_agree_with_scipy() {
    let (cases, tolerance) = golden("false_alarms.json");
    for case in cases {
        let (frames, sigma) = (count(&case["frames"]), number(&case["sigma"]));
        let (found, expected) = (false_alarm_probability(sigma, frames as u64), number(&case["probability"]));
        assert!(
            (found - expected).abs() <= tolerance * expected,
            "{frames} frames, {sigma} σ: {found:e}, scipy {expected:e}"
        );
    }
}
