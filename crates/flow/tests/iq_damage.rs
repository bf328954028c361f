//! Random damage to I/Q recordings of every kind: intact samples are read, damaged parts are refused with their place,
//! and every datum is accounted for.
//!
//! `PASSBAND_DAMAGE` is the number of times that each file is truncated and has bytes changed (50 for a full run).

mod iq_fixtures;

use iq_fixtures::*;
use passband_flow::sink::each::Each;
use passband_flow::source::iq_files::{IqFiles, Layout};
use passband_flow::{Control, Pipeline, run};
use passband_signal::Hertz;
use std::fs;
use std::path::Path;

/// A kind of recording: the files that belong together.
struct Kind {
    name: &'static str,
    files: Vec<(String, Vec<u8>)>,
    format: Layout,
    /// Bytes per sample, if the file holds only samples.
    frame: Option<usize>,
}

const SAMPLES: usize = 2500;

fn kinds() -> Vec<Kind> {
    let one = |name: &'static str, file: &str, bytes: Vec<u8>, format, frame| Kind {
        name,
        files: vec![(file.to_owned(), bytes)],
        format,
        frame,
    };
    let floats = |half: usize| (0..SAMPLES).flat_map(|n| value(n)[half].to_le_bytes()).collect::<Vec<u8>>();
    let bytes = |zero: f32| -> Vec<u8> {
        (0..SAMPLES).flat_map(value).map(|x| (x * 127.0 + zero) as i16 as u8).collect()
    };
    let captures = format!(
        "{CAPTURE}, {{\"core:sample_start\": 1000, \"core:frequency\": 2e8, \"core:datetime\": \"2026-03-01T12:00:01Z\"}}"
    );
    let (text, data) = (meta(r#""core:offset": 0"#, &captures), cf32(SAMPLES));
    let archive = tar(&[
        member("a/a.sigmf-meta", text.as_bytes()),
        member("a/a.sigmf-data", &data),
        member("b.sigmf-data", &cf32(700)),
        member("b.sigmf-meta", meta("", CAPTURE).as_bytes()),
    ]);
    let double = Wav { behind: Wav::of(300).bytes(), ..Wav::of(SAMPLES) };
    let rf64 = {
        let mut bytes = Wav { claimed: Some(u32::MAX), ..Wav::of(SAMPLES) }.bytes();
        bytes[..4].copy_from_slice(b"RF64");
        let sizes = [4 * SAMPLES as u64 + 300, 4 * SAMPLES as u64, SAMPLES as u64].map(u64::to_le_bytes);
        bytes.splice(12..12, chunk("ds64", &[sizes.concat(), vec![0; 4]].concat()));
        bytes
    };
    vec![
        Kind {
            name: "pairs",
            files: vec![("duck_i_00001.dat".into(), floats(0)), ("duck_q_00001.dat".into(), floats(1))],
            format: Layout::Pairs,
            frame: Some(4),
        },
        one("cf32", "a.cf32", data.clone(), Layout::Cf32, Some(8)),
        one("ci16", "a.ci16", ci16(SAMPLES), Layout::Ci16, Some(4)),
        one("ci8", "a.ci8", bytes(0.0), Layout::Ci8, Some(2)),
        one("cu8", "a.cu8", bytes(127.5), Layout::Cu8, Some(2)),
        Kind {
            name: "SigMF",
            files: vec![("a.sigmf-meta".into(), text.into()), ("a.sigmf-data".into(), data.clone())],
            format: Layout::Sigmf,
            frame: None,
        },
        one("SigMF archive", "a.sigmf", archive, Layout::Sigmf, None),
        one("WAV", "a.wav", Wav::of(SAMPLES).bytes(), Layout::Wav, None),
        one(
            "WAV of floats",
            "a.wav",
            Wav { tag: 3, bits: 32, samples: data, ..Wav::of(0) }.bytes(),
            Layout::Wav,
            None,
        ),
        one("two WAVs", "a.wav", double.bytes(), Layout::Wav, None),
        one("RF64", "a.wav", rf64, Layout::Wav, None),
    ]
}

/// Real recordings, shortened to their first 60,000 bytes.
fn real(found: &mut Vec<Kind>) {
    let Some(data) = passband_testbed::passband_data() else { return };
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut bytes = fs::read(path).unwrap();
        bytes.truncate(60_000);
        (name, bytes)
    };
    for (name, path, format, frame) in [
        ("a real cu8", "iq-captures/dump1090/modes1.bin", Layout::Cu8, 2),
        ("a real cf32", "iq-captures/urh/fsk.complex", Layout::Cf32, 8),
        ("a real ci16", "iq-captures/urh/homematic.complex32s", Layout::Ci16, 4),
    ] {
        found.push(Kind { name, files: vec![read(&data.join(path))], format, frame: Some(frame) });
    }
    for (name, folder) in [("case offset", "offset"), ("case beyond", "beyond"), ("case archive", "arch")] {
        let folder = data.join("../cases/iq").join(folder);
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let files = entries.map(|entry| read(&entry.unwrap().path())).collect();
        found.push(Kind { name, files, format: Layout::Sigmf, frame: None });
    }
}

