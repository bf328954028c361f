//! The source `files`: lines of files in order, compressed, growing, after a restart, and from an object store.

mod readings_fixtures;

use flate2::Compression;
use flate2::write::GzEncoder;
use passband_flow::Control;
use passband_flow::config::{Node, PassedOn, Raw, Value};
use passband_flow::data::{Data, Input, Mark, Position, Positions, Resume};
use passband_flow::engine::Context;
use passband_flow::format::Choice;
use passband_flow::part::{Source, SourcePlan, Turn};
use passband_flow::source::files::{Files, Follow};
use passband_flow::source::pace::Pace;
use passband_signal::{Duration, Fault};
use passband_testbed::{S3, unique};
use readings_fixtures::{SYNC, container};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

fn format(settings: &[(&str, &str)]) -> Choice {
    let node = |text: &str| Node { line: 0, value: Raw::Text(text.into()) };
    let table = settings.iter().map(|(key, value)| ((*key).to_owned(), node(value))).collect();
    Choice::read(&Node { line: 0, value: Raw::Table(table) }).unwrap()
}

fn settings(path: &Path) -> Files {
    Files {
        path: path.to_str().unwrap().into(),
        store: PassedOn::default(),
        pattern: None,
        format: format(&[("type", "json"), ("key", "key")]),
        encoding: "auto".into(),
        follow: Follow::No,
        settle: Duration(0.05),
        pace: Pace::Fast,
        stream: "sensors".into(),
    }
}

/// The line of a reading; its number is its value and its second.
fn line(number: i64) -> String {
    format!(
        "{{\"key\": \"Sensor{}\", \"ts\": {}, \"value\": {number}}}\n",
        number % 5,
        1_700_000_000 + number
    )
}

fn lines(numbers: std::ops::Range<i64>) -> String {
    numbers.map(line).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[derive(Debug, Default, PartialEq)]
struct Given {
    /// Per offset of a reading: place, key, time and value.
    readings: BTreeMap<i64, (String, String, i64, f64)>,
    refused: Vec<(String, String, Vec<u8>)>,
}

impl Given {
    fn turn(&mut self, source: &mut dyn Source) -> Result<Turn, Fault> {
        let mut batch = vec![];
        let turn = source.next(&mut batch);
        for input in batch {
            match input {
                Input::Datum(stream, origin, Data::Readings(readings)) => {
                    assert_eq!((&*stream, origin.shard), ("sensors", 0));
                    assert_eq!(readings.offsets().map(|(first, _)| first), Some(origin.offset));
                    for reading in readings.iter() {
                        let offset = reading.arrival.offset;
                        let row =
                            (readings.place_of(offset), reading.key.into(), reading.time, reading.values[0]);
                        assert_eq!(self.readings.insert(offset, row), None);
                    }
                }
                Input::Refused(refusal) => self.refused.push((refusal.place, refusal.reason, refusal.bytes)),
                other => panic!("{other:?}"),
            }
        }
        turn
    }
    fn until(&mut self, source: &mut dyn Source, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            assert_eq!(self.turn(source).unwrap(), Turn::More, "{self:?}");
        }
    }
    fn values(&self) -> Vec<f64> {
        self.readings.values().map(|row| row.3).collect()
    }
    fn places(&self) -> Vec<&str> {
        self.refused.iter().map(|(place, ..)| &place[..]).collect()
    }
}

fn open(settings: &Files) -> Box<dyn Source> {
    settings.open(&Context::default()).unwrap()
}

fn all(settings: &Files) -> Given {
    let (mut given, mut source) = (Given::default(), open(settings));
    while given.turn(&mut *source).unwrap() == Turn::More {}
    given
}

fn numbers(range: std::ops::Range<i64>) -> Vec<f64> {
    range.map(|n| n as f64).collect()
}

/// Files of every kind, with an error in each.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let (crlf, last) = (line(1).replace('\n', "\r\n"), line(2));
    let first = ["\u{feff}", &line(0), "\r\n", "{\"key\": 1\n", &crlf, last.trim()];
    put("a.ndjson", first.concat().as_bytes());
    put("b.ndjson.gz", &[gzip(&lines(3..5000)), gzip(&lines(5000..9000))].concat());
    put("c.ndjson.zst", &zstd::encode_all(lines(9000..30_000).as_bytes(), 1).unwrap());
    let packed = gzip(&lines(30_000..31_000));
    put("d.ndjson.gz", &packed[..packed.len() / 2]);
    put("e.ndjson", &[lines(31_000..31_002).as_bytes(), b"\xff\xfe\n"].concat());
    put(".f.ndjson", line(-1).as_bytes());
    std::fs::create_dir(folder.path().join("g")).unwrap();
    folder
}

