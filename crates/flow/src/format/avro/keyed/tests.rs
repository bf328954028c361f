//! Round trips of readings and aggregates.

use super::super::Avro;
use super::super::tests::codec;
use super::*;
use crate::data::{Aggregate, Column, Data, Kind, Of, ResultState, Shape};
use crate::format::{Format, ReadReadings};

fn readings() -> Readings {
    let mut readings = Readings::new(["rh".into(), "value".into()].into(), "".into());
    readings.push("süd", -5, &[0.5, 0.1 + 0.2], Arrival::default(), b"");
    readings
}

fn read(settings: &Avro, key: &[u8], bytes: &[u8]) -> Result<(String, i64, Vec<f64>), String> {
    let mut reader = super::super::readings::Reader::new(settings)?;
    let mut readings = Readings::new(reader.value_names(), "".into());
    reader.read(&Message { key, bytes, time: 0 }, Arrival::default(), &mut readings)?;
    let reading = readings.iter().next().unwrap();
    assert_eq!(reading.bytes, bytes);
    Ok((reading.key.into(), reading.time, reading.values.to_vec()))
}

#[test]
fn readings_round_trip() {
    for framing in [Framing::Plain, Framing::Confluent] {
        let mut bytes = vec![];
        codec(framing).encode(&Data::Readings(Box::new(readings())), &mut bytes).unwrap();
        let settings = |values: &[&str]| Avro {
            framing,
            values: values.iter().map(|name| (*name).into()).collect(),
            ..Avro::default()
        };
        let result = read(&settings(&["value"]), b"k", &bytes);
        assert_eq!(result, Ok(("süd".into(), -5, vec![0.1 + 0.2])));
        assert_eq!(read(&settings(&["value", "rh"]), b"k", &bytes).unwrap().2, [0.1 + 0.2, 0.5]);
        assert!(read(&settings(&["co2"]), b"k", &bytes).unwrap_err().contains("co2"));
        for cut in 0..bytes.len() {
            assert!(read(&settings(&["value"]), b"k", &bytes[..cut]).is_err(), "cut at {cut}");
        }
        bytes.push(0);
        assert!(read(&settings(&["value"]), b"k", &bytes).unwrap_err().contains("the datum"));
    }
    let mut two = readings();
    two.push("", 7, &[1.0, f64::NAN], Arrival::default(), b"");
    let two = Data::Readings(Box::new(two));
    assert!(codec(Framing::Plain).encode(&two, &mut vec![]).unwrap_err().to_string().contains("2 readings"));
    let mut file = vec![];
    let mut container = codec(Framing::Plain);
    container.begin(Kind::Readings, &mut file);
    let header = file.len();
    container.append(&two, &mut file).unwrap();
    container.end(&mut file).unwrap();
    assert_eq!(file[header], 4, "a block of two readings");

    // without a key of its own it has that of the message
    let mut keyless = vec![];
    let reading = Reading { key: "", time: 7, values: &[1.0], arrival: Arrival::default(), bytes: b"" };
    codec(Framing::Plain).encode_reading(&["value".into()], &reading, &mut keyless).unwrap();
    assert_eq!(keyless, [0, 14, 2, 10, b'v', b'a', b'l', b'u', b'e', 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0]);
    assert_eq!(read(&Avro::default(), b"k", &keyless), Ok(("k".into(), 7, vec![1.0])));
    assert!(read(&Avro::default(), b"", &keyless).unwrap_err().contains("no key"));
    assert!(read(&Avro::default(), b"\xff", &keyless).unwrap_err().contains("UTF-8"));
    keyless[16] = 0x7f;
    keyless[15] = 0xf8;
    assert!(read(&Avro::default(), b"k", &keyless).unwrap_err().contains("value is missing or not a number"));
}

#[test]
fn aggregates_round_trip() {
    let column = |path: &[&str], index, counts| Column {
        path: path.iter().map(|name| (*name).into()).collect(),
        of: Of::Value { index, counts },
    };
    let aggregate = Aggregate {
        key: "a".into(),
        start: -10,
        end: 1_709_294_410_000_000,
        result: ResultState::Early,
        readings: 3,
        shape: Shape::new(vec![column(&["t", "count"], 0, true), column(&["mean"], 1, false)]).into(),
        values: [3.0, 0.1 + 0.2].into(),
    };
    for result in [ResultState::Early, ResultState::Final] {
        let data = Data::row(Aggregate { result, ..aggregate.clone() });
        let mut bytes = vec![];
        codec(Framing::Confluent).encode(&data, &mut bytes).unwrap();
        assert_eq!(codec(Framing::Confluent).decode(Aggregate::KIND, &Message::of(&bytes)), Ok(data));
        for cut in 0..bytes.len() {
            assert!(codec(Framing::Confluent).decode(Aggregate::KIND, &Message::of(&bytes[..cut])).is_err());
        }
    }
    // of all columns, only measures are in the schema
    let mut more = aggregate.clone();
    more.shape = Shape::new(
        [vec![Column { path: vec!["key".into()], of: Of::Key }], more.shape.columns.clone()].concat(),
    )
    .into();
    let (mut bytes, mut wanted) = (vec![], vec![]);
    codec(Framing::Plain).encode(&Data::row(more), &mut bytes).unwrap();
    codec(Framing::Plain).encode(&Data::row(aggregate), &mut wanted).unwrap();
    assert_eq!(bytes, wanted);
}

#[test]
fn invalid_bytes_give_a_reason() {
    let (mut good, mut seed) = (vec![], 1u32);
    write_reading(&["rh".into(), "value".into()], &readings().iter().next().unwrap(), &mut good);
    for _ in 0..50_000 {
        let mut bad = good.clone();
        for _ in 0..2 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (seed >> 8) as usize % bad.len();
            bad[at] = seed as u8;
        }
        let _ = read(&Avro::default(), b"k", &bad);
        let _ = codec(Framing::Plain).decode(Aggregate::KIND, &Message::of(&bad));
    }
}
