//! The source `iq_files`: every format, every kind of invalid file, following and resuming.

use passband_flow::data::{Data, Input, Position, Positions, Resume};
use passband_flow::engine::End;
use passband_flow::part::{Source, Turn};
use passband_flow::sink::each::Each;
use passband_flow::source::iq_files::{FilePace, Follow, IqFiles, Layout};
use passband_flow::source::pace::Pace;
use passband_flow::{Control, Pipeline, Registry, run};
use passband_signal::{Block, Duration, Hertz, SignalSpec, Span};
use serde_json::json;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration as Time, Instant, SystemTime, UNIX_EPOCH};

fn settings(path: &Path, format: Layout) -> IqFiles {
    IqFiles {
        path: path.to_string_lossy().into_owned(),
        store: Default::default(),
        format: Some(format),
        pattern: None,
        rate: (format != Layout::Pairs && format != Layout::Sigmf).then_some(Hertz(1000.0)),
        centre: Hertz(5e9),
        stream: None,
        block: Span::Samples(7),
        length: None,
        pace: FilePace::Signal(Pace::Fast),
        follow: Follow::No,
        settle: Duration(0.1),
    }
}

/// The data read from a source.
#[derive(Default)]
struct Given {
    stream: String,
    blocks: Vec<Block>,
    /// Place and reason.
    refused: Vec<(String, String)>,
    offsets: Vec<i64>,
}

