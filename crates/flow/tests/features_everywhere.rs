//! A recording gives the same features, bit for bit, regardless of how its samples arrive.

use passband_dsp::feature::{FEATURES, Plan, Settings};
use passband_dsp::music::{Analysis, Found};
use passband_dsp::resample::Resampler;
use passband_flow::config::{Named, PassedOn, defaults};
use passband_flow::data::{Data, Output};
use passband_flow::sink::each::Each;
use passband_flow::source::file::File;
use passband_flow::source::pace::Pace;
use passband_flow::source::recordings::{Paths, Recordings};
use passband_flow::transform::features::{
    BeatEvent, ChordEvent, Features, FrameFeatures, MeasuredRate, Name, NoteEvent, Over, RecordingFeatures,
    Waveform,
};
use passband_flow::{Control, Pipeline, run};
use passband_signal::{Hertz, Span};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

const RATE: u32 = 22_050;

/// Two channels of 16 bits: a tone that glides, steps in level, and noise.
fn wav(path: &Path, frames: usize) -> Vec<f32> {
    let (mut state, mut bytes, mut mean) = (1_u64, vec![], vec![]);
    for n in 0..frames {
        let mut channels = [0i16; 2];
        for (channel, sample) in channels.iter_mut().enumerate() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / 8_388_608.0 - 1.0;
            let tone = (n as f64 * (0.02 + n as f64 * 1e-6) + channel as f64).sin();
            let level = [0.5, 0.02, 0.2][3 * n / frames];
            *sample = ((level * tone + 0.001 * noise) * 32_767.0) as i16;
        }
        channels.iter().for_each(|sample| bytes.extend(sample.to_le_bytes()));
        let float = |sample: i16| f64::from(sample as f32 / 32_768.0);
        mean.push(((float(channels[0]) + float(channels[1])) / 2.0) as f32);
    }
    let mut file = vec![];
    file.extend(b"RIFF");
    file.extend((36 + bytes.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1u16, 2].iter().flat_map(|x| x.to_le_bytes()));
    file.extend([RATE, RATE * 4].iter().flat_map(|x| x.to_le_bytes()));
    file.extend([4u16, 16].iter().flat_map(|x| x.to_le_bytes()));
    file.extend(b"data");
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
    mean
}

/// The rows of each stream and feature, in the order of frames.
type Rows = BTreeMap<(String, String), Vec<Vec<f32>>>;

fn rows(source: impl passband_flow::part::SourcePlan + 'static, settings: &[(&str, &str)]) -> Rows {
    rows_at(source, settings, MeasuredRate::Native)
}

fn rows_at(
    source: impl passband_flow::part::SourcePlan + 'static,
    settings: &[(&str, &str)],
    rate: MeasuredRate,
) -> Rows {
    let all: Arc<Mutex<Rows>> = Arc::default();
    let into = all.clone();
    let each = Each::new(move |output: &Output| {
        let frame: &FrameFeatures = output.data.get().expect("features");
        for (name, row) in frame.names.names.iter().zip(&frame.values) {
            let key = (output.stream.to_string(), name.clone());
            let mut all = into.lock().unwrap();
            let rows = all.entry(key).or_default();
            assert_eq!(rows.len() as u64, frame.frame, "{name}");
            rows.push(row.to_vec());
        }
        Ok(())
    });
    let features = Features {
        names: FEATURES.iter().map(|feature| Name::Feature(feature)).collect(),
        settings: Named(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()),
        rate,
        over: Over::Frame,
        waveform: Waveform::Keep,
        threads: None,
    };
    let pipeline = Pipeline::builder(source).transform(features).sink(each).build().unwrap();
    run(&pipeline, &Control::default()).unwrap();
    std::mem::take(&mut *all.lock().unwrap())
}

