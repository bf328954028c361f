//! Rhythm: the result does not depend on blocks; tempi of patterns with a known tempo; invalid input.

use passband_dsp::music::{Rhythm, RhythmResult, RhythmSettings};

/// A bass drum on the first and third beat, a snare on the others, a hi-hat on every quaver.
fn drums(rate: f64, bpm: f64, seconds: f64) -> Vec<f32> {
    let mut noise = 1u32;
    let quaver = 30.0 / bpm;
    let sample = |n: usize| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hiss = f64::from(noise >> 8) / f64::from(1 << 23) - 1.0;
        let t = n as f64 / rate - 0.1;
        let (count, since) = ((t / quaver).floor(), t.rem_euclid(quaver));
        let drum = match count.rem_euclid(4.0) as u32 {
            0 => (440.0 * since).sin() * (-since * 30.0).exp(),
            2 => 0.8 * hiss * (-since * 40.0).exp(),
            _ => 0.0,
        };
        if t < 0.0 { 0.0 } else { (0.5 * drum + 0.1 * hiss * (-since * 120.0).exp()) as f32 }
    };
    (0..(rate * seconds) as usize).map(sample).collect()
}

fn analyse(rate: f64, samples: &[f32], block: usize) -> RhythmResult {
    let mut rhythm = Rhythm::new(rate, &RhythmSettings::default()).unwrap();
    samples.chunks(block).for_each(|block| rhythm.push(block));
    rhythm.finish()
}

#[test]
fn tempo_and_beats_of_drums() {
    let mut first = 0;
    for (rate, bpm) in [(44100.0, 100.0), (22050.0, 120.0), (48000.0, 105.0), (8000.0, 110.0)] {
        let result = analyse(rate, &drums(rate, bpm, 20.0), 4096);
        let tempo = result.tempo.unwrap();
        let is = |candidate: f64| (candidate / bpm - 1.0).abs() < 0.01;
        // The metrical level of the beat is ambiguous for such a plain pattern: it must be one of the two candidates.
        assert!(is(tempo.bpm) || is(tempo.second_bpm), "{rate} Hz, {bpm} bpm: {tempo:?}");
        assert!((0.0..=1.0).contains(&tempo.confidence) && tempo.second_confidence <= tempo.confidence);
        assert!(result.onsets.len() as f64 > 20.0 * bpm / 60.0, "{} onsets", result.onsets.len());
        if is(tempo.bpm) {
            first += 1;
            let off = |beat: &f64| (beat - 0.1).rem_euclid(60.0 / bpm);
            let right = |beat: &&f64| off(beat).min(60.0 / bpm - off(beat)) < 0.035;
            let share = result.beats.iter().filter(right).count() as f64 / result.beats.len() as f64;
            assert!(
                share > 0.9 && result.beats.len() as f64 > 19.0 * bpm / 60.0,
                "{rate} Hz, {bpm} bpm: {share}"
            );
        }
    }
    assert!(first >= 3, "the first candidate was right {first} times of 4");
}

#[test]
fn blocks_do_not_matter() {
    let samples = drums(22050.0, 133.0, 12.0);
    let whole = analyse(22050.0, &samples, samples.len());
    for block in [1, 255, 10_000] {
        assert_eq!(analyse(22050.0, &samples, block), whole);
    }
}

#[test]
fn a_recording_does_not_change_the_next_one() {
    let mut rhythm = Rhythm::new(22050.0, &RhythmSettings::default()).unwrap();
    let mut results = vec![];
    for _ in 0..2 {
        rhythm.push(&drums(22050.0, 100.0, 8.0));
        results.push(rhythm.finish());
    }
    assert_eq!(results[0], results[1]);
}

#[test]
fn a_gain_of_6_db_does_not_move_beats() {
    let samples = drums(44100.0, 120.0, 10.0);
    let quiet: Vec<f32> = samples.iter().map(|x| 0.5 * x).collect();
    let (loud, quiet) = (analyse(44100.0, &samples, 4096), analyse(44100.0, &quiet, 4096));
    assert!((loud.tempo.unwrap().bpm - quiet.tempo.unwrap().bpm).abs() < 0.5);
    assert_eq!(loud.beats.len(), quiet.beats.len());
}

#[test]
fn silence_has_no_rhythm() {
    for samples in [vec![0.0; 200_000], vec![f32::NAN; 200_000], vec![0.1; 3], vec![]] {
        let result = analyse(44100.0, &samples, 4096);
        assert_eq!((result.tempo, result.beats.len()), (None, 0), "{} samples", samples.len());
    }
}

#[test]
fn no_input_panics() {
    let hostile = [0.0, f32::NAN, f32::INFINITY, -f32::MAX, f32::MAX, 1e-40, 1.0];
    for rate in [8000.0, 11025.0, 44100.0, 192_000.0] {
        for length in [0, 1, 2, 1000, 3 * rate as usize] {
            let samples: Vec<f32> = (0..length).map(|n| hostile[(n * n / 7) % hostile.len()]).collect();
            let result = analyse(rate, &samples, 1777);
            assert!(result.beats.iter().chain(&result.onsets).all(|time| time.is_finite()));
            assert!(result.tempo.is_none_or(|tempo| tempo.bpm.is_finite()));
        }
    }
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 100.0] {
        assert!(
            Rhythm::new(rate, &RhythmSettings::default()).unwrap_err().contains("between 4 kHz and 768 kHz")
        );
    }
}

#[test]
fn memory_of_the_beats_is_bounded_and_their_order_kept() {
    // Several times longer than the fixed lag.
    let samples = drums(8000.0, 120.0, 200.0);
    let result = analyse(8000.0, &samples, 8000);
    assert!(result.beats.windows(2).all(|pair| pair[1] > pair[0]));
    assert!((result.beats.len() as f64 - 400.0).abs() <= 3.0, "{} beats", result.beats.len());
}
