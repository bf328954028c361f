//! I/Q files found in practice: the claims of SigMF metadata and raw files compared with the content.

mod iq_fixtures;

use iq_fixtures::*;
use passband_flow::part::Turn;
use passband_flow::source::iq_files::{Follow, IqFiles, Layout};
use passband_signal::Hertz;
use std::fs;
use std::path::Path;
use std::time::{Duration as Time, Instant};

const NOON: i64 = 1_772_366_400_000_000;

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
    fs::write(folder.join(name), bytes).unwrap();
    folder.join(name)
}

#[test]
fn a_header_is_never_read_as_samples() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: Vec<u8>| write(folder.path(), name, bytes).to_string_lossy().into_owned();
    let archive = tar(&[member("a.sigmf-meta", b"{}")]);
    for (path, why) in [
        (at("a.wav", Wav::of(100).bytes()), "set format = \"wav\""),
        (at("a.bin", [b"FORM\0\0\0\0AIFF".to_vec(), vec![0; 100]].concat()), "is an AIFF"),
        (at("a.tar", archive), "set format = \"sigmf\""),
    ] {
        for format in [Layout::Cf32, Layout::Ci16, Layout::Ci8, Layout::Cu8] {
            let rate = Some(Hertz(1e6));
            let given = all_of(&IqFiles { rate, ..settings(&path, Some(format)) });
            assert_eq!((given.samples(), given.refused.len()), (0, 1), "{path}");
            assert!(given.refused[0].contains(why), "{:?}", given.refused);
        }
    }
    // a dataset with its own header, with and without the field that gives the header's length
    let wav = Wav::of(100).bytes();
    let header = wav.len() - 400;
    let own = |capture: &str| {
        let text = meta(r#""core:dataset": "own.wav""#, capture).replace("cf32_le", "ci16_le");
        write(folder.path(), "own.sigmf-meta", text)
    };
    write(folder.path(), "own.wav", &wav);
    let given = of(&own(CAPTURE), None);
    assert!(given.samples() == 0 && given.refused[0].contains("core:header_bytes"), "{:?}", given.refused);
    let told = format!("\"core:sample_start\": 0, \"core:header_bytes\": {header},");
    let given = of(&own(&CAPTURE.replace("\"core:sample_start\": 0,", &told)), None);
    assert!(is_right(&given, 100), "{:?}", given.refused);
}

#[test]
fn raw_samples_are_read_to_the_last_complete_sample() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, samples, notes) in [
        ("a.cf32", [cf32(100), vec![1; 3]].concat(), 100, 1),
        ("a.ci16", [ci16(100), vec![1; 2]].concat(), 100, 1),
        ("a.cu8", vec![128; 201], 100, 1),
        ("a.cs8", vec![1; 200], 100, 0),
        ("b.cf32", vec![1; 7], 0, 0),
        ("c.cf32", vec![], 0, 0),
    ] {
        let path = write(folder.path(), name, bytes).to_string_lossy().into_owned();
        let given = all_of(&IqFiles { rate: Some(Hertz(1e6)), ..settings(&path, None) });
        assert_eq!((given.samples(), given.contradicted), (samples, notes), "{name}");
        assert_eq!(given.notes.len(), notes as usize);
        assert!(
            given.notes.iter().all(|note| note.contains(name) && note.contains("the last complete sample"))
        );
        assert_eq!(given.refused.len(), usize::from(samples == 0), "{:?}", given.refused);
    }
    // of a pair, as many samples as both halves have
    let half = |n: usize| (0..n).flat_map(|n| (n as f32).to_le_bytes()).collect::<Vec<u8>>();
    write(folder.path(), "duck_i_00001.dat", half(100));
    write(folder.path(), "duck_q_00001.dat", [half(90), vec![1, 2]].concat());
    let given = of(folder.path(), None);
    assert_eq!((given.recordings()[0].1, given.contradicted, given.refused.len()), (90, 1, 0));
    assert!(given.notes[0].contains("I has 100 samples, Q has 90"), "{:?}", given.notes);
}

/// A folder with one SigMF recording.
fn described(text: &str, data: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rec.sigmf-meta", text);
    write(folder.path(), "rec.sigmf-data", data);
    folder
}

