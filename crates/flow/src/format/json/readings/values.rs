//! A value that is missing or not numeric is dropped, not its reading.

use super::tests::{named, some};
use super::*;

const NOW: i64 = 9_000_000;

/// The result of a message: keys and values of its readings, number of missing values, and the note.
type Outcome = (Vec<(String, Vec<f64>)>, u64, Option<String>);

fn read_as(settings: &Json, only: Option<&str>, bytes: &[u8]) -> Result<Outcome, String> {
    let mut reader = Reader::new(settings)?;
    let mut told = None;
    // twice: the second time, the shape is known
    for _ in 0..2 {
        let mut readings = Readings::new(reader.value_names(), "line ".into());
        let (message, arrival) =
            (Message { key: b"k", bytes, time: NOW }, Arrival { time: NOW, offset: 7, id: None });
        let read = match only {
            Some(name) => reader.read_value(name, &message, arrival, &mut readings),
            None => reader.read(&message, arrival, &mut readings),
        };
        assert!(read.is_ok() || readings.is_empty() && readings.missing(0) == 0);
        let read = read.map(|()| {
            let all = readings.iter().map(|r| (r.key.to_owned(), r.values.to_vec())).collect::<Vec<_>>();
            (all, readings.missing(0))
        });
        let before = told.replace(read.clone()).unwrap_or(read);
        assert!(format!("{before:?}") == format!("{:?}", told.as_ref().unwrap()), "{before:?} {told:?}");
    }
    let (all, missing) = told.unwrap()?;
    Ok((all, missing, reader.note()))
}

fn read(settings: &Json, text: &str) -> Result<Outcome, String> {
    read_as(settings, None, text.as_bytes())
}

/// The values of a reading, and the number of missing ones.
fn values(settings: &Json, text: &str) -> Result<(Vec<f64>, u64), String> {
    let (mut all, missing, _) = read(settings, text)?;
    assert_eq!(all.len(), 1);
    Ok((all.remove(0).1, missing))
}

fn two() -> Json {
    Json { values: named(&[("t", "t"), ("h", "h")]), time: "arrival".into(), ..Json::default() }
}