impl Given {
    fn add(&mut self, input: Input) {
        let origin = match input {
            Input::Datum(stream, origin, Data::Samples(block)) => {
                self.stream = stream.to_string();
                self.blocks.push(block);
                origin
            }
            Input::Refused(refusal) => {
                assert!(refusal.bytes.is_empty());
                self.refused.push((refusal.place, refusal.reason));
                refusal.origin
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(origin.shard, 0);
        self.offsets.push(origin.offset);
    }
    /// Number and samples by channel of each recording; checks that blocks are contiguous.
    fn recordings(&self) -> Vec<(i64, Vec<Vec<f32>>)> {
        let mut all: Vec<(i64, Vec<Vec<f32>>)> = vec![];
        for block in &self.blocks {
            if block.index == 0 {
                all.push((block.recording, vec![vec![]; block.spec.channels]));
            }
            let (recording, channels) = all.last_mut().unwrap();
            assert_eq!((block.recording, block.index), (*recording, channels[0].len() as u64));
            channels.iter_mut().enumerate().for_each(|(c, all)| all.extend(block.channel(c)));
        }
        all
    }
    fn numbers(&self) -> Vec<(i64, usize)> {
        self.recordings().iter().map(|(number, channels)| (*number, channels[0].len())).collect()
    }
}

fn read(source: &mut dyn Source, given: &mut Given) -> Turn {
    let mut batch = vec![];
    let turn = source.next(&mut batch).unwrap();
    batch.into_iter().for_each(|input| given.add(input));
    turn
}

fn all_of(settings: &IqFiles) -> Given {
    let mut source = settings.source(&Control::default()).unwrap();
    let mut given = Given::default();
    while read(&mut *source, &mut given) == Turn::More {}
    let (done, all) = source.progress().unwrap();
    assert_eq!(done, all);
    assert_eq!(given.offsets, (0..given.offsets.len() as i64).collect::<Vec<_>>());
    given
}

fn floats(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// Sample `n` of file `number`: the value of I; Q is greater by 1,000.
fn value(number: i64, n: usize) -> f32 {
    (number * 100 + n as i64) as f32
}

fn pair(folder: &Path, number: i64, i: usize, q: usize) {
    let write = |half: &str, length, add: f32| {
        let name = format!("duck_{half}_{number:05}.dat");
        fs::write(folder.join(name), floats((0..length).map(|n| value(number, n) + add))).unwrap();
    };
    write("i", i, 0.0);
    write("q", q, 1000.0);
}

#[test]
fn pairs_are_read_in_the_order_of_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    pair(folder.path(), 10, 20, 20);
    pair(folder.path(), 9, 7, 7);
    pair(folder.path(), 100_000, 1, 1);
    fs::write(folder.path().join("notes.txt"), "none of ours").unwrap();
    fs::create_dir(folder.path().join("duck_i_00011.dat")).unwrap();
    let written = UNIX_EPOCH + Time::from_secs(1_700_000_000);
    for name in ["duck_i_00010.dat", "duck_q_00010.dat"] {
        let file = File::options().append(true).open(folder.path().join(name)).unwrap();
        file.set_modified(written).unwrap();
    }
    let given = all_of(&settings(folder.path(), Layout::Pairs));
    assert_eq!(given.stream, "duck");
    assert_eq!(given.numbers(), [(9, 7), (10, 20), (100_000, 1)]);
    let (_, channels) = &given.recordings()[1];
    assert_eq!(channels[0], (0..20).map(|n| value(10, n)).collect::<Vec<_>>());
    assert_eq!(channels[1], (0..20).map(|n| value(10, n) + 1000.0).collect::<Vec<_>>());
    let last = &given.blocks[3];
    assert_eq!((last.index, last.frames(), last.of), (14, 6, 20));
    assert_eq!(last.spec, SignalSpec::iq(Hertz(2e6), Hertz(5e9)));
    // last modified at the end of the recording: 6 samples of half a microsecond earlier
    assert_eq!(last.time, 1_700_000_000_000_000 - 3);
    assert!(given.refused.is_empty());
}

#[test]
fn invalid_files_are_refused_by_name_and_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for number in 0..10 {
        pair(folder.path(), number, 10, 10);
    }
    fs::remove_file(at("duck_q_00000.dat")).unwrap();
    fs::remove_file(at("duck_i_00001.dat")).unwrap();
    pair(folder.path(), 2, 10, 9);
    pair(folder.path(), 3, 0, 0);
    fs::write(at("duck_q_00004.dat"), [0; 41]).unwrap();
    fs::write(at("duck_i_5.dat"), [0; 40]).unwrap(); // a second 00005
    pair(folder.path(), 6, 30, 30);
    let mut bad = floats((0..10).map(|n| n as f32));
    bad[4 * 8..4 * 9].copy_from_slice(&f32::INFINITY.to_le_bytes());
    fs::write(at("duck_q_00007.dat"), bad).unwrap();
    let ten = IqFiles { length: Some(Span::Samples(10)), ..settings(folder.path(), Layout::Pairs) };
    let given = all_of(&ten);
    assert_eq!(given.numbers(), [(4, 10), (7, 7), (8, 10), (9, 10)]);
    let refused: Vec<_> = given.refused.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        refused,
        [
            ("duck_i_00000.dat", "half a pair: Q is missing"),
            ("duck_q_00001.dat", "half a pair: I is missing"),
            ("duck_i_00002.dat and duck_q_00002.dat", "9 samples, not 10"),
            ("duck_i_00003.dat and duck_q_00003.dat", "holds no samples"),
            (
                "duck_i_00005.dat and duck_i_5.dat and duck_q_00005.dat",
                "3 files for the two halves of one pair"
            ),
            ("duck_i_00006.dat and duck_q_00006.dat", "30 samples, not 10"),
            (
                "duck_i_00007.dat and duck_q_00007.dat, samples 7 to 9",
                "sample 1 of channel 1 is inf, not a finite number"
            ),
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_removed_or_truncated_file_is_refused_in_order() {
    let folder = tempfile::tempdir().unwrap();
    (0..4).for_each(|number| pair(folder.path(), number, 10, 10));
    std::os::unix::fs::symlink("nowhere", folder.path().join("duck_i_00004.dat")).unwrap();
    fs::write(folder.path().join("duck_q_00004.dat"), [0; 40]).unwrap();
    let mut source = settings(folder.path(), Layout::Pairs).source(&Control::default()).unwrap();
    fs::remove_file(folder.path().join("duck_i_00001.dat")).unwrap();
    File::options().write(true).open(folder.path().join("duck_q_00002.dat")).unwrap().set_len(36).unwrap();
    let mut given = Given::default();
    while read(&mut *source, &mut given) == Turn::More {}
    assert_eq!(given.numbers(), [(0, 10), (2, 7), (3, 10)]);
    let reasons: Vec<_> = given.refused.iter().map(|(_, reason)| reason.split(':').next().unwrap()).collect();
    assert_eq!(reasons, ["cannot be opened", "cannot be read from sample 7 on", "cannot be read"]);
    assert_eq!(source.progress(), Some((40, 40)));
}

#[test]
fn interleaved_files_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name)
    };
    let i16s = |values: [i16; 4]| values.map(i16::to_le_bytes).concat();
    let cases = [
        (Layout::Cf32, file("a_3.cf32", &floats([0.5, -2.0, 0.25, 3.0])), [0.5, 0.25, -2.0, 3.0]),
        (Layout::Ci16, file("a_3.ci16", &i16s([16384, -32768, 8192, 0])), [0.5, 0.25, -1.0, 0.0]),
        (Layout::Ci8, file("a_3.ci8", &[64, 128, 32, 0]), [0.5, 0.25, -1.0, 0.0]),
        (Layout::Cu8, file("a_3.cu8", &[255, 0, 127, 255]), [1.0, -0.5 / 127.5, -1.0, 1.0]),
    ];
    for (format, path, wanted) in cases {
        // with the name of the file, and with a pattern that matches only this file of the folder
        let pattern = Some(format!("*.{}", path.extension().unwrap().to_string_lossy()));
        let of_folder = IqFiles { pattern, ..settings(folder.path(), format) };
        for settings in [settings(&path, format), of_folder] {
            let given = all_of(&settings);
            assert_eq!((given.blocks.len(), given.stream.as_str()), (1, "iq"));
            let block = &given.blocks[0];
            assert_eq!((block.recording, block.of), (3, 2));
            assert_eq!(block.samples, wanted, "{format:?}");
            assert_eq!(block.spec, SignalSpec::iq(Hertz(1000.0), Hertz(5e9)));
        }
    }
    // equal numbers carry no information: recordings are counted instead, and broken ones keep their position
    let given = all_of(&settings(folder.path(), Layout::Cf32));
    assert_eq!(given.numbers(), [(0, 2), (1, 1)]); // 8 bytes of ci16 are one sample of cf32, too
    let why = "4 bytes contain no complete sample of 8 bytes".to_owned();
    assert_eq!(given.refused, [("a_3.ci8".into(), why.clone()), ("a_3.cu8".into(), why)]);
}

