//! The bytes of every kind of result in every format, as messages and as files, compared with `golden/messages.txt`.
//!
//! Messages that were written must stay readable, so a byte that moves is a change that users have to be told of: it
//! goes into the changelog, and only then is the file written anew, with `PASSBAND_GOLDEN=write`.

#[path = "golden_messages/data.rs"]
mod data;

use passband_flow::data::{Arrival, Data, Reading};
use passband_flow::format::Choice;
use std::fmt::Write;
use std::path::Path;

const FORMATS: [&str; 4] = ["avro", "json", "csv", "quax"];

/// Text stays text, so that a change can be read; anything else is written in hexadecimal digits.
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
    codec.end(&mut bytes);
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
fn no_byte_of_a_message_or_file_has_moved() {
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
