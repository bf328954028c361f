//! Properties of every feature.

use passband_dsp::feature::{Allowed, FEATURES, Feature, Plan, Settings, Value};

const RATE: f64 = 16000.0;

/// Cuts for every code path: powers of two and others, odd, hops shorter and longer than frames, with and without
/// padding.
const CUTS: &[[(&str, &str); 3]] = &[
    [("n_fft", "2048"), ("hop_length", "512"), ("center", "true")],
    [("n_fft", "512"), ("hop_length", "160"), ("center", "false")],
    [("n_fft", "256"), ("hop_length", "700"), ("center", "true")],
    [("n_fft", "100"), ("hop_length", "5000"), ("center", "false")],
    [("n_fft", "401"), ("hop_length", "160"), ("center", "true")],
    [("n_fft", "2"), ("hop_length", "1"), ("center", "true")],
];

const LENGTHS: &[usize] = &[0, 1, 2, 99, 511, 512, 2047, 2048, 5000, 12345];

fn noise(mut state: u64, length: usize) -> Vec<f32> {
    let sample = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..length).map(sample).collect()
}

/// A feature with few bands and these settings of the cut.
fn every_cut(feature: &'static Feature) -> impl Iterator<Item = Settings> {
    CUTS.iter().map(|cut| {
        let small =
            [("n_mels", "30"), ("n_mfcc", "7"), ("tempogram_win_length", "48"), ("frame_length", cut[0].1)];
        let few = [("n_octaves", "4"), ("n_bins", "40"), ("cqt_fmin", "200"), ("win_len_smooth", "9")];
        let all = small.iter().chain(&few).chain(cut);
        let settings = all.fold(feature.settings(), |settings, (name, value)| with(settings, name, value));
        // Frames with the length required by pitches are expensive: a hop of one sample is not tested.
        let pitches = settings.value("cqt_fmin").is_some();
        if pitches && cut[1].1 == "1" { with(settings, "hop_length", "64") } else { settings }
    })
}

/// Sets a setting if the feature has it.
fn with(mut settings: Settings, name: &str, value: &str) -> Settings {
    if settings.value(name).is_some() {
        settings.set(name, value).unwrap();
    }
    settings
}

fn measure(settings: &Settings, samples: &[f32]) -> Vec<f32> {
    let mut plan = Plan::new(settings, RATE).unwrap();
    let mut out = vec![];
    plan.frames(samples, &mut out);
    assert_eq!(
        out.len(),
        plan.rows(0, samples.len()) * plan.width(0),
        "{settings}, {} samples",
        samples.len()
    );
    out
}

/// Removes settings that need the whole recording.
fn streamable(settings: Settings) -> Settings {
    with(settings, "top_db", "none")
}

#[test]
fn any_split_into_blocks_gives_the_same_rows() {
    for settings in FEATURES.iter().copied().flat_map(every_cut).map(streamable) {
        let mut stream = Plan::new(&settings, RATE).unwrap().into_stream().unwrap();
        for &length in LENGTHS {
            let samples = noise(7, length);
            let whole = measure(&settings, &samples);
            for block in [1, 7, 160, 513, 4096, 20000] {
                let mut rows = vec![];
                let mut each = |_: usize, row: &[f32]| rows.extend_from_slice(row);
                samples.chunks(block).for_each(|block| stream.push(block, &mut each));
                stream.finish(&mut each);
                assert_eq!(rows, whole, "{settings}, {length} samples in blocks of {block}");
            }
        }
    }
}

/// The rows of a stream that begins within a recording are equal to those of the whole.
#[test]
fn a_stream_may_begin_within_a_recording() {
    let samples = noise(5, 12345);
    for settings in FEATURES.iter().copied().flat_map(every_cut).map(streamable) {
        let whole = measure(&settings, &samples);
        let mut stream = Plan::new(&settings, RATE).unwrap().into_stream().unwrap();
        let width = stream.plan().width(0);
        let (length, hop, padding) = stream.plan().frame(0);
        let before = stream.plan().before(0) as u64;
        // The last of them has rows left over from the previous one.
        for index in [0, 1, 700, 5000, 12000, 5000] {
            stream.push(&samples[..3000], &mut |_, _| {});
            let first = stream.start_at(index)[0];
            if index > 0 {
                let start = (first - before) * hop;
                assert!(start >= index + padding && start < index + padding + hop, "{settings}, {index}");
            }
            let mut rows = vec![];
            let mut each = |_: usize, row: &[f32]| rows.extend_from_slice(row);
            samples[index as usize..].chunks(777).for_each(|block| stream.push(block, &mut each));
            stream.finish(&mut each);
            let skipped = (first as usize * width).min(whole.len());
            assert_eq!(rows, whole[skipped..], "{settings}, from {index}, frames of {length}");
        }
    }
}