#[test]
fn fields_that_are_not_selected_may_be_invalid() {
    let keyed = Json { key: some("k"), ..Json::default() };
    for bad in [
        "nan",
        "NaN",
        "NAN",
        "-nan",
        "-NaN",
        "inf",
        "-inf",
        "Infinity",
        "-Infinity",
        "INF",
        "nan(ind)",
        "-nan(ind)",
        "nan(snan)",
        "1e999",
        "null",
        "\"x\"",
        "[nan,{\"a\":-inf}]",
    ] {
        let text = format!(r#"{{"k":"A","ts":"2026-03-01T12:00:01","value":21.5,"energy":{bad}}}"#);
        assert_eq!(values(&keyed, &text), Ok((vec![21.5], 0)), "{bad}");
    }
    // at any depth
    for deep in [200, 2_000_000] {
        let text = format!(
            r#"{{"x":{}1{},"k":"A","ts":1772366401,"value":21.5}}"#,
            "[".repeat(deep),
            "]".repeat(deep)
        );
        assert_eq!(values(&keyed, &text), Ok((vec![21.5], 0)));
        let text = text.replace("[", "{\"a\":").replace("]", "}");
        assert_eq!(values(&keyed, &text), Ok((vec![21.5], 0)));
        let (wrong, open) = (text.replacen('}', "]", 1), "[".repeat(deep));
        assert!(values(&keyed, &wrong).unwrap_err().contains("is unexpected"));
        assert!(values(&keyed, &open).unwrap_err().contains("ends early"));
    }
    for bad in ["nano", "n", "infin", "-", "- nan", "+1", "None", "undefined", "nan(1)", "'a'", ""] {
        let text = format!(r#"{{"k":"A","ts":"2026-03-01T12:00:01","value":21.5,"energy":{bad}}}"#);
        assert!(values(&keyed, &text).unwrap_err().contains("not JSON"), "{bad}");
    }
}

#[test]
fn a_reading_keeps_its_valid_values() {
    for (h, told) in [
        (r#","h":null"#, None),
        ("", None),
        (r#","h":nan"#, None),
        (r#","h":-Infinity"#, None),
        (r#","h":"unavailable""#, None),
        (r#","h":"NA""#, None),
        (r#","h":"""#, None),
        (r#","h":"\u006eull""#, None),
        (
            r#","h":"55""#,
            Some(r#"line 7: h is a string, and should be a number (numbers_as_text = "yes" reads "55")"#),
        ),
        (r#","h":true"#, Some("line 7: h is true, and should be a number (words")),
        (r#","h":[55]"#, Some("line 7: h is a list")),
        (r#","h":{}"#, Some("line 7: h is an object")),
        (r#","h":1e999"#, Some("line 7: h is out of range")),
        (r#","h":"\ud800""#, Some("line 7: h is a string")),
    ] {
        let (all, missing, note) = read(&two(), &format!(r#"{{"t":21.5{h}}}"#)).unwrap();
        assert!(all[0].1[0] == 21.5 && all[0].1[1].is_nan() && missing == 1, "{h}: {all:?}");
        assert_eq!(note.is_some(), told.is_some(), "{h}: {note:?}");
        assert!(note.unwrap_or_default().starts_with(told.unwrap_or("")), "{h}");
    }
    let none = read(&two(), r#"{"t":null,"h":"x","x":1}"#).unwrap_err();
    assert_eq!(
        none,
        "none of its values can be used: t is null, and should be a number; h is a string, and should be a number"
    );
}

#[test]
fn settings_allow_numbers_in_texts_and_words() {
    let texts = Json { numbers_as_text: NumbersAsText::Yes, ..two() };
    for (text, value) in
        [("\"21.5\"", 21.5), ("\" -1e3 \"", -1000.0), ("\"2\\u0031\"", 21.0), ("\"+.5\"", 0.5)]
    {
        assert_eq!(values(&texts, &format!(r#"{{"t":{text},"h":1}}"#)), Ok((vec![value, 1.0], 0)));
        assert!(read(&two(), &format!(r#"{{"t":{text}}}"#)).unwrap_err().contains("t is a string"));
    }
    assert!(values(&texts, r#"{"t":"21.5 C"}"#).unwrap_err().contains("t is a string"));
    let words = Json { words: "on=1,off=0,true=1,false=0".parse().unwrap(), ..two() };
    assert_eq!(values(&words, r#"{"t":true,"h":"OFF"}"#), Ok((vec![1.0, 0.0], 0)));
    let own = Json { missing: vec!["--".into()], ..texts };
    assert_eq!(values(&own, r#"{"t":"--","h":"7"}"#).unwrap().1, 1);
    // exact numbers stay exact
    assert_eq!(values(&two(), r#"{"t":9007199254740993,"h":-0}"#).unwrap().0[0], 9007199254740992.0);
    assert!(values(&two(), r#"{"t":1,"h":-0}"#).unwrap().0[1].is_sign_negative());
    let wrong = Json { words: "on=yes".parse().unwrap(), ..two() };
    assert!(Reader::new(&wrong).err().unwrap().contains("'on'"));
}

#[test]
fn dotted_names_list_items_and_duplicate_fields() {
    let at = |path: &str| Json { values: named(&[("x", path)]), time: "arrival".into(), ..Json::default() };
    for (path, text, value) in [
        ("a.b", r#"{"a":{"b":1}}"#, 1.0),
        ("a.b", r#"{"a.b":1}"#, 1.0),
        ("a.b", r#"{"a":{"c":2},"a.b":1}"#, 1.0),
        ("\"a.b\"", r#"{"a":{"b":2},"a.b":1}"#, 1.0),
        ("a.b.c", r#"{"a":{"b.c":1}}"#, 1.0),
        ("a.b.c", r#"{"a.b":{"c":1}}"#, 1.0),
        ("a.b.c", r#"{"a.b.c":1}"#, 1.0),
        ("a.\"b.c\"", r#"{"a":{"b.c":1,"b":{"c":2}}}"#, 1.0),
        ("v[1]", r#"{"v":[7,1,8]}"#, 1.0),
        ("v.1", r#"{"v":[7,1,8]}"#, 1.0),
        ("v[0][1].x", r#"{"v":[[7,{"x":1}]]}"#, 1.0),
        ("v.0", r#"{"v":{"0":1}}"#, 1.0),
        ("temp[C]", r#"{"temp[C]":1}"#, 1.0),
        ("a", r#"{"\u0061":1}"#, 1.0),
        ("a", r#"{"a":2,"a":1}"#, 1.0),
        ("a.b", r#"{"a":{"b":2},"a":{"b":1}}"#, 1.0),
        ("a.b", r#"{"a":{"b":{"b":3}},"a":{"b":1,"c":[2]}}"#, 1.0),
    ] {
        assert_eq!(values(&at(path), text), Ok((vec![value], 0)), "{path} of {text}");
    }
    for (path, text, why) in [
        ("a.b", r#"{"a":{"b":1},"a.b":2}"#, "a.b occurs twice"),
        ("a.b", r#"{"a":{"b":1},"a":{"c":2}}"#, "no field a.b"),
        ("a.b", r#"{"a":{"b":1},"a":null}"#, "no field a.b"),
        ("a", r#"{"a":1,"a":null}"#, "a is null"),
        ("v[3]", r#"{"v":[7,1,8]}"#, "no field v[3]"),
        ("v[0]", r#"{"v":[]}"#, "no field v[0]"),
        ("v", r#"{"v":[1]}"#, "v is a list"),
        ("\"a\".b", r#"{"a.b":1}"#, "no field"),
    ] {
        let told = values(&at(path), text).unwrap_err();
        assert!(told.contains(why), "{path} of {text}: {told}");
    }
    assert!(Reader::new(&at("a..b")).err().unwrap().contains("a name is empty"));
    // a flat key, time and id
    let flat = Json { key: some("d.id"), time: "d.at".into(), id: some("d.n"), ..Json::default() };
    assert_eq!(
        read(&flat, r#"{"d.id":"s","d.at":1772366401,"d.n":3,"value":1}"#).unwrap().0,
        [("s".to_owned(), vec![1.0])]
    );
}

#[test]
fn a_single_number_is_the_value() {
    let bare = Json { time: "arrival".into(), ..Json::default() };
    for text in ["21.5", " 21.5\n", "2.15e1", "\u{feff}21.5\r\n"] {
        assert_eq!(read(&bare, text), Ok((vec![("k".into(), vec![21.5])], 0, None)), "{text:?}");
    }
    let texts = Json { numbers_as_text: NumbersAsText::Yes, words: "on=1".parse().unwrap(), ..bare.clone() };
    for (text, value) in
        [("\"21.5\"", 21.5), ("+21.5", 21.5), ("021.5", 21.5), (".5", 0.5), ("ON", 1.0), ("\"on\"", 1.0)]
    {
        assert_eq!(values(&texts, text), Ok((vec![value], 0)), "{text}");
    }
    for (text, why) in [
        ("21.5 C", "not JSON"),
        ("unavailable", "it is unavailable"),
        ("nan", "it is nan"),
        ("null", "it is null"),
        ("true", "it is true"),
        ("", "it is empty"),
        ("1e999", "out of range"),
        ("ON", "not JSON"),
        ("+1", "not JSON"),
    ] {
        let told = values(&bare, text).unwrap_err();
        assert!(told.contains(why), "{text}: {told}");
    }
    // without a time it is not a value, nor with a key in the message
    assert!(values(&Json::default(), "21.5").unwrap_err().contains("time = \"arrival\""));
    let arrival = Json { no_time: NoTime::Arrival, ..Json::default() };
    assert_eq!(values(&arrival, "21.5"), Ok((vec![21.5], 0)));
    assert!(values(&Json { key: some("key"), ..bare }, "21.5").is_err());
    assert!(values(&two(), "21.5").is_err());
    // a topic that names the value: the others are not missing
    for text in ["21.5", r#"{"h":21.5,"t":3}"#] {
        let (all, missing, _) = read_as(&two(), Some("h"), text.as_bytes()).unwrap();
        assert!(all[0].1[0].is_nan() && all[0].1[1] == 21.5 && missing == 0, "{text}");
    }
    assert_eq!(read_as(&two(), Some("h"), br#"{"t":1}"#), Err("there is no field h".into()));
    let strange = read_as(&two(), Some("linkquality"), b"1").unwrap_err();
    assert_eq!(strange, "its topic names the value linkquality; the selected values are t, h");
}

#[test]
fn a_list_of_readings_is_accepted_or_refused_as_a_whole() {
    let keyed = Json { key: some("k"), ..two() };
    let list = r#"[{"k":"a","t":1,"h":2}, {"k":"b","t":3,"h":4},{"k":"c","t":5}]"#;
    for text in [list.to_owned(), serde_json::to_string(list).unwrap()] {
        let (all, missing, _) = read(&keyed, &text).unwrap();
        assert_eq!(all.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(all[1].1 == [3.0, 4.0] && all[2].1[1].is_nan() && missing == 1);
    }
    for (bad, why) in [
        (list.replace("\"b\"", "\"\""), "item 2 of its list: it has no key"),
        (list.replace("\"t\":5", "\"x\":5"), "item 3 of its list: none of its values"),
        (list.replace("]", ",7]"), "item 4 of its list: it is a number"),
        (list.replace("]", ""), "ends early"),
    ] {
        let told = read(&keyed, &bad).unwrap_err();
        assert!(told.contains(why), "{bad}: {told}");
    }
    // each reading has its own bytes
    let mut reader = Reader::new(&keyed).unwrap();
    let mut readings = Readings::new(reader.value_names(), "".into());
    let arrival = Arrival { time: NOW, ..Arrival::default() };
    reader.read(&Message::of(list.as_bytes()), arrival, &mut readings).unwrap();
    assert_eq!(readings.iter().nth(1).unwrap().bytes, br#"{"k":"b","t":3,"h":4}"#);
}

#[test]
fn a_missing_time_can_be_the_time_of_arrival() {
    let arrival = Json { no_time: NoTime::Arrival, ..Json::default() };
    for text in [r#"{"value":1}"#, r#"{"ts":null,"value":1}"#] {
        assert!(values(&Json::default(), text).is_err());
        assert_eq!(values(&arrival, text), Ok((vec![1.0], 0)));
    }
    assert!(values(&arrival, r#"{"ts":"noon","value":1}"#).is_err());
}

#[test]
fn utf_16_has_one_reason() {
    let text = r#"{"t":21.5,"h":1}"#;
    let both: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = both.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = both.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [[b"\xff\xfe", &little[..]].concat(), [b"\xfe\xff", &big[..]].concat(), little, big] {
        assert_eq!(read_as(&two(), None, &bytes), Err("it is UTF-16, and should be UTF-8".into()));
    }
    let marked = ["\u{feff}", text].concat();
    assert_eq!(values(&two(), &marked), Ok((vec![21.5, 1.0], 0)));
}