#[test]
fn lines_are_read_in_file_order_and_invalid_ones_refused_by_place() {
    let folder = folder();
    let given = all(&settings(folder.path()));
    let values = given.values();
    assert_eq!(values[..30_000], numbers(0..30_000));
    assert_eq!(values[values.len() - 2..], [31_000.0, 31_001.0]);
    // half of the file holds half of its readings
    let half = values.len() - 30_002;
    assert!(half > 0 && values[30_000..30_000 + half] == numbers(30_000..30_000 + half as i64)[..]);
    let first = (String::from("file a.ndjson, line 4"), String::from("Sensor1"), 1_700_000_001_000_000, 1.0);
    assert_eq!(given.readings[&3], first);
    assert_eq!(given.readings[&5].0, "file b.ndjson.gz, line 1");
    assert_eq!(given.places(), ["file a.ndjson, line 3", "file d.ndjson.gz", "file e.ndjson, line 3"]);
    assert_eq!(given.refused[0].2, b"{\"key\": 1");
    assert_eq!(given.refused[2].2, b"\xff\xfe");
    let (_, reason, cut) = &given.refused[1];
    assert!(reason.starts_with(&format!("cannot be read after line {half}: ")), "{reason}");
    assert!(line(30_000 + half as i64).as_bytes().starts_with(cut), "{:?}", String::from_utf8_lossy(cut));
}

#[test]
fn after_a_restart_lines_have_the_same_numbers() {
    let folder = folder();
    let whole = all(&settings(folder.path()));
    for needed in [0, 1, 3, 4, 5, 6, 5001, 9004, 20_000, 30_004, *whole.readings.last_key_value().unwrap().0]
    {
        let next = Mark { recording: 0, index: 0 };
        let resume = Resume { next, edge: None, offset: Some(needed), closed: vec![], watermark: None };
        let resume = [("sensors".to_owned(), resume)].into();
        let position = Position { offset: needed, reached: needed + 7, resume, note: None };
        let mut source = open(&settings(folder.path()));
        source.resume(&Positions::from([(0, position)])).unwrap();
        let mut given = Given::default();
        while given.turn(&mut *source).unwrap() == Turn::More {}
        assert!(
            given.readings == whole.readings.range(needed..).map(|(k, v)| (*k, v.clone())).collect(),
            "{needed}"
        );
        assert_eq!(given.refused.last(), whole.refused.last());
    }
}

#[test]
fn a_path_may_be_a_file_a_folder_or_a_pattern() {
    let folder = tempfile::tempdir().unwrap();
    for (name, number) in [("day-2.ndjson", 2), ("day-10.ndjson", 10), ("night-1.ndjson", 1)] {
        std::fs::write(folder.path().join(name), line(number)).unwrap();
    }
    let read = |path: &str, pattern: Option<&str>| {
        let settings = settings(&folder.path().join(path));
        all(&Files { pattern: pattern.map(Into::into), ..settings }).values()
    };
    assert_eq!(read("", None), [10.0, 2.0, 1.0]);
    assert_eq!(read("day-2.ndjson", None), [2.0]);
    assert_eq!(read("day-*.ndjson", None), [10.0, 2.0]);
    assert_eq!(read("", Some("day-{number}.ndjson")), [2.0, 10.0]);
    assert_eq!(read("*", None), [10.0, 2.0, 1.0]);
    let fault = |path: &str| {
        let opened = settings(&folder.path().join(path)).open(&Context::default());
        opened.err().map(|fault| fault.what().to_owned())
    };
    assert_eq!(fault("week-*").as_deref(), Some("there is no file to read"));
    assert_eq!(fault("day-3.ndjson").as_deref(), Some("the files cannot be opened"));
}