/// Reads a folder with the source alone and with the engine, and compares the counts.
fn read(kind: &Kind, folder: &Path) -> Option<Given> {
    let rate = (!matches!(kind.format, Layout::Sigmf | Layout::Wav)).then_some(Hertz(1e6));
    let settings = IqFiles { rate, ..settings(&folder.to_string_lossy(), Some(kind.format)) };
    let given = match try_all_of(&settings) {
        Ok(given) => given,
        Err(fault) => {
            assert!(fault.to_string().contains("\n  do: "), "{}: {fault}", kind.name);
            return None;
        }
    };
    let each = Each::new(|_| Ok(()));
    let pipeline = Pipeline::builder(settings).sink(each).build().unwrap();
    let control = Control::default();
    // if no data could be used, the run returns an error
    let ran = run(&pipeline, &control);
    assert!(ran.is_ok() || given.blocks.is_empty(), "{}: {:?}", kind.name, ran.err());
    let counters = &control.counters;
    let [came, folded, late, refused, twice] =
        [&counters.r#in, &counters.folded, &counters.late, &counters.refused, &counters.duplicate]
            .map(|counter| counter.get());
    assert_eq!(
        came,
        folded + late + refused + twice,
        "{}: in = folded + late + refused + duplicate",
        kind.name
    );
    assert_eq!((late, twice), (0, 0), "{}", kind.name);
    assert_eq!((folded, refused), (given.blocks.len() as u64, given.refused.len() as u64), "{}", kind.name);
    assert_eq!(counters.contradicted.get(), given.contradicted, "{}", kind.name);
    for block in &given.blocks {
        assert!(block.frames() > 0 && block.end() <= block.of, "{}", kind.name);
        assert!(block.samples.iter().all(|x| x.is_finite()), "{}", kind.name);
    }
    Some(given)
}

fn write(folder: &Path, files: &[(String, Vec<u8>)]) {
    files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
}

#[test]
fn damaged_recordings_are_accounted_for() {
    let times = std::env::var("PASSBAND_DAMAGE").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |n: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % n.max(1) as u64) as usize
    };
    let mut all = kinds();
    real(&mut all);
    let (mut inputs, mut clean, mut noted, mut refused) = (0, 0, 0, 0);
    for kind in &all {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &kind.files);
        let right = read(kind, folder.path()).unwrap();
        assert!(right.samples() > 0 && right.refused.is_empty(), "{}: {:?}", kind.name, right.refused);
        let whole = [0, 1].map(|half| right.channel(half));
        for n in 0..kind.files.len() {
            for round in 0..2 * times {
                let mut files = kind.files.clone();
                let is_cut = round % 2 == 0;
                let is_meta = files[n].0.ends_with("-meta");
                let bytes = &mut files[n].1;
                if is_cut {
                    bytes.truncate(random(bytes.len()));
                } else {
                    // often damages headers too, which are a small part of the file
                    let part = if round % 4 == 1 { bytes.len() } else { bytes.len().min(600) };
                    for _ in 0..if round % 8 < 4 { 1 } else { times } {
                        let at = random(part);
                        bytes[at] = random(256) as u8;
                    }
                }
                let there: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
                write(folder.path(), &files);
                let given = read(kind, folder.path());
                inputs += 1;
                let Some(given) = given else {
                    refused += 1;
                    continue;
                };
                // no sample is invented
                assert!(given.samples() <= there, "{}: {} of {there} bytes", kind.name, given.samples());
                if is_cut && !is_meta {
                    for (half, whole) in whole.iter().enumerate() {
                        let here = given.channel(half);
                        let apart = here.iter().zip(whole).position(|(a, b)| a != b);
                        assert!(
                            whole.starts_with(&here),
                            "{} {round}: {there} bytes, {} of {} samples, apart at {apart:?}: {:?}",
                            kind.name,
                            here.len(),
                            whole.len(),
                            given.notes
                        );
                    }
                }
                if is_cut && let Some(frame) = kind.frame {
                    let least = files.iter().map(|(_, bytes)| bytes.len() / frame).min().unwrap();
                    assert_eq!(given.samples(), least, "{} {round}", kind.name);
                }
                // a loss is always reported
                let all_there = given.samples() == right.samples();
                let ends_whole =
                    kind.files.len() == 1 && kind.frame.is_some_and(|frame| there.is_multiple_of(frame));
                let told = !given.refused.is_empty() || given.contradicted > 0;
                assert!(
                    all_there || told || ends_whole || is_meta || kind.format == Layout::Sigmf,
                    "{} {round}",
                    kind.name
                );
                match (given.refused.is_empty(), given.contradicted) {
                    (false, _) => refused += 1,
                    (true, 0) => clean += 1,
                    (true, _) => noted += 1,
                }
            }
            write(folder.path(), &kind.files);
        }
    }
    println!(
        "{} kinds, {inputs} inputs: {clean} without a remark, {noted} with one, {refused} refused in part or whole",
        all.len()
    );
    assert!(clean > 0 && noted > 0 && refused > 0);
}