fn file(path: &Path, block: u64) -> File {
    let path = path.to_str().unwrap().to_owned();
    File {
        path,
        block: Span::Samples(block),
        name: Some("a.wav".into()),
        store: PassedOn::default(),
        pace: Pace::Fast,
        recording: None,
    }
}

fn recordings(folder: &Path) -> Recordings {
    let path = Paths::from(vec![folder.to_str().unwrap().to_owned()]);
    Recordings { path, block: Span::Samples(4096), ..defaults() }
}

#[test]
fn live_is_bulk_for_every_feature() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mean = wav(&path, 30_011);
    for settings in [&[][..], &[("top_db", "none"), ("hop_length", "300")], &[("center", "false")]] {
        let settled: Vec<Settings> = FEATURES
            .iter()
            .map(|feature| {
                let mut own = feature.settings();
                for (name, value) in settings {
                    if own.value(name).is_some() {
                        own.set(name, value).unwrap();
                    }
                }
                own
            })
            .collect();
        let mut plan = Plan::of_all(&settled, f64::from(RATE)).unwrap();
        let mut bulk = vec![vec![]; settled.len()];
        plan.all_frames(&mean, &mut bulk);
        let mut wanted = Rows::new();
        for (at, (feature, values)) in FEATURES.iter().zip(&bulk).enumerate() {
            let rows = values.chunks(plan.width(at)).map(<[f32]>::to_vec).collect();
            wanted.insert(("a.wav".into(), feature.name.into()), rows);
        }
        for block in [256, 1, 7919, 100_000] {
            // blocks of one sample are slow: a few thousand are sufficient
            if block > 1 || settings.is_empty() {
                assert!(rows(file(&path, block), settings) == wanted, "{settings:?}, blocks of {block}");
            }
        }
        assert!(rows(recordings(folder.path()), settings) == wanted, "{settings:?}");
    }
}

#[test]
fn resampled_live_is_resampled_bulk_for_every_feature() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mean = wav(&path, 40_011);
    let to = 32_000.0;
    let mut resampled = vec![];
    let mut resampler = Resampler::new(f64::from(RATE), to).unwrap();
    resampler.push(&mean, |block| resampled.extend_from_slice(block));
    resampler.finish(|block| resampled.extend_from_slice(block));
    let settled: Vec<Settings> = FEATURES.iter().map(|feature| feature.settings()).collect();
    let mut plan = Plan::of_all(&settled, to).unwrap();
    let mut bulk = vec![vec![]; settled.len()];
    plan.all_frames(&resampled, &mut bulk);
    let mut wanted = Rows::new();
    for (at, (feature, values)) in FEATURES.iter().zip(&bulk).enumerate() {
        let rows = values.chunks(plan.width(at)).map(<[f32]>::to_vec).collect();
        wanted.insert(("a.wav".into(), feature.name.into()), rows);
    }
    let rate = MeasuredRate::At(Hertz(to));
    for block in [256, 7919] {
        assert!(rows_at(file(&path, block), &[], rate) == wanted, "blocks of {block}");
    }
    assert!(rows_at(recordings(folder.path()), &[], rate) == wanted);
}

#[test]
fn a_folder_of_recordings_is_read_in_order_and_other_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("album/deep")).unwrap();
    wav(&folder.path().join("b.wav"), 3000);
    wav(&folder.path().join("album/deep/a.wav"), 5000);
    std::fs::write(folder.path().join("album/broken.flac"), b"this is no sound").unwrap();
    std::fs::write(folder.path().join("cover.jpg"), b"this is no sound").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("album/loop")).unwrap();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = seen.clone();
    let each = Each::new(move |output: &Output| {
        let mut seen = into.lock().unwrap();
        if let Data::Samples(block) = &output.data
            && block.index == 0
        {
            seen.push(format!("{} {}", output.stream, block.recording));
        }
        Ok(())
    });
    let source = recordings(folder.path());
    let pipeline = Pipeline::builder(source).sink(each).build().unwrap();
    let control = Control::default();
    run(&pipeline, &control).unwrap();
    assert_eq!(*seen.lock().unwrap(), ["album/deep/a.wav 2", "b.wav 3"]);
    assert_eq!(control.counters.refused.get(), 1);
}