/// A link stands for its target, which is read once; a dangling link is refused, and cycles end.
#[cfg(unix)]
#[test]
fn links_are_followed_and_each_file_is_read_once() {
    use std::os::unix::fs::symlink;
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("b.ndjson"), lines(0..3)).unwrap();
    std::fs::write(elsewhere.path().join("far.ndjson"), lines(3..5)).unwrap();
    // other names of b: one before it in the order, one after it, and a hard link
    symlink("b.ndjson", at("a-latest.ndjson")).unwrap();
    symlink("a-latest.ndjson", at("z.ndjson")).unwrap();
    std::fs::hard_link(at("b.ndjson"), at("b2.ndjson")).unwrap();
    // a file outside the folder under two names
    symlink(elsewhere.path().join("far.ndjson"), at("c.ndjson")).unwrap();
    symlink(elsewhere.path().join("far.ndjson"), at("d.ndjson")).unwrap();
    // a folder outside, the folder itself, a cycle, and a dangling link
    symlink(elsewhere.path(), at("e")).unwrap();
    symlink(folder.path(), at("f")).unwrap();
    symlink("h.ndjson", at("g.ndjson")).unwrap();
    symlink("g.ndjson", at("h.ndjson")).unwrap();
    symlink("nowhere.ndjson", at("i.ndjson")).unwrap();
    let given = all(&settings(folder.path()));
    assert_eq!(given.values(), numbers(0..5));
    let places: Vec<&str> = given.readings.values().map(|row| &row.0[..]).collect();
    assert!(places[0].contains("b.ndjson, line 1") && places[4].contains("c.ndjson, line 2"), "{places:?}");
    let refused: Vec<&str> = given.places();
    assert_eq!(refused, ["file g.ndjson", "file h.ndjson", "file i.ndjson"], "{:?}", given.refused);
    // a link given as the path is read
    assert_eq!(all(&settings(&at("a-latest.ndjson"))).values(), numbers(0..3));
}

#[test]
fn each_file_names_its_columns_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("a.csv", "key,ts,value\nSensor1,1700000000,1\nSensor2,1700000001,2\n");
    put("b.csv", "value,key,ts\n3,Sensor3,1700000002\n4,Sensor4,1700000003\n");
    let format = format(&[("type", "csv"), ("key", "key")]);
    let settings = Files { format, ..settings(folder.path()) };
    assert_eq!(all(&settings).values(), [1.0, 2.0, 3.0, 4.0]);
    for needed in 0..6 {
        let mut source = open(&settings);
        let position = Position { offset: needed, ..Position::default() };
        source.resume(&Positions::from([(0, position)])).unwrap();
        let mut given = Given::default();
        while given.turn(&mut *source).unwrap() == Turn::More {}
        let right: Vec<f64> = [(1, 1.0), (2, 2.0), (4, 3.0), (5, 4.0)]
            .into_iter()
            .filter_map(|(offset, value)| (offset >= needed).then_some(value))
            .collect();
        assert_eq!((given.values(), given.refused), (right, vec![]), "{needed}");
    }
}

#[test]
fn growing_files_are_followed_by_line_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let add = |name: &str, text: &[u8]| {
        let file = OpenOptions::new().create(true).append(true).open(folder.path().join(name));
        file.unwrap().write_all(text).unwrap();
    };
    let mut source = open(&Files { follow: Follow::Yes, ..settings(folder.path()) });
    let mut given = Given::default();
    assert_eq!(given.turn(&mut *source).unwrap(), Turn::More);
    let (begin, end) = (line(2)[..9].to_owned(), line(2)[9..].to_owned());
    add("b.ndjson", format!("{}{begin}", lines(0..2)).as_bytes());
    given.until(&mut *source, |given| given.readings.len() == 2);
    for _ in 0..5 {
        given.turn(&mut *source).unwrap();
    }
    assert_eq!(given.values(), [0.0, 1.0]);
    add("b.ndjson", end.as_bytes());
    given.until(&mut *source, |given| given.readings.len() == 3);
    // the end of a file followed by another completes its last line; a compressed file is read when it is complete
    add("b.ndjson", line(3).trim().as_bytes());
    let packed = gzip(&lines(4..8));
    add("c.ndjson.gz", &packed);
    add("d.ndjson", lines(8..9).as_bytes());
    given.until(&mut *source, |given| given.readings.len() == 9);
    assert_eq!((given.values(), given.places().len()), (numbers(0..9), 0));
    add("a.ndjson", lines(0..2).as_bytes());
    add("b.ndjson", lines(0..2).as_bytes());
    given.until(&mut *source, |given| given.refused.len() == 2);
    assert_eq!(given.places(), ["file a.ndjson", "file b.ndjson"]);
    add("d.ndjson", lines(9..10).as_bytes());
    given.until(&mut *source, |given| given.readings.len() == 10);
    assert_eq!((given.values(), given.refused.len()), (numbers(0..10), 2));
    std::fs::write(folder.path().join("d.ndjson"), "").unwrap();
    let fault = loop {
        if let Err(fault) = given.turn(&mut *source) {
            break fault;
        }
    };
    assert!(fault.what().starts_with("the file has become shorter"), "{fault}");
}