#[test]
fn sigmf_captures_at_other_frequencies_are_separate_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    file(
        "a.sigmf-meta",
        br#"{"global": {"core:datatype": "ci16_be", "core:sample_rate": 2000},
            "captures": [{"core:sample_start": 0, "core:frequency": 1e6, "core:datetime": "1970-01-01T00:01:00Z"},
                         {"core:sample_start": 3, "core:frequency": 2e6}]}"#,
    );
    file("a.sigmf-data", &(0..20i16).flat_map(|x| (x * 1024).to_be_bytes()).collect::<Vec<_>>());
    file("b.sigmf-meta", b"{}");
    file("b.sigmf-data", &[0; 8]);
    file("c.sigmf-data", &[0; 8]);
    file(
        "d.sigmf-meta",
        br#"{"global": {"core:datatype": "rf32_le", "core:sample_rate": 8, "core:num_channels": 3}}"#,
    );
    file("d.sigmf-data", &floats([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    file(
        "e.sigmf-meta",
        br#"{"global": {"core:datatype": "cu8", "core:dataset": "../e", "core:sample_rate": 8}}"#,
    );
    let given = all_of(&settings(folder.path(), Layout::Sigmf));
    assert_eq!(given.numbers(), [(0, 3), (1, 7), (4, 2)]);
    let specs: Vec<_> = given.blocks.iter().map(|block| block.spec).collect();
    let iq = |hertz| SignalSpec::iq(Hertz(2000.0), Hertz(hertz));
    assert_eq!(specs, [iq(1e6), iq(2e6), SignalSpec::real(Hertz(8.0), 3)]);
    assert_eq!(given.blocks[0].time, 60_000_000);
    assert_eq!(given.blocks[1].channel(1)[0], 7.0 / 32.0);
    assert_eq!(given.blocks[2].samples, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let reasons: Vec<_> = given.refused.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "has no 'global'",
            "the metadata (.sigmf-meta) is missing: set format and rate to read the samples without it",
            "core:dataset is '../e', which is not in the same folder"
        ]
    );
}

fn at(recording: i64, index: u64, reached: i64) -> Positions {
    let next: Resume = serde_json::from_value(json!({ "recording": recording, "index": index })).unwrap();
    let resume = [("duck".to_owned(), next)].into_iter().collect();
    [(0, Position { offset: 0, reached, resume, note: None })].into_iter().collect()
}

/// After a kill at any sample, the next start reads the rest without repeating anything.
#[test]
fn a_restart_resumes_after_the_last_committed_sample() {
    let folder = tempfile::tempdir().unwrap();
    (5..8).for_each(|number| pair(folder.path(), number, 16, 16));
    pair(folder.path(), 6, 16, 0); // refused, and so it stays
    let settings = settings(folder.path(), Layout::Pairs);
    let flat =
        |given: &Given| -> Vec<f32> { given.blocks.iter().flat_map(|b| b.channel(0).to_vec()).collect() };
    let whole = all_of(&settings);
    for (before, (recording, index)) in
        (0..16).map(|i| (i, (5, i))).chain((0..=16).map(|i| (16 + i, (7, i)))).chain([(16, (5, 16))])
    {
        let mut source = settings.source(&Control::default()).unwrap();
        source.resume(&at(recording, index as u64, 40)).unwrap();
        let mut given = Given::default();
        while read(&mut *source, &mut given) == Turn::More {}
        assert_eq!(flat(&given), flat(&whole)[before..], "from {recording}, {index}");
        assert!(given.blocks.first().is_none_or(|block| block.index == index as u64 % 16));
        assert_eq!(given.offsets, (40..40 + given.offsets.len() as i64).collect::<Vec<_>>());
        assert_eq!(given.refused.len(), usize::from(recording == 5));
        assert_eq!(source.progress(), Some((32, 32)));
    }
}

/// Reads until `done` holds, or fails after a timeout.
fn until(source: &mut dyn Source, given: &mut Given, done: impl Fn(&Given) -> bool) {
    let began = Instant::now();
    while !done(given) {
        assert!(began.elapsed() < Time::from_secs(60), "only {:?} {:?}", given.numbers(), given.refused);
        assert_eq!(read(source, given), Turn::More);
    }
}

#[test]
fn files_are_read_when_they_have_their_length() {
    let folder = tempfile::tempdir().unwrap();
    let follow = IqFiles {
        follow: Follow::Yes,
        length: Some(Span::Samples(10)),
        settle: Duration(0.2),
        ..settings(folder.path(), Layout::Pairs)
    };
    let mut source = follow.source(&Control::default()).unwrap();
    let mut given = Given::default();
    pair(folder.path(), 1, 10, 10);
    until(&mut *source, &mut given, |given| given.blocks.len() == 2);
    // first a part, then the rest: never read while it is too short
    pair(folder.path(), 2, 10, 6);
    let waited = Instant::now();
    while waited.elapsed() < Time::from_millis(500) {
        read(&mut *source, &mut given);
    }
    assert_eq!((given.numbers(), given.refused.len()), (vec![(1, 10)], 0));
    pair(folder.path(), 2, 10, 10);
    until(&mut *source, &mut given, |given| given.blocks.len() == 4);
    // 3 stays incomplete and is given up some time after 4 is complete; 5 is too long; 3's other half comes too late
    fs::write(folder.path().join("duck_i_00003.dat"), [0; 40]).unwrap();
    pair(folder.path(), 4, 10, 10);
    pair(folder.path(), 5, 12, 12);
    pair(folder.path(), 6, 10, 10);
    until(&mut *source, &mut given, |given| given.blocks.len() == 8);
    pair(folder.path(), 0, 10, 10);
    pair(folder.path(), 3, 10, 10);
    pair(folder.path(), 7, 10, 10);
    until(&mut *source, &mut given, |given| given.blocks.len() == 10);
    assert_eq!(given.numbers(), [1, 2, 4, 6, 7].map(|number| (number, 10)));
    let refused: Vec<_> = given.refused.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        refused,
        [
            ("duck_i_00003.dat", "half a pair: Q is missing"),
            ("duck_i_00005.dat and duck_q_00005.dat", "12 samples, not 10"),
            (
                "duck_i_00000.dat and duck_q_00000.dat",
                "arrived after a file with the same or a higher number"
            ),
        ]
    );
    assert_eq!(given.offsets, (0..13).collect::<Vec<_>>());
    assert_eq!(source.progress(), None);
}

