//! Pitch and notes of one voice: known tones at many rates, splitting into blocks, and invalid input.

use passband_dsp::music::{Note, NoteSettings, Notes, Pitch, PitchMethod, PitchSettings, PitchTracker};

/// A voice of six harmonics with the given tones, half a second each; 0 is a rest.
fn sing(rate: f64, tones: &[f64]) -> Vec<f32> {
    let sample = |n: usize| {
        let at = n as f64 / rate;
        let (which, since) = ((at / 0.5) as usize, at % 0.5);
        let level = (since * 40.0).min((0.5 - since) * 40.0).min(1.0);
        let partial =
            |k: i32| 0.7f64.powi(k) * (std::f64::consts::TAU * tones[which] * f64::from(k) * at).sin();
        (0.2 * level * (1..=6).map(partial).sum::<f64>()) as f32
    };
    (0..(tones.len() as f64 * 0.5 * rate) as usize).map(sample).collect()
}

fn track(rate: f64, samples: &[f32], block: usize, settings: &PitchSettings) -> Vec<Pitch> {
    let mut tracker = PitchTracker::new(rate, settings).unwrap();
    let mut out = vec![];
    samples.chunks(block).for_each(|block| tracker.push(block, |pitch| out.push(pitch)));
    tracker.finish(|pitch| out.push(pitch));
    out
}

fn notes(pitches: &[Pitch]) -> Vec<Note> {
    let mut notes = Notes::new(0.02, &NoteSettings::default());
    let mut out = vec![];
    pitches.iter().for_each(|pitch| notes.push(*pitch, |note| out.push(note)));
    notes.finish(|note| out.push(note));
    out
}

const TONES: [f64; 6] = [110.0, 0.0, 220.0, 329.6, 880.0, 98.0];

#[test]
fn tones_are_found_within_ten_cents_and_twenty_at_8_khz() {
    let yin = PitchSettings { method: PitchMethod::Yin { threshold: 0.1 }, ..PitchSettings::default() };
    for settings in [PitchSettings::default(), yin] {
        for rate in [44100.0, 22050.0, 16000.0, 8000.0, 96000.0] {
            // Parabolic interpolation over a period of only nine samples is not exact.
            let cents = if rate < 16000.0 { 20.0 } else { 10.0 };
            let pitches = track(rate, &sing(rate, &TONES), 4096, &settings);
            assert_eq!(pitches.len(), 150);
            for (which, tone) in TONES.iter().enumerate() {
                let middle = &pitches[25 * which + 6..25 * which + 18];
                let right = |pitch: &&Pitch| match pitch.hz {
                    Some(hz) => *tone > 0.0 && (1200.0 * (hz / tone).log2()).abs() < cents,
                    None => *tone == 0.0,
                };
                let count = middle.iter().filter(right).count();
                assert_eq!(count, middle.len(), "{rate} Hz, {tone} Hz, {settings:?}: {middle:?}");
            }
        }
    }
}

#[test]
fn notes_and_rests_of_a_melody() {
    let notes = notes(&track(44100.0, &sing(44100.0, &TONES), 1000, &PitchSettings::default()));
    let found: Vec<f64> = notes.iter().map(|note| note.midi.round()).collect();
    assert_eq!(found, [45.0, 57.0, 64.0, 81.0, 43.0]);
    for (note, start) in notes.iter().zip([0.0, 1.0, 1.5, 2.0, 2.5]) {
        assert!((note.start_s - start).abs() < 0.06 && (note.end_s - start - 0.5).abs() < 0.08, "{note:?}");
        assert!(note.confidence > 0.5 && note.level_db < 0.0 && note.level_db > -30.0, "{note:?}");
    }
}

#[test]
fn blocks_and_earlier_recordings_do_not_matter() {
    let samples = sing(44100.0, &TONES);
    let whole = track(44100.0, &samples, samples.len(), &PitchSettings::default());
    assert_eq!(track(44100.0, &samples, 613, &PitchSettings::default()), whole);
    let mut tracker = PitchTracker::new(44100.0, &PitchSettings::default()).unwrap();
    tracker.push(&samples[..50_000], |_| {});
    tracker.finish(|_| {});
    let mut again = vec![];
    tracker.push(&samples, |pitch| again.push(pitch));
    tracker.finish(|pitch| again.push(pitch));
    assert_eq!(again, whole);
}

#[test]
fn silence_and_noise_have_no_pitch() {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let noise: Vec<f32> = (0..44100).map(|_| noise()).collect();
    for samples in [vec![0.0; 44100], vec![f32::NAN; 44100], vec![0.5; 1], vec![], noise] {
        let pitches = track(44100.0, &samples, 4096, &PitchSettings::default());
        let voiced = pitches.iter().filter(|pitch| pitch.hz.is_some()).count();
        assert!(voiced * 20 <= pitches.len(), "{voiced} of {} frames are voiced", pitches.len());
    }
}

#[test]
fn no_input_panics() {
    let hostile = [0.0, f32::NAN, f32::INFINITY, -f32::MAX, f32::MAX, 1e-40, 1.0];
    for rate in [8000.0, 44100.0, 192_000.0] {
        for length in [0, 1, 2, 1000, rate as usize] {
            let samples: Vec<f32> = (0..length).map(|n| hostile[(n * n / 7) % hostile.len()]).collect();
            let pitches = track(rate, &samples, 1777, &PitchSettings::default());
            assert!(pitches.iter().all(|pitch| pitch.hz.is_none_or(f64::is_finite)));
            assert!(notes(&pitches).iter().all(|note| note.hz.is_finite()));
        }
    }
    let narrow = PitchSettings { fmin: 500.0, fmax: 400.0, ..PitchSettings::default() };
    assert!(PitchTracker::new(44100.0, &narrow).unwrap_err().contains("below fmax"));
}
