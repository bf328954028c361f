//! Data of other writers' schemas.

use super::super::write::{double, long, text};
use super::*;
use crate::config::Named;

const DEVICE: &str = r#"{
    "type": "record", "name": "Reading", "namespace": "plant.v1",
    "fields": [
        {"name": "device", "type": {"type": "record", "name": "Device", "fields": [
            {"name": "id", "type": "string"},
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["BOILER", "PUMP"]}},
            {"name": "serial", "type": {"type": "fixed", "name": "Serial", "size": 3}}
        ]}},
        {"name": "notes", "type": ["null", {"type": "array", "items": "string"}]},
        {"name": "taken", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "temp", "type": ["null", "float", "string"]},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "more", "type": {"type": "map", "values": ["null", "double", "boolean"]}}
    ]
}"#;

const DAY: i64 = 86_400;

fn settings(schema: &str, values: &[&str], time: &str) -> Avro {
    Avro {
        schema: Some(schema.into()),
        key: None,
        time: time.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..Avro::default()
    }
}

fn device() -> Avro {
    let values = ["temp", "price", "rh=more.rh", "on=more.on"];
    let words = Named(vec![("true".into(), "1".into())]);
    Avro { key: Some("device.id".into()), words, ..settings(DEVICE, &values, "taken") }
}

/// A datum of [`DEVICE`]; `temp` is the encoding of the union.
fn datum(temp: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    text("b7", &mut out);
    long(1, &mut out);
    out.extend(b"\x00\xff\x7f");
    long(1, &mut out);
    // an array in two blocks, one of which has its size in bytes
    [-1, 3].iter().for_each(|number| long(*number, &mut out));
    text("ab", &mut out);
    long(1, &mut out);
    text("c", &mut out);
    out.push(0);
    long(1_772_366_401_250, &mut out);
    out.extend(temp);
    long(2, &mut out);
    out.extend((-1234i16).to_be_bytes());
    long(2, &mut out);
    text("rh", &mut out);
    long(1, &mut out);
    double(40.5, &mut out);
    text("on", &mut out);
    long(2, &mut out);
    out.extend([1, 0]);
    out
}

fn warm() -> Vec<u8> {
    [&[2][..], &21.5f32.to_le_bytes()].concat()
}

type Row = (String, i64, Vec<f64>);

fn read(settings: &Avro, bytes: &[u8]) -> Result<(Row, u64), String> {
    let mut reader = Reader::new(settings)?;
    let mut readings = Readings::new(reader.value_names(), "message ".into());
    let message = Message { key: b"k", bytes, time: 0 };
    reader.read(&message, Arrival { time: 9, ..Arrival::default() }, &mut readings)?;
    let reading = readings.iter().next().unwrap();
    let row = (reading.key.to_owned(), reading.time, reading.values.to_vec());
    Ok((row, readings.missing(i64::MIN)))
}

#[test]
fn paths_select_values_and_logical_types_interpret_times() {
    let time = 1_772_366_401_250_000;
    let values = vec![21.5, -12.34, 40.5, 1.0];
    assert_eq!(read(&device(), &datum(&warm())), Ok((("b7".into(), time, values), 0)));
    // a null or a text is dropped, nothing else
    let mut word = vec![4];
    text("warm", &mut word);
    for temp in [&[0][..], &word] {
        let ((_, _, values), missing) = read(&device(), &datum(temp)).unwrap();
        assert!(values[0].is_nan() && missing == 1, "{values:?}");
        assert_eq!(values[1..], [-12.34, 40.5, 1.0]);
    }
    let alone = Avro { values: vec!["temp".into()], ..device() };
    assert!(read(&alone, &datum(&[0])).unwrap_err().contains("temp is null, and should be a number"));
    assert!(read(&alone, &datum(&word)).unwrap_err().contains("temp is the text 'warm'"));
    let by_kind = Avro { key: Some("device.kind".into()), ..device() };
    assert_eq!(read(&by_kind, &datum(&warm())).unwrap().0.0, "PUMP");
    let framed = [&[0, 1, 2, 3, 4][..], &datum(&warm())].concat();
    assert!(read(&Avro { framing: Framing::Confluent, ..device() }, &framed).is_ok());
    assert!(read(&Avro { framing: Framing::Confluent, ..device() }, &framed[1..]).is_err());
}