#[test]
fn wrong_metadata_loses_no_sample() {
    let at = |start: i64, frequency: i64| {
        format!(
            "{{\"core:sample_start\": {start}, \"core:frequency\": {frequency}, \"core:datetime\": \"2026-03-01T12:00:00Z\"}}"
        )
    };
    let beyond = [at(0, 5), at(100, 6), at(150, 7)].join(",");
    for (text, bytes, notes) in [
        (meta("", CAPTURE), cf32(100), 0),
        (meta(r#""core:offset": 10000"#, &at(10_000, 5)), cf32(100), 0),
        (meta("", &beyond), cf32(100), 1),
        (meta("", &CAPTURE.replace("00Z", "00+00:00")), cf32(100), 0),
        (meta("", &CAPTURE.replace("00Z", "00.000000")), cf32(100), 0),
        (meta("", &CAPTURE.replace("00Z", "00,000000000Z")), cf32(100), 0),
        (meta("", &CAPTURE.replace("12:00:00Z", "11:59:60Z")), cf32(100), 0),
        (meta("", &CAPTURE.replace("2026-03-01T12:00:00Z", "last spring")), cf32(100), 1),
        (meta("", CAPTURE), [cf32(100), vec![9; 3]].concat(), 1),
        (meta(r#""core:trailing_bytes": 3"#, CAPTURE), [cf32(100), vec![9; 3]].concat(), 0),
        (meta(r#""core:metadata_only": true"#, CAPTURE), cf32(100), 1),
        (format!("\u{feff}{}", meta("", CAPTURE)), cf32(100), 0),
    ] {
        let folder = described(&text, &bytes);
        let given = of(folder.path(), Some(Layout::Sigmf));
        assert!(is_right(&given, 100), "{text}: {} {:?}", given.samples(), given.refused);
        assert_eq!(
            (given.contradicted, given.notes.len()),
            (notes, notes as usize),
            "{text}: {:?}",
            given.notes
        );
        assert!(given.notes.iter().all(|note| note.contains("rec.sigmf-meta")));
        if !text.contains("spring") {
            assert_eq!(given.blocks[0].time, NOON, "{text}");
        }
    }
    for (text, why) in [
        (meta("", CAPTURE).replace("\"core:sample_rate\": 1e6, ", ""), "set rate"),
        (meta("", CAPTURE).replace("cf32_le", "cf16_le"), "'cf16_le' is not a datatype"),
        ("{".into(), "is no JSON"),
    ] {
        let given = of(described(&text, &cf32(100)).path(), Some(Layout::Sigmf));
        assert!(given.samples() == 0 && given.refused[0].contains(why), "{:?}", given.refused);
    }
}

#[test]
fn each_channel_of_iq_is_a_recording() {
    let one: Vec<[u8; 8]> = cf32(100).as_chunks().0.to_vec();
    let both: Vec<u8> = one.iter().flat_map(|sample| [*sample, [0; 8]].concat()).collect();
    let folder = described(&meta(r#""core:num_channels": 2"#, CAPTURE), &both);
    let mut given = of(folder.path(), Some(Layout::Sigmf));
    assert_eq!(given.recordings().iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(), [(0, 100), (1, 100)]);
    let second = given.blocks.pop().unwrap();
    assert!(is_right(&given, 100) && second.samples.iter().all(|x| *x == 0.0));
}

#[test]
fn extensions_ignore_case_and_halves_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "A.SIGMF-META", meta("", CAPTURE));
    write(folder.path(), "A.SIGMF-DATA", cf32(100));
    let given = of(&folder.path().join("A.SIGMF-DATA"), None);
    assert!(is_right(&given, 100));
    write(folder.path(), "b.sigmf-meta", meta("", CAPTURE));
    write(folder.path(), "c.sigmf-data", cf32(3));
    write(folder.path(), "d.sigmf-meta", meta(r#""core:metadata_only": true"#, CAPTURE));
    write(folder.path(), "e.sigmf.gz", [0x1f, 0x8b]);
    let given = of(folder.path(), Some(Layout::Sigmf));
    assert!(is_right(&given, 100));
    let reasons =
        ["samples (.sigmf-data) are missing", "set format and rate", "core:metadata_only", "unpack it"];
    assert_eq!(given.refused.len(), 4);
    for (refused, reason) in given.refused.iter().zip(reasons) {
        assert!(refused.contains(reason), "{refused}");
    }
    // a collection lists the wanted recordings
    let named = write(
        folder.path(),
        "all.sigmf-collection",
        r#"{"collection": {"core:streams": [{"name": "A", "hash": "0"}]}}"#,
    );
    let given = of(&named, None);
    assert!(is_right(&given, 100) && given.refused.is_empty(), "{:?}", given.refused);
}

#[test]
fn archives_contain_recordings_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let (text, data) = (meta("", CAPTURE), cf32(100));
    let text = text.as_bytes();
    let long = format!("{}/{}", "folder".repeat(20), "rec.sigmf-data");
    let long_meta = long.replace("-data", "-meta");
    let pax = |name: &str, size: &str| {
        let record = |text: String| {
            let length = (2..).find(|n: &usize| n.to_string().len() + 1 + text.len() + 1 == *n).unwrap();
            format!("{length} {text}\n")
        };
        let body =
            [record("mtime=1.5".into()), record(format!("path={name}")), record(format!("size={size}"))]
                .concat();
        let mut all = header("PaxHeaders/rec", format!("{:011o}", body.len()).as_bytes(), b'x');
        all.extend(body.as_bytes());
        all.resize(all.len().next_multiple_of(512), 0);
        all
    };
    let gnu = |name: &str| {
        let mut all = header("././@LongLink", format!("{:011o}", name.len() + 1).as_bytes(), b'L');
        all.extend(name.as_bytes());
        all.resize((all.len() + 1).next_multiple_of(512), 0);
        all
    };
    let wide = "w".repeat(300);
    let (wide_meta, wide_data) = (format!("{wide}.sigmf-meta"), format!("{wide}.sigmf-data"));
    let binary = {
        let size = [&[0x80u8][..], &[0; 7], &(data.len() as u32).to_be_bytes()].concat();
        let mut all = header("rec.sigmf-data", &size, b'0');
        all.extend(&data);
        all.resize(all.len().next_multiple_of(512), 0);
        all
    };
    let truncated = |name: &str| member(&name[name.len() - 90..], &data);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "meta_first",
            tar(&[
                header("rec/", b"", b'5'),
                member("rec/rec.sigmf-meta", text),
                member("rec/rec.sigmf-data", &data),
            ]),
        ),
        ("data_first", tar(&[member("rec.sigmf-data", &data), member("rec.sigmf-meta", text)])),
        ("ustar", tar(&[member(&long_meta, text), member(&long, &data)])),
        (
            "pax",
            tar(&[
                pax(&wide_data, &data.len().to_string()),
                truncated(&wide_data),
                member("x", b"y"),
                pax(&wide_meta, &text.len().to_string()),
                member("cut", text),
            ]),
        ),
        ("gnu", tar(&[gnu(&wide_meta), member("cut", text), gnu(&wide_data), truncated(&wide_data)])),
        ("binary", tar(&[member("rec.sigmf-meta", text), binary])),
        (
            "apple",
            tar(&[
                member("._rec.sigmf-meta", &[0, 5]),
                member("rec.sigmf-meta", text),
                member("rec.sigmf-data", &data),
            ]),
        ),
        ("no_end", [member("rec.sigmf-meta", text), member("rec.sigmf-data", &data)].concat()),
        (
            "collection",
            tar(&[
                member("c.sigmf-collection", b"{}"),
                member("rec.SIGMF-META", text),
                member("rec.sigmf-data", &data),
            ]),
        ),
    ];
    for (name, bytes) in cases {
        let path = write(folder.path(), &format!("{name}.sigmf"), bytes);
        let given = of(&path, None);
        assert!(is_right(&given, 100), "{name}: {} {:?}", given.samples(), given.refused);
        assert_eq!((given.blocks[0].time, given.contradicted), (NOON, 0), "{name}: {:?}", given.notes);
    }
    // several recordings, one without samples; and an archive truncated in its last samples
    let several = tar(&[
        member("b/2.sigmf-data", &cf32(50)),
        member("b/2.sigmf-meta", text),
        member("1.sigmf-meta", text),
        member("1.sigmf-data", &data),
        member("3.sigmf-meta", text),
    ]);
    let given = of(&write(folder.path(), "several.sigmf", &several), None);
    assert_eq!(given.recordings().iter().map(|r| r.1).collect::<Vec<_>>(), [100, 50]);
    assert!(
        given.refused.len() == 1 && given.refused[0].contains("3.sigmf-meta: the samples"),
        "{:?}",
        given.refused
    );
    let whole = [member("rec.sigmf-meta", text), member("rec.sigmf-data", &data)].concat();
    let given = of(&write(folder.path(), "cut.sigmf", &whole[..512 * 2 + 512 + 404]), None);
    assert!(is_right(&given, 50) && given.contradicted == 1, "{:?} {:?}", given.notes, given.refused);
    for (bytes, why) in [
        (vec![1; 2000], "is not a tar archive"),
        (vec![], "without a recording"),
        (tar(&[]), "without a recording"),
    ] {
        let given = of(&write(folder.path(), "bad.sigmf", bytes), None);
        assert!(given.samples() == 0 && given.refused[0].contains(why), "{:?}", given.refused);
    }
}

/// Follows a folder until this many recordings are complete.
fn follow(folder: &Path, format: Layout, recordings: usize) -> Given {
    let (control, notes) = listening();
    let settings = IqFiles { follow: Follow::Yes, ..settings(&folder.to_string_lossy(), Some(format)) };
    let mut source = settings.source(&control).unwrap();
    let (began, mut given) = (Instant::now(), Given::default());
    while given.blocks.iter().filter(|block| block.end() == block.of).count() < recordings {
        assert!(began.elapsed() < Time::from_secs(60), "{:?} {:?}", given.recordings(), given.refused);
        let mut batch = vec![];
        assert_eq!(source.next(&mut batch).unwrap(), Turn::More);
        given.add(batch);
    }
    given.notes = notes.lock().unwrap().clone();
    given.contradicted = control.counters.contradicted.get();
    given
}

#[test]
fn followed_files_are_read_like_those_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "HDSDR_20260301_120000Z_1200kHz_RF.wav", Wav::of(100).bytes());
    write(
        folder.path(),
        "HDSDR_20260301_121000Z_1200kHz_RF.wav",
        Wav { claimed: Some(0), ..Wav::of(50) }.bytes(),
    );
    let given = follow(folder.path(), Layout::Wav, 2);
    let numbers: Vec<_> = given.recordings().iter().map(|r| (r.0, r.1)).collect();
    assert_eq!(numbers, [(20_260_301_120_000, 100), (20_260_301_121_000, 50)]);
    assert!(given.refused.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let archive = |samples| {
        tar(&[member("r.sigmf-data", &cf32(samples)), member("r.sigmf-meta", meta("", CAPTURE).as_bytes())])
    };
    write(folder.path(), "rec_1.sigmf", archive(100));
    write(folder.path(), "rec_2.sigmf-meta", meta("", CAPTURE));
    write(folder.path(), "rec_2.sigmf-data", [cf32(50), vec![1]].concat());
    let given = follow(folder.path(), Layout::Sigmf, 2);
    assert_eq!(given.recordings().iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(), [(1, 100), (2, 50)]);
    assert_eq!((given.refused.len(), given.contradicted), (0, 1));
}

#[test]
fn the_cases_have_their_samples() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let cases = data.parent().unwrap().join("cases");
    if !cases.is_dir() {
        eprintln!("skipped: {} is not there", cases.display());
        return;
    }
    for (name, format, samples, contradicted) in [
        ("offset", Layout::Sigmf, 4000, 0),
        ("beyond", Layout::Sigmf, 4000, 1),
        ("dt", Layout::Sigmf, 4000, 0),
        ("dt2", Layout::Sigmf, 4000, 0),
        ("partial", Layout::Sigmf, 4000, 1),
        ("arch", Layout::Sigmf, 4000, 0),
        ("arch/rec.sigmf", Layout::Sigmf, 4000, 0),
        ("odd_byte.cu8", Layout::Cu8, 4000, 1),
        ("three_bytes_more.cf32", Layout::Cf32, 4000, 1),
        ("../recordings/hdsdr_20260301_120000Z_1200kHz_RF.wav", Layout::Wav, 4000, 0),
    ] {
        let path = cases.join("iq").join(name);
        if !path.exists() {
            eprintln!("skipped: {} is not there", path.display());
            continue;
        }
        let rate = matches!(format, Layout::Cu8 | Layout::Cf32).then_some(Hertz(1e6));
        let given = all_of(&IqFiles { rate, ..settings(&path.to_string_lossy(), Some(format)) });
        assert_eq!(
            (given.samples(), given.contradicted),
            (samples, contradicted),
            "{name}: {:?}",
            given.refused
        );
        assert!(given.refused.is_empty());
        if format == Layout::Wav {
            assert_eq!(given.recordings()[0].2, 192e3);
            assert_eq!(given.recordings()[0].3, Some(1.2e6));
        }
    }
}
