//! Loudness: test signals of EBU Tech 3341 and 3342 with their required values.

use passband_dsp::music::{Loudness, LoudnessResult};
use std::f64::consts::TAU;

const RATE: f64 = 48_000.0;

/// A sine: frequency in Hz, peak level in dBFS, duration in seconds, phase in turns.
fn sine(hz: f64, dbfs: f64, seconds: f64, phase: f64) -> Vec<f32> {
    let peak = 10f64.powf(dbfs / 20.0);
    let at = |n: usize| (peak * (TAU * (hz * n as f64 / RATE + phase)).sin()) as f32;
    (0..(seconds * RATE) as usize).map(at).collect()
}

fn measure(channels: &[&[f32]], block: usize) -> LoudnessResult {
    let mut loudness = Loudness::new(RATE, channels.len()).unwrap();
    let mut at = 0;
    while at < channels[0].len() {
        let end = (at + block).min(channels[0].len());
        let blocks: Vec<&[f32]> = channels.iter().map(|channel| &channel[at..end]).collect();
        loudness.push(&blocks.concat());
        at = end;
    }
    loudness.finish()
}

#[test]
fn a_tone_reads_its_level_and_one_channel_of_two_3_db_less() {
    // Tech 3341, cases 1 and 2
    for level in [-23.0, -33.0] {
        let tone = sine(1000.0, level, 20.0, 0.0);
        let both = measure(&[&tone, &tone], 4096).integrated.unwrap();
        assert!((both - level).abs() < 0.1, "{both} of {level}");
        let one = measure(&[&tone], 4096).integrated.unwrap();
        assert!((one - (level - 3.01)).abs() < 0.1, "{one}");
    }
}

#[test]
fn the_relative_gate_leaves_quiet_parts_out() {
    // Tech 3341, case 3
    let parts = [(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)];
    let tone: Vec<f32> =
        parts.iter().flat_map(|(level, seconds)| sine(1000.0, *level, *seconds, 0.0)).collect();
    let loudness = measure(&[&tone, &tone], 4096);
    assert!((loudness.integrated.unwrap() + 23.0).abs() < 0.1, "{loudness:?}");
    assert!((loudness.replay_gain.unwrap() - 5.0).abs() < 0.1, "{loudness:?}");
}

#[test]
fn the_range_is_the_distance_of_a_loud_and_a_quiet_part() {
    // Tech 3342, cases 1 and 2
    for (first, second) in [(-20.0, -30.0), (-20.0, -15.0)] {
        let tone = [sine(1000.0, first, 20.0, 0.0), sine(1000.0, second, 20.0, 0.0)].concat();
        let range = measure(&[&tone, &tone], 4096).range.unwrap();
        assert!((range - f64::abs(first - second)).abs() < 1.0, "{range}");
    }
}

#[test]
fn the_true_peak_lies_between_the_samples() {
    // Tech 3341, case 16: a quarter of the rate, sampled 45 degrees from its peaks, at -3 dB of 0.5
    let tone = sine(RATE / 4.0, -6.02, 5.0, 0.125);
    let highest = tone.iter().fold(0f32, |most, sample| most.max(sample.abs()));
    assert!(highest < 0.36);
    let peak = measure(&[&tone], 4096).true_peak.unwrap();
    assert!((-6.42..=-5.82).contains(&peak), "{peak}");
}

#[test]
fn blocks_of_any_length_read_the_same_and_silence_reads_nothing() {
    let tone = sine(440.0, -12.0, 7.3, 0.1);
    let quiet = sine(997.0, -30.0, 7.3, 0.4);
    let whole = measure(&[&tone, &quiet], usize::MAX / 2);
    assert_eq!(whole, measure(&[&tone, &quiet], 997));
    assert_eq!(whole, measure(&[&tone, &quiet], 1));
    let silence = vec![0.0; 5 * 48_000];
    assert_eq!(measure(&[&silence], 4096), LoudnessResult::default());
    assert_eq!(measure(&[&tone[..1000]], 4096), LoudnessResult::default());
    let mut again = Loudness::new(RATE, 2).unwrap();
    again.push(&[&quiet[..], &tone].concat());
    again.finish();
    again.push(&[&tone[..], &quiet].concat());
    assert_eq!(again.finish(), whole, "a recording begins anew");
    assert!(Loudness::new(RATE, 9).is_err() && Loudness::new(0.0, 1).is_err());
}