/// Without a length, a file is complete when it has not changed for a while; a growing one is waited for.
#[test]
fn growing_files_are_read_when_complete() {
    let folder = tempfile::tempdir().unwrap();
    let follow =
        IqFiles { follow: Follow::Yes, settle: Duration(0.5), ..settings(folder.path(), Layout::Pairs) };
    let mut source = follow.source(&Control::default()).unwrap();
    let path = folder.path().to_owned();
    let writer = std::thread::spawn(move || {
        for number in 0..3 {
            for length in (0..=40).step_by(8) {
                pair(&path, number, length, length.max(8) - 8);
                std::thread::sleep(Time::from_millis(20));
            }
            pair(&path, number, 40, 40);
        }
    });
    let mut given = Given::default();
    until(&mut *source, &mut given, |given| given.blocks.len() == 18);
    writer.join().unwrap();
    assert_eq!(given.numbers(), [(0, 40), (1, 40), (2, 40)]);
    assert!(given.refused.is_empty(), "{:?}", given.refused);
    let right = |(number, channels): &(i64, Vec<Vec<f32>>)| {
        channels[1].iter().enumerate().all(|(n, x)| *x == value(*number, n) + 1000.0)
    };
    assert!(given.recordings().iter().all(right));
}

#[test]
fn committed_files_are_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    (0..4).for_each(|number| pair(folder.path(), number, 10, 10));
    let follow = IqFiles { follow: Follow::Yes, ..settings(folder.path(), Layout::Pairs) };
    let mut source = follow.source(&Control::default()).unwrap();
    source.resume(&at(2, 4, 9)).unwrap();
    let mut given = Given::default();
    until(&mut *source, &mut given, |given| given.blocks.len() == 3);
    let blocks: Vec<_> = given.blocks.iter().map(|b| (b.recording, b.index, b.frames())).collect();
    assert_eq!(blocks, [(2, 4, 6), (3, 0, 7), (3, 7, 3)]);
    assert_eq!((given.refused.len(), given.offsets), (0, vec![9, 10, 11]));
}

