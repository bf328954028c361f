//! The bytes of every kind of result in every format, as messages and as files, compared with `golden/messages.txt`.
//!
//! Messages already written must stay readable, so a changed byte is a change for users: note it in the changelog,
//! and then regenerate the file with `PASSBAND_GOLDEN=write`.

#[path = "golden_messages/data.rs"]
mod data;

use passband_flow::data::{Arrival, Data, Kind, Reading};
use passband_flow::format::Choice;
use std::fmt::Write;
use std::path::Path;

const FORMATS: [&str; 4] = ["avro", "json", "csv", "quax"];

/// Text is shown unchanged, so that a difference is readable; other bytes in hexadecimal.
fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(|c: char| c.is_control() && c != '\n') => format!("{text:?}"),
        _ => bytes.iter().fold("0x".into(), |mut all, byte| {
            let _ = write!(all, "{byte:02x}");
            all
        }),
    }
}

fn message(format: &str, data: &Data) -> String {
    let mut codec = Choice::named(format).unwrap().open().unwrap();
    if let Some(why) = codec.refuses(data.kind()) {
        return format!("refused: {why}");
    }
    let mut bytes = vec![];
    match codec.encode(data, &mut bytes) {
        Ok(()) => format!("{} key {}", shown(&bytes), codec.key(data).map_or("none".into(), |k| shown(&k))),
        Err(fault) => format!("refused: {}", fault.what()),
    }
}

fn file(format: &str, data: &Data) -> String {
    let mut codec = Choice::named(format).unwrap().open().unwrap();
    if let Some(why) = codec.refuses(data.kind()) {
        return format!("refused: {why}");
    }
    let mut bytes = vec![];
    codec.begin(data.kind(), &mut bytes);
    if let Err(fault) = codec.append(data, &mut bytes) {
        return format!("refused: {}", fault.what());
    }
    codec.end(&mut bytes).unwrap();
    shown(&bytes)
}

fn reading(format: &str) -> String {
    let mut codec = Choice::named(format).unwrap().open().unwrap();
    let arrival = Arrival { time: 2, offset: 3, id: None };
    let reading =
        Reading { key: "Süd, 1", time: 1_772_366_400_123_456, values: &[21.5, -1e-9], arrival, bytes: b"" };
    let mut bytes = vec![];
    match codec.encode_reading(&["value".into(), "energy".into()], &reading, &mut bytes) {
        Ok(()) => shown(&bytes),
        Err(fault) => format!("refused: {}", fault.what()),
    }
}

#[test]
fn messages_and_files_are_unchanged() {
    let mut all = String::new();
    for format in FORMATS {
        for (name, data) in data::all() {
            let _ = writeln!(all, "{format} | {name} | message | {}", message(format, &data));
            let _ = writeln!(all, "{format} | {name} | file | {}", file(format, &data));
        }
        let _ = writeln!(all, "{format} | a reading | message | {}", reading(format));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/messages.txt");
    if std::env::var("PASSBAND_GOLDEN").is_ok_and(|what| what == "write") {
        std::fs::write(&golden, &all).unwrap();
    }
    let kept = std::fs::read_to_string(&golden).unwrap();
    for (now, then) in all.lines().zip(kept.lines()) {
        assert_eq!(now, then, "a byte moved: say so in CHANGELOG.md, then run with PASSBAND_GOLDEN=write");
    }
    assert_eq!(all.lines().count(), kept.lines().count());
}

#[test]
fn schemas_are_derived_from_the_declarations() {
    let _ = passband_flow::Registry::new(&[]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let mut made: Vec<_> = Kind::all().into_iter().filter_map(schema_of).collect();
    made.sort();
    if std::env::var("PASSBAND_GOLDEN").is_ok_and(|what| what == "write") {
        made.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
    }
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut kept: Vec<_> = files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    kept.sort();
    for (made, kept) in made.iter().zip(&kept) {
        assert_eq!(made, kept, "PASSBAND_GOLDEN=write writes the schemas anew");
    }
    assert_eq!(made.len(), kept.len());
}

/// The file name of a schema and its text.
fn schema_of(kind: Kind) -> Option<(String, String)> {
    let text = passband_flow::format::avro_schema(kind)?;
    let title: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some((format!("{}.avsc", title["name"].as_str().unwrap().to_lowercase()), text))
}

#[test]
fn the_hand_written_encoder_gives_the_derived_bytes() {
    for (name, data) in data::all() {
        let Some(record) = data.record() else { continue };
        let (mut by_hand, mut derived) = (vec![], vec![]);
        Choice::named("avro").unwrap().open().unwrap().encode(&data, &mut by_hand).unwrap();
        passband_flow::format::avro_record(record, &mut derived);
        assert_eq!(by_hand, derived, "{name}");
        assert_eq!(
            passband_flow::format::read_avro_record(data.kind(), &derived).map(|read| {
                let mut again = vec![];
                passband_flow::format::avro_record(read.record().unwrap(), &mut again);
                again
            }),
            Ok(derived),
            "{name}"
        );
    }
}

/// A record of each kind, written as JSON, CSV and Avro, is read back unchanged where it can be read.
#[test]
fn records_of_every_kind_round_trip_through_json() {
    for (name, data) in data::all() {
        let (mut json, mut again) = (vec![], vec![]);
        let mut codec = Choice::named("json").unwrap().open().unwrap();
        if data.record().is_none() || codec.unread(data.kind()).is_some() {
            continue;
        }
        codec.encode(&data, &mut json).unwrap();
        let read = codec.decode(data.kind(), &passband_flow::format::Message::of(&json)).expect(name);
        codec.encode(&read, &mut again).unwrap();
        // deviations are converted to sums of squares and back, which rounds
        if data.get::<passband_flow::transform::statistics::Statistics>().is_none()
            && data.get::<passband_flow::transform::run::RunStatistics>().is_none()
        {
            assert_eq!(shown(&json), shown(&again), "{name}");
        }
    }
}

#[test]
fn tables_of_the_documentation_are_derived_from_the_declarations() {
    let _ = passband_flow::Registry::new(&[]);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/messages.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once("<!-- records -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /records -->").unwrap();
    let made =
        format!("{before}<!-- records -->\n{}<!-- /records -->{after}", passband_flow::reference::records());
    if std::env::var("PASSBAND_GOLDEN").is_ok_and(|what| what == "write") {
        std::fs::write(&page, &made).unwrap();
        return;
    }
    assert_eq!(made, text, "PASSBAND_GOLDEN=write writes the tables anew");
}
