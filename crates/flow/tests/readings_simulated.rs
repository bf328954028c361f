//! Simulated sensors: reproducible, and with the requested share of irregular readings.

use passband_flow::data::{Data, Input, Position, Positions, Readings};
use passband_flow::engine::Context;
use passband_flow::format::{Choice, Message};
use passband_flow::part::{SourcePlan, Turn};
use passband_flow::source::pace::Pace;
use passband_flow::source::simulate::{Signal, Simulate};
use passband_signal::{Duration, Share};
use std::collections::HashMap;

const BEGAN: i64 = 1_700_000_000_000_000;

fn settings() -> Simulate {
    Simulate {
        signal: Signal::Sensors,
        readings: Some(100_000),
        every: Duration(0.1),
        disorder: Share(0.05),
        late: Share(0.005),
        doubled: Share(0.001),
        broken: Share(0.001),
        gaps: Share(0.01),
        pace: Pace::Fast,
        recording: Some(BEGAN),
        ..Simulate::default()
    }
}

fn all(settings: &Simulate, from: i64) -> Vec<Readings> {
    let mut source = settings.open(&Context::default()).unwrap();
    let position = Position { offset: from, ..Position::default() };
    source.resume(&Positions::from([(0, position)])).unwrap();
    let mut batch = vec![];
    while source.next(&mut batch).unwrap() == Turn::More {}
    let datum = |input| match input {
        Input::Datum(_, _, Data::Readings(readings)) => *readings,
        other => panic!("{other:?}"),
    };
    batch.into_iter().map(datum).collect()
}

#[test]
fn irregular_readings_have_their_share() {
    let all = all(&settings(), 0);
    let (mut newest, mut times, mut shares) = (0, HashMap::new(), [0; 3]);
    for (n, reading) in all.iter().flat_map(Readings::iter).enumerate() {
        assert_eq!(reading.arrival.offset, n as i64);
        let behind = newest - reading.time;
        newest = newest.max(reading.time);
        shares[0] += usize::from(behind > 0 && behind <= 1_600_000);
        shares[1] += usize::from(behind > 1_600_000);
        shares[2] += usize::from(!reading.bytes.ends_with(b"}"));
        assert!(behind < 61_600_000 && reading.arrival.time >= reading.time);
        *times.entry(reading.arrival.id).or_insert(0) += 1;
    }
    let [disorder, late, broken] = shares;
    assert!((3000..5500).contains(&disorder) && (400..600).contains(&late) && (60..150).contains(&broken));
    let doubled = times.values().filter(|times| **times == 2).count();
    assert!((60..150).contains(&doubled) && times.values().all(|times| *times <= 2));
    assert!((98_700..99_300).contains(&times.len()), "{}", times.len());
}

#[test]
fn readings_are_reproducible_from_any_position() {
    let (whole, from) = (all(&settings(), 0), 12_345);
    let rest = all(&settings(), from);
    let right = whole.iter().flat_map(Readings::iter).skip(from as usize);
    assert!(right.eq(rest.iter().flat_map(Readings::iter)));
}

#[test]
fn the_bytes_encode_the_same_readings() {
    let tidy = Simulate { broken: Share(0.0), readings: Some(5000), ..settings() };
    let mut reader = Choice::named("json").unwrap().open().unwrap().readings().unwrap();
    for reading in all(&tidy, 0).iter().flat_map(Readings::iter) {
        let mut read = Readings::new(reader.value_names(), "".into());
        let message = Message { key: reading.key.as_bytes(), bytes: reading.bytes, time: 0 };
        reader.read(&message, reading.arrival, &mut read).unwrap();
        let read = read.iter().next().unwrap();
        assert_eq!((read.key, read.time, read.values), (reading.key, reading.time, reading.values));
    }
}