#[test]
fn finite_in_finite_out() {
    for settings in FEATURES.iter().copied().flat_map(every_cut) {
        for &length in LENGTHS {
            for level in [0.0, f32::MAX, 1e20, 1.0, 1e-20, f32::MIN_POSITIVE, 1e-45] {
                let mut impulse = vec![0.0; length];
                impulse.iter_mut().skip(length / 2).take(1).for_each(|x| *x = level);
                let loud = noise(3, length).iter().map(|x| x * level).collect();
                for samples in [loud, impulse, vec![level; length]] {
                    let out = measure(&settings, &samples);
                    assert!(out.iter().all(|x| x.is_finite()), "{settings}, {length} samples at {level:e}");
                }
            }
        }
    }
}

/// Silence, an impulse and a constant have no distinct frames.
#[test]
fn what_does_not_change_gives_rows_that_do_not_change() {
    for feature in FEATURES {
        let settings = with(feature.settings(), "center", "false");
        let plan = Plan::new(&settings, RATE).unwrap();
        let (width, (_, _, padding)) = (plan.width(0), plan.frame(0));
        // If the recording is padded with zeros, a constant has a beginning and an end.
        let levels: &[f32] = if padding > 0 { &[0.0] } else { &[0.0, 0.25] };
        for &level in levels {
            let out = measure(&settings, &[level; 8192]);
            let first = &out[..width];
            assert!(out.chunks(width).all(|row| row == first), "{settings} at {level}");
        }
    }
}

/// The power of an impulse is equal in all bins, so without norm, a band gives the sum of its triangle.
#[test]
fn an_impulse_fills_every_band() {
    for window in ["hann", "rectangular"] {
        let mut samples = vec![0.0; 2048];
        samples[1024] = 0.5;
        let settings =
            FEATURES[0].settings().with("center", "false").unwrap().with("window", window).unwrap();
        let settings = settings.with("mel_norm", "none").unwrap().with("n_mels", "20").unwrap();
        let triangles = measure(&settings.clone().with("power", "1").unwrap(), &samples);
        let powers = measure(&settings, &samples);
        for (power, magnitude) in powers.iter().zip(triangles) {
            assert!((power / magnitude - 0.5).abs() < 1e-6 && *power > 0.5, "{window}: {power} {magnitude}");
        }
    }
}

/// A plan can be reused: no state of a recording remains.
#[test]
fn a_plan_forgets() {
    for settings in FEATURES.iter().copied().flat_map(every_cut) {
        let mut plan = Plan::new(&settings, RATE).unwrap();
        let (loud, quiet) = (noise(1, 9000), noise(2, 3000).iter().map(|x| x * 1e-4).collect::<Vec<f32>>());
        let mut out = vec![];
        plan.frames(&loud, &mut out);
        let loud_rows = out.len();
        plan.frames(&quiet, &mut out);
        assert_eq!(out[loud_rows..], measure(&settings, &quiet), "{settings}");
    }
}

#[test]
fn features_together_read_as_they_do_alone() {
    let all: Vec<Settings> = FEATURES.iter().copied().flat_map(every_cut).collect();
    let mut plan = Plan::of_all(&all, RATE).unwrap();
    let samples = noise(4, 12345);
    let mut out = vec![vec![]; all.len()];
    plan.all_frames(&samples, &mut out);
    for (i, settings) in all.iter().enumerate() {
        assert_eq!(out[i], measure(settings, &samples), "{settings}");
        assert_eq!(out[i].len(), plan.rows(i, samples.len()) * plan.width(i));
    }
}

#[test]
fn a_broken_sample_breaks_its_own_frames_only() {
    for feature in FEATURES {
        let own = with(with(feature.settings(), "center", "false"), "tempogram_win_length", "9");
        let settings = streamable(own.clone());
        let plan = Plan::new(&settings, RATE).unwrap();
        let (before, (length, hop, padding)) = (plan.before(0), plan.frame(0));
        let (length, hop, padding) = (length as usize, hop as usize, padding as usize);
        let good = measure(&settings, &noise(1, 16384));
        let width = Plan::new(&settings, RATE).unwrap().width(0);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut samples = noise(1, 16384);
            samples[8300] = bad;
            for settings in [settings.clone(), own.clone()] {
                let out = measure(&settings, &samples);
                assert!(out.iter().any(|x| x.is_nan()), "{settings}, {bad}");
                for (t, (row, good)) in out.chunks(width).zip(good.chunks(width)).enumerate() {
                    let holds = (hop * t..hop * t + length).contains(&(8300 + padding));
                    let pitches = padding > 0;
                    if pitches && before == 0 {
                        // Only the longest filters reach this far; the others may exclude the sample.
                        assert!(
                            row == good || holds && row.iter().all(|x| x.is_nan()),
                            "{settings}, frame {t}, {bad}"
                        );
                    } else if pitches {
                        assert!(
                            row == good || row.iter().any(|x| x.is_nan()),
                            "{settings}, frame {t}, {bad}"
                        );
                    } else if before > 0 {
                        // Rows of neighbouring frames are affected as well.
                        let breaks = (5..=17 + before).contains(&t);
                        assert!(breaks || row == good, "{settings}, frame {t}, {bad}");
                    } else if holds {
                        assert!(row.iter().all(|x| x.is_nan()), "{settings}, frame {t}, {bad}");
                    } else {
                        assert_eq!(row, good, "{settings}, frame {t}, {bad}");
                    }
                }
            }
        }
    }
}

