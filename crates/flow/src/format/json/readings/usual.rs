//! The fast path gives the same results as the scanner.

use super::tests::{named, some};
use super::*;

/// For any message, a decoder that has read other messages gives the same result as a new one.
#[test]
fn earlier_messages_do_not_change_a_reading() {
    let paths = Json {
        key: some("s.id"),
        values: named(&[("t", "p.temp"), ("h", "p.h")]),
        id: some("id"),
        ..Json::default()
    };
    let berlin = Json { time_zone: some("Europe/Berlin"), id: some("id"), ..Json::default() };
    let arrival = Json { time: "arrival".into(), key: some("key"), ..Json::default() };
    let plain = [
        r#"{"ts": "2024-03-01T12:00:03.120000", "value": 42}"#,
        r#"{"ts": "2024-03-01T12:00:04", "value": -0.5, "id": "a-1"}"#,
        r#"{"ts":1709294403120,"value":21.125,"unit":"\u00b0C","more":[1,{"value":7},[]],"none":null,"bad":NaN,"id":7}"#,
        r#"{"id":null,"value":1e3,"ts":"2024-03-31T02:30:00.25Z","key":"ü"}"#,
        r#"{"value":0,"value":0.30000000000000004,"ts":"2024-03-31T02:30:59.999999","key":"s1"}"#,
        r#""{\"ts\": \"2024-03-01T12:00:03.12\", \"value\": 42}""#,
        r#"{"s":{"id":"k1"},"ts":"2024-03-01T12:00:03.120Z","p":{"temp":1.5,"h":0,"v":[1,2]},"id":"x"}"#,
        r#"{"ts":"2024-03-01T12:00:03.123456789+01:00","value":21.123456789012345}"#,
        r#"{"s":{"id":17},"ts":1709294403.5,"p":{"temp":-1,"h":60.25},"note":"größer"}"#,
    ];
    let mut seed = 11u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    for settings in [Json::default(), berlin, arrival, paths] {
        let mut reader = Reader::new(&settings).unwrap();
        let (mut base, mut quick, mut taken, mut refused) = (0, 0, 0, 0);
        for round in 0..60_000 {
            // a run of one shape, most of which are complete and differ in their digits
            if round % 20 == 0 {
                base = next(plain.len());
            }
            let mut bytes = plain[base].as_bytes().to_vec();
            for _ in 0..next(6) {
                let at = next(bytes.len());
                match next(40) {
                    0 if bytes.len() > 1 => drop(bytes.remove(at)),
                    1 => bytes.insert(at, b"{}[]\",:\\0e-. u\x00\xc3"[next(16)]),
                    2 => bytes[at] = next(256) as u8,
                    3 => bytes.truncate(at.max(1)),
                    _ if bytes[at].is_ascii_digit() => bytes[at] = b"0123456789"[next(10)],
                    _ => {}
                }
            }
            let message = Message { key: b"Sensor1", bytes: &bytes, time: 5 };
            let arrival = Arrival { time: 9_000_000, offset: round, id: None };
            let read = |reader: &mut Reader| {
                let mut readings = Readings::new(reader.value_names(), "line ".into());
                let result = reader.read(&message, arrival, &mut readings);
                assert_eq!(readings.len(), usize::from(result.is_ok()));
                (result, readings)
            };
            let fresh = read(&mut Reader::new(&settings).unwrap());
            let result = read(&mut reader);
            // a missing value is NaN, which equals nothing
            assert_eq!(format!("{result:?}"), format!("{fresh:?}"), "{}", String::from_utf8_lossy(&bytes));
            quick += usize::from(reader.pattern.fitted());
            match result.0 {
                Ok(()) => taken += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(quick > 3000 && taken > 6000 && refused > 3000, "{quick} {taken} {refused}");
    }
}
