//! Music features of a live signal, together with spectra of the same frames.

use passband_flow::data::Data;
use passband_flow::sink::each::Each;
use passband_flow::source::pace::Pace;
use passband_flow::source::simulate::{Signal, Simulate};
use passband_flow::transform::music::{Music, MusicNow};
use passband_flow::transform::peaks::{Peaks, SpectralPeaks};
use passband_flow::transform::spectrum::Spectrum;
use passband_flow::window::sliding::Sliding;
use passband_flow::{Control, Pipeline, run};
use passband_signal::{Duration, Hertz};
use std::sync::{Arc, Mutex};

fn source(signal: Signal, seconds: f64) -> Simulate {
    let (duration, frequencies) = (Some(Duration(seconds)), vec![Hertz(440.0)]);
    Simulate { signal, duration, frequencies, pace: Pace::Fast, recording: Some(0), ..Simulate::default() }
}

/// The results of a pipeline over one signal, in the order of their delivery.
fn results(pipeline: impl FnOnce(Each) -> Pipeline) -> Vec<Data> {
    let all = Arc::new(Mutex::new(vec![]));
    let sent = all.clone();
    let pipeline = pipeline(Each::new(move |output| {
        sent.lock().unwrap().push(output.data.clone());
        Ok(())
    }));
    run(&pipeline, &Control::default()).unwrap();
    std::mem::take(&mut *all.lock().unwrap())
}

fn window() -> Sliding {
    Sliding::default()
}

#[test]
fn music_and_spectra_come_of_the_same_frames() {
    let music = Music::default().every(Duration(0.5));
    let results = results(|sink| {
        let builder = Pipeline::builder(source(Signal::Demo, 20.0)).window(window());
        builder.transform(music).transform(Spectrum::default()).sink(sink).build().unwrap()
    });
    let spectra = results.iter().filter(|data| matches!(data, Data::Spectrum(_))).count();
    let alone = self::results(|sink| {
        let builder = Pipeline::builder(source(Signal::Demo, 20.0)).window(window());
        builder.transform(Spectrum::default()).sink(sink).build().unwrap()
    });
    assert_eq!(spectra, alone.len(), "no spectrum is missing or doubled");
    let music: Vec<MusicNow> = results.iter().filter_map(|data| data.clone().take::<MusicNow>()).collect();
    assert!((38..=41).contains(&music.len()), "{}", music.len());
    assert!(music.windows(2).all(|two| two[0].time < two[1].time));
    let last = music.last().unwrap();
    // a note every 400 ms, and A3 and its major chord
    let tempo = last.tempo.unwrap();
    assert!([75.0, 150.0].iter().any(|bpm| (tempo / bpm - 1.0f64).abs() < 0.02), "{last:?}");
    assert_eq!(last.key.as_deref(), Some("A major"));
    assert!(last.integrated.unwrap() < 0.0 && last.momentary.is_some() && last.short_term.is_some());
    let beats: Vec<i64> = music.iter().flat_map(|now| now.beats.clone()).collect();
    assert!(beats.len() > 15 && beats.windows(2).all(|two| two[0] < two[1]), "{beats:?}");
}

#[test]
fn a_tone_between_two_bins_has_its_frequency_and_level() {
    let results = results(|sink| {
        let builder = Pipeline::builder(source(Signal::Tones, 1.0)).window(window());
        builder
            .transform(Spectrum::default())
            .transform(Peaks::default().most(1u32))
            .sink(sink)
            .build()
            .unwrap()
    });
    let peaks: Vec<SpectralPeaks> = results.iter().filter_map(|data| data.clone().take()).collect();
    assert!(!peaks.is_empty());
    for frame in &peaks {
        assert_eq!(frame.peaks.len(), 2, "one of each channel");
        for peak in &frame.peaks {
            // bins are 5.4 Hz apart; the tone has -6.02 dBFS
            assert!((peak.frequency.0 - 440.0).abs() < 0.1, "{peak:?}");
            assert!((peak.level + 6.02).abs() < 0.4, "{peak:?}");
        }
    }
}

#[test]
fn silence_has_no_music_and_no_peaks() {
    let of = |seconds| source(Signal::Silence, seconds);
    let music = results(|sink| {
        Pipeline::builder(of(3.0)).window(window()).transform(Music::default()).sink(sink).build().unwrap()
    });
    let music: Vec<MusicNow> = music.iter().filter_map(|data| data.clone().take()).collect();
    assert!(music.len() > 20);
    for now in music {
        assert_eq!((now.tempo, now.key, now.chord, now.momentary), (None, None, None, None));
    }
    let peaks = results(|sink| {
        let builder = Pipeline::builder(of(1.0)).window(window()).transform(Spectrum::default());
        builder.transform(Peaks::default()).sink(sink).build().unwrap()
    });
    let peaks: Vec<SpectralPeaks> = peaks.iter().filter_map(|data| data.clone().take()).collect();
    assert!(!peaks.is_empty() && peaks.iter().all(|frame| frame.peaks.is_empty()));
}