#[test]
fn settings_keep_to_their_ranges() {
    for feature in FEATURES {
        for (setting, default) in feature.settings().iter() {
            let name = setting.name;
            assert_eq!(setting.read(&default.to_string()), Ok(default), "{name}: its default is not allowed");
            assert!(!setting.summary.is_empty() && setting.read("").is_err() && setting.read("NaN").is_err());
            let (least, most, or) = match setting.allowed {
                Allowed::Count { least, most, or } => (f64::from(least), f64::from(most), or),
                Allowed::Number { least, most, or } => (least, most, or),
                Allowed::Word(words) => {
                    assert!(words().iter().all(|word| setting.read(word) == Ok(Value::Word(word))), "{name}");
                    continue;
                }
                Allowed::Switch => continue,
            };
            assert!([least, most].iter().all(|x| setting.read(&x.to_string()).is_ok()), "{name}");
            for beyond in [least - 1.0, most * 1.01 + 1.0, f64::INFINITY] {
                let refusal = setting.read(&beyond.to_string()).unwrap_err();
                assert!(refusal.contains(name), "{refusal}");
            }
            assert!(or.is_none_or(|word| setting.read(word).is_ok()), "{name}");
            let whole_only = matches!(setting.allowed, Allowed::Count { .. });
            assert_eq!(setting.read(&(least + 0.5).to_string()).is_err(), whole_only, "{name}");
        }
        let mut names: Vec<_> = feature.all_settings().map(|setting| setting.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}: {names:?}", feature.name);
    }
}

/// Settings at the ends of their ranges give a plan or a refusal, never a panic. (Only inexpensive ones: not all of
/// n_fft.)
#[test]
fn any_settings_are_planned_or_refused() {
    for feature in FEATURES {
        for (setting, _) in feature.settings().iter() {
            let values = match setting.allowed {
                Allowed::Count { least, most, .. } => vec![least.to_string(), most.min(5000).to_string()],
                Allowed::Number { least, most, .. } => vec![least.to_string(), most.to_string()],
                Allowed::Word(words) => words().iter().map(ToString::to_string).collect(),
                Allowed::Switch => vec!["true".to_string(), "false".to_string()],
            };
            for value in values {
                let Ok(settings) = feature.settings().with(setting.name, &value) else { continue };
                for rate in [1.0, 8000.0, 48000.0, 1e6] {
                    match Plan::new(&settings, rate) {
                        Ok(mut plan) => plan.frames(&noise(1, 3000), &mut vec![]),
                        Err(refusal) => assert!(refusal.len() > 20, "{settings} at {rate} Hz: {refusal}"),
                    }
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let refusal = |name: &str, settings: &[(&str, &str)], rate: f64| {
        let mut chosen = Feature::by_name(name).unwrap().settings();
        settings.iter().for_each(|(name, value)| chosen.set(name, value).unwrap());
        Plan::new(&chosen, rate).err().unwrap_or_else(|| panic!("{chosen} at {rate} Hz was planned"))
    };
    assert!(refusal("mfcc", &[("n_mels", "12")], 8000.0).contains("n_mfcc = 20 is more than n_mels = 12"));
    assert!(refusal("log_mel", &[("fmax", "8000")], 8000.0).contains("above half the sample rate"));
    assert!(refusal("log_mel", &[("fmin", "4000")], 8000.0).contains("fmin = 4000 Hz"));
    let contrast = refusal("spectral_contrast", &[], 8000.0);
    assert!(contrast.contains("6400 Hz") && contrast.contains("n_bands"), "{contrast}");
    assert!(refusal("log_mel", &[("n_fft", "256"), ("win_length", "400")], 8000.0).contains("n_fft = 256"));
    assert!(refusal("log_mel", &[("window_parameter", "3")], 8000.0).contains("hann"));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refusal("mfcc", &[], rate).contains("not a rate"));
    }
    let stream = |name: &str, value: &str| {
        let settings = Feature::by_name("mfcc").unwrap().settings().with(name, value).unwrap();
        Plan::new(&settings, 8000.0).unwrap().into_stream().err()
    };
    assert!(stream("top_db", "60").unwrap().contains("top_db = none"));
    assert!(stream("ref", "max").unwrap().contains("ref"));
    assert_eq!(stream("top_db", "none"), None);
}

#[test]
fn bands_without_a_bin_are_told() {
    let empty = |n_fft: &str| {
        let settings = Feature::by_name("log_mel").unwrap().settings().with("n_fft", n_fft).unwrap();
        Plan::new(&settings, 8000.0).unwrap().empty_bands()
    };
    assert_eq!(empty("2048"), 0);
    assert_eq!(empty("128"), 29); // equal to librosa
}