/// Header, encoding and multi-line rows are treated equally when a table is followed while it grows.
#[test]
fn a_growing_table_is_read_like_a_complete_one() {
    let text = "\u{feff}Boiler\nkey;ts;value\ns;C;-\nA;2026-03-01T12:00:00;\"21,5\"\n\"B\n2\";2026-03-01T12:00:01;22\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let format = [("type", "csv"), ("key", "key"), ("skip", "1"), ("skip_after", "1"), ("decimal", ",")];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), &bytes).unwrap();
    let settings = Files { format: self::format(&format), ..settings(folder.path()) };
    let whole = all(&settings);
    assert_eq!((whole.values(), whole.refused.len()), (vec![21.5, 22.0], 0));
    assert_eq!(whole.readings.values().map(|row| &*row.1).collect::<Vec<_>>(), ["A", "B\n2"]);
    for piece in [1, 7, 50] {
        let folder = tempfile::tempdir().unwrap();
        let mut source = open(&Files {
            path: folder.path().to_str().unwrap().into(),
            follow: Follow::Yes,
            ..settings.clone()
        });
        let mut given = Given::default();
        for part in bytes.chunks(piece) {
            let file = OpenOptions::new().create(true).append(true).open(folder.path().join("a.csv"));
            file.unwrap().write_all(part).unwrap();
            given.turn(&mut *source).unwrap();
        }
        given.until(&mut *source, |given| given.readings.len() == 2);
        assert!(given == whole, "{piece}: {given:?}");
    }
}

#[test]
fn real_time_pace_follows_the_readings() {
    let folder = tempfile::tempdir().unwrap();
    let times = [0, 200, 100, 400, 90_000_000, 90_000_000];
    let line = |ms: i64| format!("{{\"key\": \"a\", \"ts\": {}, \"value\": {ms}}}\n", 1_700_000_000_000 + ms);
    std::fs::write(folder.path().join("a.ndjson"), times.map(line).concat()).unwrap();
    let began = Instant::now();
    let given = all(&Files { pace: Pace::RealTime, ..settings(folder.path()) });
    assert!(began.elapsed().as_millis() >= 400);
    assert_eq!(given.values(), times.map(|ms| ms as f64));
}

#[test]
fn a_stop_ends_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ndjson"), [line(0), line(50)].concat()).unwrap();
    let control = Control::default();
    let context = Context { control: control.clone(), ..Context::default() };
    let mut source = Files { pace: Pace::RealTime, ..settings(folder.path()) }.open(&context).unwrap();
    let mut given = Given::default();
    given.until(&mut *source, |given| !given.readings.is_empty());
    control.stop();
    assert_eq!(given.turn(&mut *source).unwrap(), Turn::More);
    assert_eq!(given.values(), [0.0]);
}

#[test]
fn an_object_store_gives_the_same_lines() {
    let Some(server) = S3::shared() else { return };
    let (bucket, folder) = (unique("readings"), folder());
    let objects = server.bucket(&bucket).join("day");
    std::fs::create_dir(&objects).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap().flatten().filter(|file| file.path().is_file()) {
        std::fs::copy(file.path(), objects.join(file.file_name())).unwrap();
    }
    let endpoint = server.endpoint();
    let options =
        [("endpoint", &endpoint[..]), ("access_key_id", S3::KEY), ("secret_access_key", S3::SECRET)];
    let store = PassedOn(options.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect());
    let there = settings(folder.path());
    let s3 =
        |path: &str| Files { path: format!("s3://{bucket}/{path}"), store: store.clone(), ..there.clone() };
    assert!(all(&s3("day/")) == all(&there));
    assert_eq!(all(&s3("day/*.zst")).values(), numbers(9000..30_000));
    assert_eq!(all(&s3("day/b.ndjson.gz")).values(), numbers(3..9000));
}

