//! Bars, tempo curve, bar pattern and structure: expected results, and hostile input.

use passband_dsp::music::{
    BarSettings, Flux, MeterProbabilities, OnsetEnvelope, StructureSettings, bar_pattern, bars, borders,
    tempo_curve,
};

const DUPLE: MeterProbabilities = MeterProbabilities { duple: 0.8, triple: 0.1, compound: 0.1 };

/// Beats every 0.4 s with a bass on every fourth from `first` on; a beat is added to the bar at beat 40.
fn envelope(first: usize) -> (OnsetEnvelope, Vec<f64>) {
    let mut envelope = OnsetEnvelope::new(100.0);
    for t in 0..4000 {
        let (beat, on) = (t / 40, t % 40 == 0);
        let beat = if beat > 40 { beat - 1 } else { beat };
        let low = if on && beat % 4 == first && t != 1600 { 2.0 } else { 0.0 };
        envelope.push(Flux { all: if on { 4.0 + low } else { 0.5 }, parts: [low, 0.0, 0.0, 0.0] });
    }
    (envelope, (0..100).map(|beat| 0.4 * f64::from(beat)).collect())
}

#[test]
fn downbeats_follow_a_bar_of_another_length() {
    for first in 0..4 {
        let (envelope, beats) = envelope(first);
        let found = bars(&envelope, &beats, &[], &DUPLE, &BarSettings::default()).unwrap();
        assert_eq!((found.time_signature, found.beats_per_bar), ((4, 4), 4));
        let place = |time: &f64| (time / 0.4).round() as usize;
        let right = |beat: &usize| (if *beat > 40 { beat - 1 } else { *beat }) % 4 == first;
        let count = found.downbeats.iter().map(place).filter(right).count();
        assert!(count + 2 >= found.downbeats.len() && count >= 22, "{first}: {:?}", found.downbeats);
        let pattern = bar_pattern(&envelope, &found.downbeats, 4).unwrap();
        assert_eq!(pattern.all.len(), 16);
        assert!(pattern.low[0] > 0.9 && pattern.low[8] < 0.2, "{pattern:?}");
    }
}

#[test]
fn the_curve_follows_an_accelerando() {
    let beats = (0..60).scan(0.0, |time, beat| {
        *time += 60.0 / (100.0 + f64::from(beat));
        Some(*time)
    });
    let beats: Vec<f64> = beats.collect();
    let curve = tempo_curve(&beats).unwrap();
    for (i, (_, bpm)) in curve.points.iter().enumerate().skip(3).take(50) {
        assert!((bpm - 101.0 - i as f64).abs() < 1.0, "{i}: {bpm}");
    }
    assert!(curve.stability < 0.95);
    assert_eq!(tempo_curve(&[1.0]), None);
}

#[test]
fn sections_have_borders_and_sameness_has_none() {
    let row = |section: usize, t: usize| -> Vec<f64> {
        (0..12)
            .map(|class| f64::from(u8::from(class % 4 == section)) + 0.1 * ((t * 7 + class) % 5) as f64)
            .collect()
    };
    let rows: Vec<Vec<f64>> = (0..120).map(|t| row([0, 1, 0, 2][t / 30], t)).collect();
    let found = borders(&rows, &StructureSettings::default());
    assert_eq!(found.len(), 3, "{found:?}");
    for (found, border) in found.iter().zip([30usize, 60, 90]) {
        assert!(found.abs_diff(border) <= 1, "{found} for {border}");
    }
    assert!(borders(&vec![vec![1.0; 12]; 100], &StructureSettings::default()).is_empty());
}

#[test]
fn no_input_panics() {
    let empty = OnsetEnvelope::new(100.0);
    let beats = [0.0, f64::MAX, -1.0, f64::NAN, 1e300];
    assert!(bars(&empty, &beats, &[], &DUPLE, &BarSettings::default()).is_some());
    assert_eq!(bars(&empty, &beats[..3], &[], &DUPLE, &BarSettings::default()), None);
    assert_eq!(bar_pattern(&empty, &beats, 4), None);
    assert_eq!(bar_pattern(&empty, &[], 0), None);
    assert!(borders(&vec![vec![f64::NAN; 3]; 50], &StructureSettings::default()).is_empty());
    assert!(borders(&[] as &[Vec<f64>], &StructureSettings::default()).is_empty());
    tempo_curve(&beats);
}
