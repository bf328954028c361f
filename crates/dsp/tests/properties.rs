//! Properties of every taper and every scale.

use std::f64::consts::TAU;

use passband_dsp::spectrum::{Scale, Spectrum};
use passband_dsp::taper::{TAPERS, Taper};

/// Lengths for every code path: a single bin, powers of two, odd, prime, large and small factors.
const LENGTHS: &[usize] =
    &[1, 2, 3, 4, 5, 8, 16, 31, 32, 64, 100, 128, 255, 256, 509, 512, 1000, 1024, 2048, 3072, 4096];

fn every_taper() -> impl Iterator<Item = Taper> {
    TAPERS.iter().map(|def| Taper::by_name(def.name, None).unwrap())
}

/// Every taper, also with its parameter at the ends of the range.
fn every_taper_and_end() -> impl Iterator<Item = Taper> {
    TAPERS.iter().flat_map(|def| match def.parameter {
        None => vec![Taper::by_name(def.name, None).unwrap()],
        Some(p) => {
            [p.least, p.default, p.most].map(|value| Taper::by_name(def.name, Some(value)).unwrap()).to_vec()
        }
    })
}

fn noise(mut state: u64, length: usize) -> Vec<f32> {
    let sample = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..length).map(sample).collect()
}

fn sine(bin: usize, length: usize, phase: f64) -> Vec<f32> {
    (0..length).map(|n| (TAU * ((bin * n % length) as f64 / length as f64 + phase)).sin() as f32).collect()
}

fn measure(length: usize, taper: &Taper, scale: Scale, channels: &[&[f32]]) -> Vec<f32> {
    let mut spectrum = Spectrum::new(length, 48000.0, taper, scale).unwrap();
    let mut out = vec![f32::NAN; channels.len() * spectrum.bins()];
    spectrum.measure(channels, &mut out);
    out
}

/// The transform by definition, in f64.
fn magnitudes_by_definition(frame: &[f32], weights: &[f64]) -> Vec<f64> {
    let length = frame.len();
    let turn = |k: usize, n: usize| TAU * ((k * n) % length) as f64 / length as f64;
    let bin = |k| {
        let term = |(re, im), n: usize| {
            let x = f64::from(frame[n]) * weights[n];
            (re + x * turn(k, n).cos(), im - x * turn(k, n).sin())
        };
        let (re, im) = (0..length).fold((0.0, 0.0), term);
        f64::hypot(re, im)
    };
    (0..=length / 2).map(bin).collect()
}

#[test]
fn the_transform_is_what_its_definition_says() {
    let hann = Taper::by_name("hann", None).unwrap();
    for &length in LENGTHS {
        let (a, b) = (noise(1, length), noise(2, length));
        let out = measure(length, &hann, Scale::Magnitude, &[&a, &b, &a]);
        let bins = length / 2 + 1;
        for (place, frame) in [(0, &a), (1, &b), (2, &a)] {
            let expected = magnitudes_by_definition(frame, &hann.weights(length));
            let most = expected.iter().copied().fold(0.0, f64::max);
            for (k, (value, expected)) in out[place * bins..][..bins].iter().zip(expected).enumerate() {
                let off = (f64::from(*value) - expected).abs() / most;
                assert!(off < 1e-6, "{length} samples, channel {place}, bin {k}: {value}, not {expected}");
            }
        }
    }
}

#[test]
fn weights_are_finite_and_lie_about_one_crest() {
    for taper in every_taper_and_end() {
        assert_eq!(taper.weights(0), [0.0; 0]);
        assert_eq!(taper.weights(1), [1.0]);
        for length in [2, 3, 4, 7, 64, 1001, 8192] {
            let weights = taper.weights(length);
            assert_eq!(weights.len(), length);
            assert!(weights.iter().all(|w| (-0.1..=1.0 + 1e-8).contains(w)), "{taper}, {length}");
            for n in 1..length {
                assert_eq!(weights[n], weights[length - n], "{taper}, {length}: not even about its middle");
            }
            if length % 2 == 0 {
                assert!(
                    (weights[length / 2] - 1.0).abs() < 1e-8,
                    "{taper}, {length}: {}",
                    weights[length / 2]
                );
            }
        }
    }
}