fn avro(folder: &Path) -> Files {
    let format =
        format(&[("type", "avro"), ("key", "sensor"), ("time", "at"), ("values", "value=data.value")]);
    Files { format, ..settings(folder) }
}

#[test]
fn each_datum_of_a_container_file_is_a_reading_whatever_its_codec() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("a.avro", &container("null", 0..250));
    put("b.avro", &container("deflate", 250..20_000));
    put("c.avro", &container("zstandard", 20_000..20_300));
    let packed = container("null", 20_300..20_400);
    put("d.avro.zst", &zstd::encode_all(&packed[..], 1).unwrap());
    let given = all(&avro(folder.path()));
    assert_eq!(given.refused, []);
    assert_eq!(given.values(), numbers(0..20_400));
    let (place, key, time, _) = given.readings.values().nth(251).unwrap();
    assert!(place.ends_with("b.avro, datum 2"), "{place}");
    assert_eq!((&key[..], *time), ("Sensor1", 1_700_000_251_000_000));
    // after a restart, data have the same numbers
    for from in [1, 250, 251, 252, 300, 20_100] {
        let next = Mark { recording: 0, index: 0 };
        let resume = Resume { next, edge: None, offset: Some(from), closed: vec![], watermark: None };
        let resume = [("sensors".to_owned(), resume)].into();
        let position = Position { offset: from, reached: from + 7, resume, note: None };
        let (mut again, mut source) = (Given::default(), open(&avro(folder.path())));
        source.resume(&Positions::from([(0, position)])).unwrap();
        while again.turn(&mut *source).unwrap() == Turn::More {}
        let left = given.readings.range(from..).map(|(offset, row)| (*offset, row.clone())).collect();
        assert_eq!(again.readings, left, "from {from}");
    }
}

#[test]
fn a_damaged_container_file_is_read_up_to_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.avro");
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        all(&avro(&path))
    };
    for codec in ["null", "deflate", "zstandard"] {
        let whole = container(codec, 0..250);
        assert_eq!(read(&whole).values(), numbers(0..250));
        for cut in (0..whole.len()).step_by(37) {
            let given = read(&whole[..cut]);
            let many = given.readings.len();
            assert!([0, 100, 200].contains(&many), "{many} of {codec} cut at {cut}");
            assert_eq!(given.values(), numbers(0..many as i64));
            // truncation between two blocks cannot be detected
            assert!(given.refused.len() == 1 || whole[..cut].ends_with(SYNC), "{codec} cut at {cut}");
        }
        let mut seed = 1u32;
        for _ in 0..200 {
            let mut bad = whole.clone();
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (seed >> 8) as usize % bad.len();
            bad[at] ^= (seed as u8) | 1;
            read(&bad);
        }
    }
    let mut marker = container("null", 0..250);
    let last = marker.len() - 1;
    marker[last] ^= 1;
    let given = read(&marker);
    assert_eq!(given.values(), numbers(0..200));
    let (place, reason, _) = &given.refused[0];
    assert!(place.ends_with("a.avro") && reason.contains("after datum 200"), "{place}: {reason}");
    assert!(reason.contains("sync marker"), "{reason}");
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (b"{\"key\": 1}\n", "an Avro container file"),
        (b"Obj\x01", "within the head"),
        (&container("snappy", 0..1), "codec snappy is not supported"),
    ] {
        let given = read(bytes);
        assert!(given.refused.len() == 1 && given.refused[0].1.contains(why), "{:?}", given.refused);
    }
    std::fs::write(&path, container("null", 0..3)).unwrap();
    let other = format(&[("type", "avro"), ("time", "ts"), ("values", "value=data.value")]);
    let given = all(&Files { format: other, ..avro(&path) });
    assert_eq!((given.readings.len(), given.refused.len()), (0, 1));
    assert!(given.refused[0].1.contains("no ts; its fields are: sensor, at, data"), "{:?}", given.refused);
}