#[test]
fn a_recording_that_cannot_be_measured_is_refused_and_the_next_follows() {
    let folder = tempfile::tempdir().unwrap();
    wav(&folder.path().join("a.wav"), 9000);
    wav(&folder.path().join("short.wav"), 100);
    wav(&folder.path().join("slow.wav"), 9000);
    // a rate that is incompatible with the settings
    let mut bytes = std::fs::read(folder.path().join("slow.wav")).unwrap();
    bytes[24..28].copy_from_slice(&4000u32.to_le_bytes());
    std::fs::write(folder.path().join("slow.wav"), bytes).unwrap();
    wav(&folder.path().join("z.wav"), 9000);
    let seen: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let into = seen.clone();
    let each = Each::new(move |output: &Output| {
        *into.lock().unwrap().entry(output.stream.to_string()).or_default() += 1;
        Ok(())
    });
    let features = Features {
        names: vec![Name::Feature(FEATURES[0])],
        settings: Named([("center", "false"), ("fmax", "8000")].map(|(a, b)| (a.into(), b.into())).into()),
        rate: MeasuredRate::Native,
        over: Over::Frame,
        waveform: Waveform::Keep,
        threads: None,
    };
    let source = recordings(folder.path());
    let pipeline = Pipeline::builder(source).transform(features).sink(each).build().unwrap();
    let control = Control::default();
    run(&pipeline, &control).unwrap();
    let frames = (9000 - 2048) / 512 + 1;
    let wanted = [("a.wav", frames), ("z.wav", frames)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(*seen.lock().unwrap(), BTreeMap::from(wanted));
    assert_eq!(control.counters.refused.get(), 2);
}

/// The mean and the deviation over the frames, by their definitions.
fn summary(rows: &[Vec<f32>]) -> (Vec<f64>, Vec<f64>) {
    let (count, width) = (rows.len() as f64, rows[0].len());
    let of = |at: usize| rows.iter().map(move |row| f64::from(row[at]));
    let mean: Vec<f64> = (0..width).map(|at| of(at).sum::<f64>() / count).collect();
    let squares = |at: usize| of(at).map(|value| (value - mean[at]).powi(2)).sum::<f64>();
    let deviation = (0..width).map(|at| (squares(at) / (count - 1.0)).sqrt()).collect();
    (mean, deviation)
}

#[test]
fn a_recording_as_a_whole_is_the_mean_the_median_and_the_deviation_of_its_frames() {
    let folder = tempfile::tempdir().unwrap();
    wav(&folder.path().join("a.wav"), 30_011);
    wav(&folder.path().join("b.wav"), 9000);
    let frames = rows(recordings(folder.path()), &[]);
    let seen: Arc<Mutex<Vec<(String, RecordingFeatures)>>> = Arc::default();
    let into = seen.clone();
    let each = Each::new(move |output: &Output| {
        let whole: &RecordingFeatures = output.data.get().expect("a recording");
        into.lock().unwrap().push((output.stream.to_string(), whole.clone()));
        Ok(())
    });
    let names = FEATURES.iter().map(|feature| Name::Feature(feature)).collect();
    let features = Features {
        names,
        settings: Named::default(),
        rate: MeasuredRate::Native,
        over: Over::Recording,
        waveform: Waveform::Keep,
        threads: None,
    };
    let source = recordings(folder.path());
    let pipeline = Pipeline::builder(source).transform(features).sink(each).build().unwrap();
    run(&pipeline, &Control::default()).unwrap();
    let seen = seen.lock().unwrap();
    let sizes: Vec<_> = seen.iter().map(|(stream, whole)| (&**stream, whole.samples)).collect();
    assert_eq!(sizes, [("a.wav", 30_011), ("b.wav", 9000)]);
    for (stream, whole) in seen.iter() {
        for (name, value) in whole.names.names.iter().zip(&whole.values) {
            let of = &frames[&(stream.clone(), name.clone())];
            let (mean, deviation) = summary(of);
            for (at, got) in value.median.iter().enumerate() {
                let mut values: Vec<f32> = of.iter().map(|row| row[at]).collect();
                values.sort_unstable_by(f32::total_cmp);
                let middle = [(values.len() - 1) / 2, values.len() / 2].map(|at| f64::from(values[at]));
                let want = ((middle[0] + middle[1]) / 2.0) as f32;
                assert!(*got == want || got.is_nan() && want.is_nan(), "{stream}, {name}: {got}, not {want}");
            }
            for (got, want) in value.mean.iter().chain(&value.deviation).zip(mean.iter().chain(&deviation)) {
                let close = (f64::from(*got) - want).abs() <= 1e-5 * want.abs().max(1e-3);
                assert!(close || got.is_nan() && want.is_nan(), "{stream}, {name}: {got}, not {want}");
            }
        }
    }
}

/// Ten seconds of clicks, two per second, in 16 bits.
fn clicks(path: &Path) {
    let mut file = vec![];
    let samples =
        (0..10 * RATE).map(|n| if n % (RATE / 2) < 200 { 12_000 * (n as i32 % 2 * 2 - 1) } else { 0 });
    let bytes: Vec<u8> = samples.flat_map(|sample| (sample as i16).to_le_bytes()).collect();
    file.extend(b"RIFF");
    file.extend((36 + bytes.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1u16, 1].iter().flat_map(|x| x.to_le_bytes()));
    file.extend([RATE, RATE * 2].iter().flat_map(|x| x.to_le_bytes()));
    file.extend([2u16, 16].iter().flat_map(|x| x.to_le_bytes()));
    file.extend(b"data");
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

#[test]
fn a_recording_has_a_tempo_and_beats_and_silence_has_none() {
    let folder = tempfile::tempdir().unwrap();
    clicks(&folder.path().join("clicks.wav"));
    let mut silent = std::fs::read(folder.path().join("clicks.wav")).unwrap();
    silent[44..].fill(0);
    std::fs::write(folder.path().join("silence.wav"), silent).unwrap();
    let seen: Arc<Mutex<BTreeMap<String, Vec<Found>>>> = Arc::default();
    let into = seen.clone();
    let each = Each::new(move |output: &Output| {
        let whole: &RecordingFeatures = output.data.get().expect("a recording");
        into.lock().unwrap().insert(output.stream.to_string(), whole.results.clone());
        Ok(())
    });
    let features = Features {
        names: vec![Name::Analysis(Analysis::by_name("rhythm").unwrap())],
        settings: Named::default(),
        rate: MeasuredRate::Native,
        over: Over::Recording,
        waveform: Waveform::Keep,
        threads: None,
    };
    let source = recordings(folder.path());
    let pipeline = Pipeline::builder(source).transform(features).sink(each).build().unwrap();
    run(&pipeline, &Control::default()).unwrap();
    let seen = seen.lock().unwrap();
    let [Found::Number(Some(tempo)), .., Found::Numbers(beats), Found::Numbers(onsets)] =
        &seen["clicks.wav"][..]
    else {
        panic!("{seen:?}")
    };
    assert!((tempo / 120.0 - 1.0).abs() < 0.02, "{tempo}");
    assert!(beats.len() > 15 && onsets.len() > 15, "{beats:?} {onsets:?}");
    assert!(beats.windows(2).all(|two| (two[1] - two[0] - 0.5).abs() < 0.02), "{beats:?}");
    let none = [Found::Number(None), Found::Number(None), Found::Number(None)];
    assert_eq!(seen["silence.wav"][..3], none);
    assert_eq!(seen["silence.wav"][3..], [Found::Numbers(vec![]), Found::Numbers(vec![])]);
}

/// The results for the events of a folder, by stream.
fn events(folder: &Path, over: Over) -> BTreeMap<String, Vec<Data>> {
    let seen: Arc<Mutex<BTreeMap<String, Vec<Data>>>> = Arc::default();
    let into = seen.clone();
    let each = Each::new(move |output: &Output| {
        let mut seen = into.lock().unwrap();
        seen.entry(output.stream.to_string()).or_default().push(output.data.clone());
        Ok(())
    });
    let features = Features {
        names: vec![],
        settings: Named::default(),
        rate: MeasuredRate::Native,
        over,
        waveform: Waveform::Keep,
        threads: None,
    };
    let pipeline = Pipeline::builder(recordings(folder)).transform(features).sink(each).build().unwrap();
    run(&pipeline, &Control::default()).unwrap();
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn beats_notes_and_chords_are_records_and_silence_has_none() {
    let folder = tempfile::tempdir().unwrap();
    clicks(&folder.path().join("clicks.wav"));
    let header = std::fs::read(folder.path().join("clicks.wav")).unwrap();
    let rate = u32::from_le_bytes(header[24..28].try_into().unwrap());
    let write = |name: &str, sample: &dyn Fn(usize) -> f32| {
        let mut file = header[..44].to_vec();
        for n in 0..(header.len() - 44) / 2 {
            file.extend(((sample(n) * 32767.0) as i16).to_le_bytes());
        }
        std::fs::write(folder.path().join(name), file).unwrap();
    };
    // A4 and E5, a second each, alternating
    write("notes.wav", &|n| {
        let (t, hz) =
            (n as f32 / rate as f32, if (n / rate as usize).is_multiple_of(2) { 440.0 } else { 659.26 });
        0.3 * (t * std::f32::consts::TAU * hz).sin()
    });
    write("silence.wav", &|_| 0.0);

    let beats = events(folder.path(), Over::Beat);
    let of: Vec<&BeatEvent> = beats["clicks.wav"].iter().map(|data| data.get().unwrap()).collect();
    assert!(of.len() > 15 && !beats.contains_key("silence.wav"));
    for (at, two) in of.windows(2).enumerate() {
        assert_eq!((two[0].beat, two[0].recording), (at as u64, of[0].recording));
        assert!((two[1].start - two[0].start - 0.5).abs() < 0.02 && two[0].tempo.is_some());
        let after = (two[1].time - two[0].time) as f64 / 1e6;
        assert!((after - (two[1].start - two[0].start)).abs() < 1e-3, "{after}");
        let next = (two[0].position.unwrap() + 1, two[0].bar.unwrap());
        let place = (two[1].position.unwrap(), two[1].bar.unwrap());
        assert!(place == next || place == (1, next.1 + 1), "{place:?} after {next:?}");
    }

    let notes = events(folder.path(), Over::Note);
    let of: Vec<&NoteEvent> = notes["notes.wav"].iter().map(|data| data.get().unwrap()).collect();
    assert!(of.len() > 3 && !notes.contains_key("silence.wav"), "{of:?}");
    for (at, note) in of.iter().enumerate() {
        assert_eq!(note.name, if at.is_multiple_of(2) { "A4" } else { "E5" });
        assert!((note.start - at as f64).abs() < 0.06 && note.end > note.start, "{note:?}");
    }

    let chords = events(folder.path(), Over::Chord);
    let of: Vec<&ChordEvent> = chords["notes.wav"].iter().map(|data| data.get().unwrap()).collect();
    assert!(!chords.contains_key("silence.wav"));
    assert!(of.windows(2).all(|two| two[0].end == two[1].start), "{of:?}");
    assert!(of.iter().all(|chord| (chord.label == "N") == chord.root.is_none()), "{of:?}");
}