#[test]
fn a_full_scale_sine_on_a_bin_reads_0_dbfs() {
    for taper in every_taper() {
        for length in [64, 100, 255, 1024, 8192] {
            // Away from the ends by the widest main lobe, where the image at the negative frequency contributes.
            for bin in [length / 4, length / 4 + 3] {
                let frame = sine(bin, length, 0.1);
                let silent = vec![0.0; length];
                for channels in [[&frame, &silent], [&frame, &frame]] {
                    let out = measure(length, &taper, Scale::Dbfs, &[channels[0], channels[1]]);
                    assert!(out[bin].abs() < 0.001, "{taper}, {length} samples: {} dBFS", out[bin]);
                }
            }
        }
    }
}

#[test]
fn silence_reads_silence() {
    for taper in every_taper() {
        for &length in LENGTHS {
            for &scale in Scale::ALL {
                let expected = if scale == Scale::Dbfs { Scale::FLOOR_DBFS } else { 0.0 };
                let (zeros, loud) = (vec![0.0; length], noise(5, length));
                let out = measure(length, &taper, scale, &[&loud, &zeros, &zeros]);
                let bins = length / 2 + 1;
                assert!(out[bins..].iter().all(|v| *v == expected), "{taper}, {scale}, {length} samples");
            }
        }
    }
}

