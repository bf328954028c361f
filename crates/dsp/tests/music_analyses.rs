//! Properties of all analyses of whole recordings, and results of analyses without other tests.

use passband_dsp::music::{ANALYSES, Analysis, Found, MusicAnalyzer, OutcomeKind, Stage};
use std::f32::consts::TAU;

const RATE: f64 = 22_050.0;

fn hz(midi: i32) -> f32 {
    440.0 * 2f32.powf((midi - 69) as f32 / 12.0)
}

/// A tone with attack and decay.
fn tone(midi: &[i32], seconds: f32) -> Vec<f32> {
    let length = (seconds * RATE as f32) as usize;
    let sample = |n: usize| {
        let t = n as f32 / RATE as f32;
        let level = (t * 200.0).min(1.0) * (-1.5 * t).exp() / midi.len() as f32;
        0.5 * level * midi.iter().map(|note| (t * TAU * hz(*note)).sin()).sum::<f32>()
    };
    (0..length).map(sample).collect()
}

/// Bars of 4/4 at 120 beats per minute: a chord and a bass on the first beat, the chord alone on the others.
fn song(bars: usize) -> Vec<f32> {
    let chords = [[60, 64, 67], [65, 69, 72], [67, 71, 74], [60, 64, 67]];
    let mut samples = vec![];
    for bar in 0..bars {
        for beat in 0..4 {
            let mut notes = chords[bar % 4].to_vec();
            if beat == 0 {
                notes.extend([chords[bar % 4][0] - 24; 2]);
            }
            samples.extend(tone(&notes, 0.5));
        }
    }
    samples
}

