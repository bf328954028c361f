//! Harmony: keys, chords and tuning of synthetic music, independent of blocks, and invalid input.

use passband_dsp::music::{Harmony, HarmonyResult, HarmonySettings, KeyProfile, Mode};

/// Chords with four harmonics per note, a second each, given as MIDI numbers.
fn play(rate: f64, a4: f64, chords: &[&[i32]]) -> Vec<f32> {
    let sample = |n: usize| {
        let chord = chords[n / rate as usize];
        let note = |note: &i32| {
            let hz = a4 * 2f64.powf(f64::from(note - 69) / 12.0);
            let partial =
                |k: i32| 0.6f64.powi(k) * (std::f64::consts::TAU * hz * f64::from(k) * n as f64 / rate).sin();
            (1..=4).map(partial).sum::<f64>()
        };
        (0.1 * chord.iter().map(note).sum::<f64>()) as f32
    };
    (0..chords.len() * rate as usize).map(sample).collect()
}

fn analyse(rate: f64, samples: &[f32], block: usize) -> HarmonyResult {
    let mut harmony = Harmony::new(rate, &HarmonySettings::default()).unwrap();
    samples.chunks(block).for_each(|block| harmony.push(block));
    harmony.finish(&[])
}

const CADENCE: [&[i32]; 5] =
    [&[45, 60, 64, 69], &[50, 57, 62, 65], &[40, 56, 59, 64], &[45, 60, 64, 69], &[45, 57, 60, 64]];

#[test]
fn a_minor_cadence_at_any_rate_and_tuning() {
    for (rate, a4) in
        [(44100.0, 440.0), (22050.0, 446.0), (48000.0, 432.5), (8000.0, 440.0), (96000.0, 443.0)]
    {
        let result = analyse(rate, &play(rate, a4, &CADENCE), 4096);
        let tuning = result.tuning.unwrap();
        assert!((tuning.a4_hz - a4).abs() < 0.7, "{rate} Hz, A4 at {a4}: {tuning:?}");
        assert_eq!(result.keys[0].to_string(), "A minor", "{rate} Hz, A4 at {a4}");
        let labels: Vec<String> = result.chords.iter().map(|chord| chord.label()).collect();
        assert_eq!(labels, ["A:min", "D:min", "E:maj", "A:min"], "{rate} Hz, A4 at {a4}");
        let sum: f64 = result.keys.iter().map(|key| key.confidence).sum();
        assert!(result.keys.len() == 24 && (sum - 1.0).abs() < 1e-9);
    }
}

#[test]
fn beats_hold_the_changes_of_chords() {
    let samples = play(22050.0, 440.0, &CADENCE);
    let mut harmony = Harmony::new(22050.0, &HarmonySettings::default()).unwrap();
    harmony.push(&samples);
    let beats = [0.01, 0.49, 1.01, 1.5, 1.99, 2.5, 3.02, 3.5, 4.0, 4.5];
    let result = harmony.finish(&beats);
    let starts: Vec<f64> = result.chords.iter().skip(1).map(|chord| chord.start_s).collect();
    assert_eq!(starts, [1.01, 1.99, 3.02]);
}

#[test]
fn transposed_music_is_in_the_transposed_key() {
    for (up, key) in [(1, "A# minor"), (5, "D minor"), (-3, "F# minor")] {
        let chords: Vec<Vec<i32>> =
            CADENCE.iter().map(|chord| chord.iter().map(|note| note + up).collect()).collect();
        let chords: Vec<&[i32]> = chords.iter().map(Vec::as_slice).collect();
        let result = analyse(22050.0, &play(22050.0, 440.0, &chords), 1000);
        assert_eq!(result.keys[0].to_string(), key);
        assert_eq!(result.keys[0].mode, Mode::Minor);
    }
}

#[test]
fn every_profile_finds_a_plain_key() {
    let samples =
        play(22050.0, 440.0, &[&[48, 60, 64, 67], &[53, 60, 65, 69], &[43, 59, 62, 67], &[48, 60, 64, 67]]);
    for profile in [KeyProfile::Temperley, KeyProfile::Krumhansl, KeyProfile::Albrecht, KeyProfile::Edma] {
        let mut settings = HarmonySettings::default();
        settings.key.profile = profile;
        let mut harmony = Harmony::new(22050.0, &settings).unwrap();
        harmony.push(&samples);
        assert_eq!(harmony.finish(&[]).keys[0].to_string(), "C major", "{profile:?}");
    }
}