#[test]
fn an_impulse_reads_the_same_in_every_bin() {
    for taper in every_taper() {
        for &length in LENGTHS {
            let mut frame = vec![0.0; length];
            frame[length / 2] = 0.5;
            let expected = 0.5 * taper.weights(length)[length / 2] as f32;
            for value in measure(length, &taper, Scale::Magnitude, &[&frame, &noise(1, length)])
                .iter()
                .take(length / 2 + 1)
            {
                assert!(
                    (value - expected).abs() < 5e-6,
                    "{taper}, {length} samples: {value}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn a_constant_reads_its_value_at_0_hz() {
    for taper in every_taper() {
        for &length in LENGTHS {
            let out = measure(length, &taper, Scale::Amplitude, &[&vec![0.25; length]]);
            assert!((out[0] - 0.25).abs() < 1e-6, "{taper}, {length} samples: {}", out[0]);
        }
    }
}

/// Parseval: the energy of the tapered frame is the sum over the bins; the same applies to the density, with the
/// taper's own energy.
#[test]
fn energy_is_kept() {
    for taper in every_taper() {
        for &length in LENGTHS {
            let frame = noise(9, length);
            let weights = taper.weights(length);
            let energy: f64 = frame.iter().zip(&weights).map(|(x, w)| (f64::from(*x) * w).powi(2)).sum();
            let squares: f64 = weights.iter().map(|w| w * w).sum();
            let out = measure(length, &taper, Scale::Density, &[&frame, &noise(4, length)]);
            let density: f64 = out[..length / 2 + 1].iter().map(|v| f64::from(*v)).sum();
            let ratio = density * 48000.0 * squares / length as f64 / energy;
            assert!((ratio - 1.0).abs() < 1e-5, "{taper}, {length} samples: {ratio}");
        }
    }
}

#[test]
fn finite_in_finite_out() {
    for taper in every_taper() {
        for length in [1, 2, 3, 64, 255] {
            for &scale in Scale::ALL {
                for level in [f32::MAX, 1e20, 1e-20, f32::MIN_POSITIVE, 1e-45] {
                    let loud: Vec<f32> = noise(3, length).iter().map(|x| x * level).collect();
                    let out = measure(length, &taper, scale, &[&loud, &noise(1, length), &loud]);
                    assert!(
                        out.iter().all(|v| v.is_finite()),
                        "{taper}, {scale}, {length} samples at {level:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_broken_channel_leaves_the_others_alone() {
    let hann = Taper::by_name("hann", None).unwrap();
    let good = noise(1, 256);
    for bad in [f32::NAN, f32::INFINITY] {
        let mut broken = noise(2, 256);
        broken[77] = bad;
        let out = measure(256, &hann, Scale::Dbfs, &[&broken, &good]);
        assert!(out[..129].iter().all(|v| v.is_nan()));
        assert_eq!(out[129..], measure(256, &hann, Scale::Dbfs, &[&good]));
    }
}

/// The result of a channel does not depend on the other channel, up to 2e-6 of its own largest bin.
#[test]
fn channels_do_not_touch_each_other() {
    for taper in every_taper() {
        for length in [64, 255, 1024, 8192] {
            let quiet: Vec<f32> = noise(1, length).iter().map(|x| x * 1e-6).collect();
            let mut click = vec![0.0; length];
            click[length / 2] = 1e-6;
            let bins = length / 2 + 1;
            for (quiet, loud) in [(&quiet, sine(length / 4, length, 0.2)), (&click, noise(2, length))] {
                let alone = measure(length, &taper, Scale::Magnitude, &[quiet]);
                let most = alone.iter().copied().fold(0.0, f32::max);
                let after = measure(length, &taper, Scale::Magnitude, &[&loud, quiet]);
                let before = measure(length, &taper, Scale::Magnitude, &[quiet, &loud]);
                for (k, expected) in alone.iter().enumerate() {
                    for value in [after[bins + k], before[k]] {
                        let off = (value - expected).abs() / most;
                        assert!(off < 2e-6, "{taper}, {length} samples, bin {k}: {value}, alone {expected}");
                    }
                }
            }
        }
    }
}

/// Doubling the signal exactly doubles the spectrum, as does any power of two.
#[test]
fn levels_carry_through_exactly() {
    let hann = Taper::by_name("hann", None).unwrap();
    for length in [255, 1024] {
        let (a, b) = (noise(1, length), noise(2, length));
        let eighth: Vec<f32> = a.iter().map(|x| x / 8.0).collect();
        let once = measure(length, &hann, Scale::Magnitude, &[&a, &b]);
        let scaled = measure(length, &hann, Scale::Magnitude, &[&eighth, &b]);
        let bins = length / 2 + 1;
        assert!(once[..bins].iter().zip(&scaled).all(|(a, b)| *a == 8.0 * b), "{length} samples");
        assert_eq!(once[bins..], scaled[bins..]);
    }
}

#[test]
fn a_clone_gives_the_same_bits() {
    let kaiser = Taper::by_name("kaiser", Some(8.6)).unwrap();
    let mut spectrum = Spectrum::new(8192, 44100.0, &kaiser, Scale::Dbfs).unwrap();
    let (a, b) = (noise(1, 8192), noise(2, 8192));
    let mut once = vec![0.0; 2 * spectrum.bins()];
    spectrum.measure(&[&a, &b], &mut once);
    let mut clone = spectrum.clone();
    let again = std::thread::spawn(move || {
        let mut again = vec![0.0; 2 * clone.bins()];
        clone.measure(&[&b, &a], &mut again);
        clone.measure(&[&a, &b], &mut again);
        again
    });
    assert_eq!(again.join().unwrap(), once);
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let hann = Taper::by_name("hann", None).unwrap();
    let refusal =
        |length, rate: f64, taper: &Taper| Spectrum::new(length, rate, taper, Scale::Power).err().unwrap();
    assert!(refusal(0, 48000.0, &hann).contains("1 sample or more"));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refusal(16, rate, &hann).contains("must be above 0"));
    }
    let needle = Taper::by_name("gaussian", Some(0.01)).unwrap();
    assert!(refusal(3, 48000.0, &needle).contains("leaves nothing"));
    for (name, parameter) in [("kaiser", f64::NAN), ("kaiser", -1.0), ("tukey", 1.5), ("hann", 1.0)] {
        assert!(Taper::by_name(name, Some(parameter)).is_err(), "{name} {parameter}");
    }
}