#[test]
fn a_file_without_a_number_cannot_be_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("first.cu8"), [0; 4]).unwrap();
    fs::write(folder.path().join("second2.cu8"), [0; 4]).unwrap();
    let follow = IqFiles { follow: Follow::Yes, ..settings(folder.path(), Layout::Cu8) };
    let mut source = follow.source(&Control::default()).unwrap();
    let mut given = Given::default();
    until(&mut *source, &mut given, |given| given.blocks.len() == 1);
    assert_eq!(given.numbers(), [(2, 2)]);
    assert_eq!(given.refused.len(), 1);
    assert!(given.refused[0].1.contains("no number"), "{:?}", given.refused);
}

fn parse(settings: &str) -> Result<Pipeline, Vec<passband_signal::Fault>> {
    let text = format!("[source]\ntype = \"iq_files\"\n{settings}\n[[sink]]\ntype = \"stdout\"\n");
    Pipeline::parse(&text, "p.toml", &|_| None, &Registry::new(&[]))
}

#[test]
fn invalid_settings_are_reported_before_anything_is_opened() {
    for good in ["", "pace = '5 s a file'\nfollow = 'yes'\nlength = '8389632 samples'", "format = 'sigmf'"] {
        let faults = parse(&format!("path = 'x'\n{good}")).err();
        assert!(faults.is_none(), "{good}: {faults:?}");
    }
    for (bad, why) in [
        ("format = 'cu8'", "source.rate is missing"),
        ("pattern = 'duck_{number}.dat'", "which identify pairs"),
        ("format = 'cf32'\nrate = '1 MHz'\npattern = '{iq}.dat'", "only pairs have halves"),
        ("rate = '0 Hz'", "source.rate is 0 Hz"),
        ("length = '0 samples'", "source.length is 0 samples"),
        ("pace = '5 parsecs a file'", "'parsecs' is not a unit"),
        ("pace = 'slow'", "or a time such as \"5 s a file\""),
        ("follow = 'true'", "is not one of yes, no"),
    ] {
        let faults = parse(&format!("path = 'x'\n{bad}")).err().unwrap_or_default();
        assert!(faults.len() == 1 && faults[0].to_string().contains(why), "{bad}: {faults:?}");
    }
    let gone =
        settings(Path::new("/nowhere/at/all"), Layout::Pairs).source(&Control::default()).err().unwrap();
    assert!(gone.to_string().contains("/nowhere/at/all"), "{gone}");
    let folder = tempfile::tempdir().unwrap();
    let empty = settings(folder.path(), Layout::Pairs).source(&Control::default()).err().unwrap();
    assert!(empty.what().contains("no file is a recording"), "{empty}");
}

#[test]
fn the_pace_per_file_does_not_depend_on_its_length() {
    let folder = tempfile::tempdir().unwrap();
    (0..2)
        .for_each(|number| pair(folder.path(), number, 10 + number as usize * 30, 10 + number as usize * 30));
    let pace = FilePace::EachFile(Duration(0.3));
    let began = Instant::now();
    let given = all_of(&IqFiles { pace, ..settings(folder.path(), Layout::Pairs) });
    assert_eq!(given.numbers(), [(0, 10), (1, 40)]);
    // the signal lasts only 25 µs
    assert!(began.elapsed() >= Time::from_millis(599), "{:?}", began.elapsed());
}