fn found(analyses: &[&'static Analysis], rate: f64, samples: &[f32], block: usize) -> Vec<Found> {
    let stages: Vec<Stage> = analyses.iter().flat_map(|one| one.stages).copied().collect();
    let mut analyzer = MusicAnalyzer::new(rate, &stages).unwrap();
    samples.chunks(block).for_each(|block| analyzer.push(block));
    let music = analyzer.finish();
    analyses.iter().flat_map(|one| (one.found)(&music)).collect()
}

#[test]
fn analyses_together_find_what_each_finds_alone_however_the_samples_come() {
    let samples = song(6);
    let together = found(ANALYSES, RATE, &samples, 4096);
    let alone: Vec<Found> = ANALYSES.iter().flat_map(|one| found(&[one], RATE, &samples, 997)).collect();
    assert_eq!(together, alone);
    assert_eq!(found(ANALYSES, RATE, &samples, samples.len()), together);
}

#[test]
fn an_analyzer_begins_each_recording_anew() {
    let mut analyzer = MusicAnalyzer::new(RATE, &[Stage::Harmony, Stage::Melody]).unwrap();
    analyzer.push(&song(4));
    let first = analyzer.finish();
    analyzer.push(&song(4));
    assert_eq!(analyzer.finish(), first);
    assert_eq!(first.duration_s, 8.0);
}

#[test]
fn nothing_is_found_in_silence_and_in_what_is_too_short() {
    let click = [0.5f32];
    for samples in [&[][..], &click[..], &[0.0; 300][..], &[0.0; 441_000][..], &[f32::NAN; 30_000][..]] {
        let values = found(ANALYSES, RATE, samples, 4096);
        let outcomes = ANALYSES.iter().flat_map(|analysis| analysis.results);
        for (outcome, value) in outcomes.zip(&values) {
            let is_none = match value {
                Found::Number(number) => number.is_none(),
                Found::Word(word) => word.is_none(),
                Found::Numbers(numbers) => numbers.is_empty(),
                Found::Words(words) => words.is_empty(),
            };
            assert!(is_none, "{} of {}: {value:?}", outcome.name, samples.len());
        }
    }
}

#[test]
fn values_are_of_the_declared_kinds_and_names_are_unique() {
    let values = found(ANALYSES, RATE, &song(2), 4096);
    let outcomes: Vec<_> = ANALYSES.iter().flat_map(|analysis| analysis.results).collect();
    assert_eq!(outcomes.len(), values.len());
    for (at, (outcome, value)) in outcomes.iter().zip(&values).enumerate() {
        let kind = match value {
            Found::Number(_) => OutcomeKind::Number,
            Found::Word(_) => OutcomeKind::Word,
            Found::Numbers(_) => OutcomeKind::Numbers,
            Found::Words(_) => OutcomeKind::Words,
        };
        assert_eq!(outcome.kind, kind, "{}", outcome.name);
        assert!(outcomes[..at].iter().all(|other| other.name != outcome.name), "{} twice", outcome.name);
    }
}

fn by_name(analysis: &str, samples: &[f32]) -> Vec<Found> {
    found(&[Analysis::by_name(analysis).unwrap()], RATE, samples, 4096)
}

#[test]
fn bars_of_four_have_a_signature_downbeats_and_a_pattern_of_sixteen_steps() {
    let bars = by_name("bars", &song(12));
    assert_eq!(bars[0], Found::Word(Some("4/4".into())));
    let Found::Numbers(downbeats) = &bars[2] else { panic!("{bars:?}") };
    assert!(downbeats.len() >= 10, "{downbeats:?}");
    let place = |time: &f64| (time / 2.0 - (time / 2.0).round()).abs() * 2.0;
    assert!(downbeats.iter().all(|time| place(time) < 0.07), "{downbeats:?}");
    let Found::Numbers(pattern) = &bars[3] else { panic!("{bars:?}") };
    assert_eq!(pattern.len(), 16);
    for step in 0..16 {
        assert_eq!(pattern[step] > 0.4, step % 4 == 0, "step {step} of {pattern:?}");
    }
}

#[test]
fn a_steady_tempo_has_a_flat_curve_and_full_stability() {
    let curve = by_name("tempo_curve", &song(12));
    let (Found::Numbers(bpm), Found::Number(Some(stability))) = (&curve[0], &curve[1]) else {
        panic!("{curve:?}")
    };
    assert!(bpm.iter().all(|bpm| (bpm / 120.0 - 1.0).abs() < 0.03), "{bpm:?}");
    assert!(*stability > 0.98, "{stability}");
}

#[test]
fn a_section_in_another_harmony_has_a_border() {
    let part = |chord: [i32; 3]| (0..80).flat_map(move |_| tone(&chord, 0.5)).collect::<Vec<f32>>();
    let samples = [part([60, 64, 67]), part([54, 58, 61])].concat();
    let structure = by_name("structure", &samples);
    let Found::Numbers(borders) = &structure[0] else { panic!("{structure:?}") };
    assert!(borders.iter().any(|border| (border - 40.0).abs() <= 1.0), "{borders:?}");
    assert!(borders.len() <= 2, "{borders:?}");
}

#[test]
fn a_melody_has_its_notes_and_nothing_where_it_rests() {
    let mut samples = vec![];
    let scale = [60, 62, 64, 65, 67];
    for midi in scale {
        samples.extend(tone(&[midi], 0.5));
        samples.extend([0.0; 5512]); // a rest of a quarter of a second
    }
    let melody = by_name("melody", &samples);
    let numbers = |at: usize| match &melody[at] {
        Found::Numbers(numbers) => numbers.clone(),
        other => panic!("{other:?}"),
    };
    let (onsets, ends, pitches) = (numbers(0), numbers(1), numbers(2));
    assert_eq!(pitches.iter().map(|midi| midi.round() as i32).collect::<Vec<_>>(), scale);
    for (note, (onset, end)) in onsets.iter().zip(&ends).enumerate() {
        assert!((onset - 0.75 * note as f64).abs() < 0.06, "{onsets:?}");
        assert!((end - onset - 0.5).abs() < 0.1, "{onset} to {end}");
    }
    assert!((numbers(3)[4] - 392.0).abs() < 2.0 && numbers(4)[0] < -3.0 && numbers(5)[0] > 0.5);
}

#[test]
fn the_lowest_rate_that_is_measured_has_a_melody_too() {
    let samples: Vec<f32> = (0..8000).map(|n| 0.4 * (n as f32 / 4000.0 * TAU * 220.0).sin()).collect();
    let melody = found(&[Analysis::by_name("melody").unwrap()], 4000.0, &samples, 512);
    let Found::Numbers(pitches) = &melody[2] else { panic!("{melody:?}") };
    assert_eq!(pitches.iter().map(|midi| midi.round()).collect::<Vec<_>>(), [57.0]);
}