#[test]
fn every_logical_type_of_time_has_its_unit() {
    let zone = Some("Europe/Berlin".to_owned());
    let second = 1_772_366_401;
    let hour = 3600;
    for (kind, logical, count, time) in [
        ("long", "timestamp-millis", second * 1000, Some(second)),
        ("long", "timestamp-micros", second * 1_000_000, Some(second)),
        ("long", "timestamp-nanos", second * 1_000_000_000, Some(second)),
        ("long", "timestamp-millis", -1000, Some(-1)),
        // a few ms after 1970, which the magnitude cannot reveal
        ("long", "timestamp-millis", 5000, Some(5)),
        ("long", "local-timestamp-millis", second * 1000, Some(second - hour)),
        ("long", "local-timestamp-micros", second * 1_000_000, Some(second - hour)),
        // in summer
        ("int", "date", 20_000, Some(20_000 * DAY - 2 * hour)),
        ("int", "time-millis", 1000, None),
        ("long", "time-micros", 1000, None),
        // a number without a unit, by its magnitude
        ("long", "", second, Some(second)),
        ("long", "", second * 1000, Some(second)),
        ("long", "", 20_260_301, None),
        // a logical type of another type is ignored
        ("int", "timestamp-millis", second, Some(second)),
        ("long", "timestamp-millis", i64::MAX, None),
    ] {
        let schema = format!(
            r#"{{"type": "record", "name": "R", "fields": [
                {{"name": "t", "type": {{"type": "{kind}", "logicalType": "{logical}"}}}},
                {{"name": "v", "type": "double"}}]}}"#
        );
        let mut bytes = vec![];
        long(count, &mut bytes);
        double(1.5, &mut bytes);
        let settings = Avro { time_zone: zone.clone(), ..settings(&schema, &["v"], "t") };
        let read = read(&settings, &bytes);
        let right = time.map(|time| (("k".to_owned(), time * 1_000_000, vec![1.5]), 0));
        assert_eq!(read.as_ref().ok(), right.as_ref(), "{kind} {logical} {count}: {read:?}");
    }
}

#[test]
fn data_that_does_not_match_the_schema_is_refused() {
    let good = datum(&warm());
    assert!((0..good.len()).all(|cut| read(&device(), &good[..cut]).is_err()));
    assert!(read(&device(), &[&good[..], &[0]].concat()).unwrap_err().contains("1 bytes follow the datum"));
    assert!(read(&device(), &datum(&[6])).unwrap_err().contains("a union has no branch 3"));
    let mut seed = 1u32;
    for _ in 0..20_000 {
        let mut bad = good.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (seed >> 8) as usize % bad.len();
            bad[at] = seed as u8;
        }
        let _ = read(&device(), &bad);
    }
    // an endless list, and one with a count that exceeds memory, of items without bytes
    let list = r#"{"type": "record", "name": "L", "fields": [
        {"name": "v", "type": "double"}, {"name": "next", "type": ["null", "L"]}]}"#;
    let long_list = [0, 0, 0, 0, 0, 0, 0, 0, 2].repeat(100_000);
    let refused = read(&settings(list, &["v"], ARRIVAL), &long_list);
    assert!(refused.unwrap_err().contains("levels deep"));
    let nulls = r#"{"type": "record", "name": "N", "fields": [
        {"name": "v", "type": "double"}, {"name": "n", "type": {"type": "array", "items": "null"}}]}"#;
    let mut many = vec![0; 8];
    long(i64::MAX, &mut many);
    assert!(read(&settings(nulls, &["v"], ARRIVAL), &many).unwrap_err().contains("more parts than bytes"));
    let within = r#"{"type": "record", "name": "A", "fields": [{"name": "v", "type": "A"}]}"#;
    assert!(read(&settings(within, &["v"], ARRIVAL), &[]).unwrap_err().contains("levels deep"));
}

#[test]
fn a_schema_without_the_selected_fields_is_refused() {
    let wrong = |change: &dyn Fn(&mut Avro)| {
        let mut settings = device();
        change(&mut settings);
        Reader::new(&settings).err().unwrap_or_default()
    };
    assert!(wrong(&|s| s.time = "ts".into()).contains("no ts; its fields are: device, notes, taken"));
    assert!(wrong(&|s| s.key = Some("device.name".into())).contains("no device.name"));
    assert!(wrong(&|s| s.values = vec!["co2".into()]).contains("no co2"));
    assert!(wrong(&|s| s.schema = Some("nowhere.avsc".into())).contains("nowhere.avsc cannot be read"));
    for (schema, why) in [
        ("{", "is not valid JSON"),
        (r#""nothing""#, "no type nothing"),
        (r#"{"type": "record", "name": "R"}"#, "no fields"),
        (r#"{"name": "R"}"#, "a type is missing"),
        (r#"["null", {"type": "fixed", "name": "F"}]"#, "no size"),
    ] {
        assert!(wrong(&|s| s.schema = Some(schema.into())).contains(why), "{schema}");
    }
}