/// In a pipeline, refused data are counted and the run continues to its end.
#[test]
fn a_pipeline_counts_refused_data() {
    let folder = tempfile::tempdir().unwrap();
    (0..3).for_each(|number| pair(folder.path(), number, 21, if number == 1 { 0 } else { 21 }));
    let (tell, told) = std::sync::mpsc::channel();
    let each = Each::new(move |output| {
        let _ = tell.send((output.stream.to_string(), output.data.numbers()));
        Ok(())
    });
    let source = settings(folder.path(), Layout::Pairs);
    let pipeline = Pipeline::builder(source).sink(each).build().unwrap();
    let control = Control::default();
    let summary = run(&pipeline, &control).unwrap();
    assert_eq!(summary.end, End::Complete);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), vec![("duck".to_owned(), 14); 6]);
    let counters = &control.counters;
    assert_eq!((counters.r#in.get(), counters.folded.get(), counters.refused.get()), (7, 6, 1));
    assert_eq!((counters.gaps.get(), counters.late.get(), control.progress()), (0, 0, Some((42, 42))));
}

fn captures() -> Option<std::path::PathBuf> {
    passband_testbed::passband_data().map(|data| data.join("iq-captures"))
}

fn whole(settings: IqFiles) -> Given {
    all_of(&IqFiles { block: Span::Samples(30_720), ..settings })
}

#[test]
fn real_captures_have_all_their_samples() {
    let Some(data) = captures() else { return };
    let of = |path: &str, format| {
        let given = whole(settings(&data.join(path), format));
        assert!(given.refused.is_empty(), "{:?}", given.refused);
        let mut recordings = given.recordings();
        assert_eq!(recordings.len(), 1);
        let (number, channels) = recordings.remove(0);
        (number, channels, given)
    };
    let (number, iq, given) = of("dump1090/modes1.bin", Layout::Cu8);
    assert_eq!((number, iq[0].len(), given.blocks[0].of), (1, 356_868, 356_868));
    assert_eq!(
        (iq[0][0], iq[1][0], iq[0][1], iq[1][1]),
        (1.5 / 127.5, -0.5 / 127.5, -1.5 / 127.5, -2.5 / 127.5)
    );
    let (_, iq, _) = of("urh/fsk.complex", Layout::Cf32);
    assert_eq!((iq[0].len(), iq[0][1000], iq[1][1000]), (67_912, -0.007_995_873, -0.015_015_149_5));
    let (_, iq, _) = of("urh/homematic.complex32s", Layout::Ci16);
    assert_eq!((iq[0].len(), iq[0][20_000], iq[1][20_000]), (117_396, -549.0 / 32768.0, -505.0 / 32768.0));
    let (_, stereo, given) = of("sigmf", Layout::Sigmf);
    assert_eq!(given.blocks[0].spec, SignalSpec::real(Hertz(48e3), 2));
    assert_eq!(given.blocks[0].time, 1_624_058_271_163_959);
    assert_eq!(
        (stereo[0].len(), stereo[0][100_000], stereo[1][100_000]),
        (288_000, 8819.0 / 32768.0, -2067.0 / 32768.0)
    );
}

#[test]
fn real_pairs_equal_their_capture() {
    let Some(data) = captures() else { return };
    let pairs = whole(settings(&data.join("quax-format"), Layout::Pairs));
    assert_eq!(pairs.numbers(), [(0, 178_176), (1, 178_692)]);
    let bytes = whole(settings(&data.join("dump1090/modes1.bin"), Layout::Cu8));
    let (pairs, bytes) = (pairs.recordings(), bytes.recordings());
    for channel in 0..2 {
        let joined = [&pairs[0].1[channel][..], &pairs[1].1[channel]].concat();
        let far = joined.iter().zip(&bytes[0].1[channel]).position(|(a, b)| (a - b).abs() > 1e-7);
        assert_eq!((joined.len(), far), (356_868, None));
    }
    // either half of a pair identifies the pair
    let one = whole(settings(&data.join("quax-format/duck_q_00001.dat"), Layout::Pairs));
    assert_eq!(one.numbers(), [(1, 178_692)]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
    assert!((0..now).contains(&one.blocks[0].time));
}