#[test]
fn blocks_and_earlier_recordings_do_not_matter() {
    let samples = play(22050.0, 441.0, &CADENCE);
    let whole = analyse(22050.0, &samples, samples.len());
    for block in [97, 5000] {
        assert_eq!(analyse(22050.0, &samples, block), whole);
    }
    let mut harmony = Harmony::new(22050.0, &HarmonySettings::default()).unwrap();
    harmony.push(&play(22050.0, 430.0, &[&[50, 54, 57]]));
    harmony.finish(&[]);
    harmony.push(&samples);
    assert_eq!(harmony.finish(&[]), whole);
}

#[test]
fn silence_has_no_key_no_tuning_and_no_chord() {
    for samples in [vec![0.0; 100_000], vec![f32::NAN; 100_000], vec![1e-6; 100_000], vec![]] {
        let result = analyse(44100.0, &samples, 4096);
        assert_eq!((result.tuning, result.keys.len()), (None, 0), "{} samples", samples.len());
        assert!(result.chords.iter().all(|chord| chord.root.is_none() && chord.label() == "N"));
    }
}

#[test]
fn no_input_panics() {
    let hostile = [0.0, f32::NAN, f32::INFINITY, -f32::MAX, f32::MAX, 1e-40, 1.0];
    for rate in [8000.0, 44100.0, 192_000.0] {
        for length in [0, 1, 2, 1000, 2 * rate as usize] {
            let samples: Vec<f32> = (0..length).map(|n| hostile[(n * n / 7) % hostile.len()]).collect();
            let mut harmony = Harmony::new(rate, &HarmonySettings::default()).unwrap();
            harmony.push(&samples);
            let result = harmony.finish(&[0.0, 0.1, 0.2, 1e9]);
            assert!(result.chords.windows(2).all(|pair| pair[0].end_s == pair[1].start_s));
            assert!(result.keys.iter().all(|key| key.confidence.is_finite()));
        }
    }
}

/// Cadences of a major key, a chord each two seconds.
fn cadences(tonic: i32, times: usize) -> Vec<Vec<i32>> {
    let degrees: [[i32; 4]; 6] =
        [[-12, 0, 4, 7], [-7, 5, 9, 12], [-5, 2, 7, 11], [-12, 0, 4, 7], [-3, 0, 4, 9], [-5, 2, 5, 11]];
    let chord = |degrees: &[i32; 4]| {
        let notes: Vec<i32> = degrees.iter().map(|degree| 60 + tonic + degree).collect();
        [notes.clone(), notes]
    };
    (0..times).flat_map(|_| degrees.iter().flat_map(chord)).collect()
}

#[test]
fn passages_in_two_keys_have_both_and_the_border_is_where_they_meet() {
    for (first, second, names) in
        [(0, 4, ["C major", "E major"]), (7, 10, ["G major", "A# major"]), (9, 0, ["A major", "C major"])]
    {
        let chords = [cadences(first, 3), cadences(second, 3)].concat();
        let chords: Vec<&[i32]> = chords.iter().map(Vec::as_slice).collect();
        let samples = play(11025.0, 440.0, &chords);
        for beats in [vec![], (0..144).map(|beat| f64::from(beat) * 0.5).collect()] {
            let mut harmony = Harmony::new(11025.0, &HarmonySettings::default()).unwrap();
            harmony.push(&samples);
            let found = harmony.finish(&beats).local_keys;
            let keys: Vec<String> = found.iter().map(|local| local.key.to_string()).collect();
            assert_eq!(keys, names);
            assert!((found[0].end_s - 36.0).abs() < 2.0 && found[1].start_s == found[0].end_s, "{found:?}");
            assert!(found[0].start_s == 0.0 && (found[1].end_s - 72.0).abs() < 0.1, "{found:?}");
            assert!(found.iter().all(|local| (0.2..=1.0).contains(&local.key.confidence)), "{found:?}");
        }
    }
}

#[test]
fn a_passage_in_one_key_has_that_of_the_whole_and_silence_has_none() {
    let chords = cadences(5, 4);
    let chords: Vec<&[i32]> = chords.iter().map(Vec::as_slice).collect();
    let result = analyse(11025.0, &play(11025.0, 440.0, &chords), 4096);
    assert_eq!(result.local_keys.len(), 1);
    assert_eq!(result.local_keys[0].key, result.keys[0]);
    assert!(analyse(11025.0, &[0.0; 60_000], 4096).local_keys.is_empty());
    assert!(analyse(11025.0, &[], 4096).local_keys.is_empty());
}
