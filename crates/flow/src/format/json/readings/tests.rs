//! Readings in different notations; refused messages and the reasons.

use super::*;
use crate::config::Named;
use crate::data::Data;
use crate::format::Format;

/// 2024-03-01T12:00:03.12Z.
const AT: i64 = 1_709_294_403_120_000;
const PLAIN: &str = r#"{"ts": "2024-03-01T12:00:03.120000", "value": 42}"#;

pub fn some(text: &str) -> Option<String> {
    Some(text.into())
}

pub fn named(values: &[(&str, &str)]) -> Named {
    Named(values.iter().map(|(name, path)| ((*name).into(), (*path).into())).collect())
}

/// The keys, times, values and ids of a message.
type Rows = (String, i64, Vec<f64>, Option<u64>);

fn read(settings: &Json, key: &[u8], bytes: &[u8]) -> Result<Rows, String> {
    let mut reader = Reader::new(settings)?;
    let mut readings = Readings::new(reader.value_names(), "line ".into());
    let arrival = Arrival { time: 9_000_000, offset: 7, id: None };
    let result = reader.read(&Message { key, bytes, time: 9_000_000 }, arrival, &mut readings);
    assert_eq!(usize::from(result.is_ok()), readings.len());
    result?;
    let reading = readings.iter().next().unwrap();
    assert_eq!((reading.bytes, reading.arrival.offset, reading.arrival.time), (bytes, 7, 9_000_000));
    Ok((reading.key.into(), reading.time, reading.values.to_vec(), reading.arrival.id))
}

#[test]
fn the_reference_readings_are_read() {
    let twice = serde_json::to_string(PLAIN).unwrap();
    let same = [
        PLAIN,
        &twice,
        r#""{\u0022ts\": \"2024-03-01T12:00:03.12\", \"value\": 42}""#,
        r#" { "value" : 4.2e1 , "ts" : 1709294403.12 } "#,
        r#"{"ts":1709294403120,"value":42,"unit":"\u00b0C","more":[1,{"value":7}],"none":null,"bad":NaN,"x":-Infinity}"#,
        r#"{"value":1,"ts":"2024-03-01T13:00:03.12+01:00","value":42.0}"#,
        r#"{"ts":"2024-03-01T12\u003a00:03.12Z","v\u0061lue":42}"#,
    ];
    for text in same {
        let result = read(&Json::default(), b"Sensor1", text.as_bytes());
        assert_eq!(result, Ok(("Sensor1".into(), AT, vec![42.0], None)), "{text}");
    }
    // no fraction where it is zero
    let whole = br#"{"ts": "2024-03-01T12:00:03", "value": -0.5}"#;
    assert_eq!(read(&Json::default(), b"k", whole).unwrap().1, AT - 120_000);
}

#[test]
fn fields_are_found_by_their_paths() {
    let settings = Json {
        key: some("sensor.id"),
        time: "sensor.seen.at".into(),
        values: named(&[("temp", "payload.temp"), ("same", "payload.temp"), ("température", "température")]),
        id: some("uuid"),
        time_zone: some("Europe/Berlin"),
        ..Json::default()
    };
    let text = concat!(
        r#"{"uuid":"a-\u0031","payload":{"rh":1,"temp":21.5},"sensor":{"seen":{"at":"2024-03-01T13:00:03.12"},"#,
        r#""id":17},"temp\u00e9rature":3}"#
    );
    let result = read(&settings, b"", text.as_bytes());
    assert_eq!(result, Ok(("17".into(), AT, vec![21.5, 21.5, 3.0], Some(name_hash(b"a-1")))));
    let names = Reader::new(&settings).unwrap().value_names();
    assert_eq!(*names, ["temp", "same", "température"]);

    let nameless = text.replace("uuid", "guid").replace("17", r#""süd \"1\"""#);
    assert_eq!(read(&settings, b"", nameless.as_bytes()).unwrap().3, None);
    assert_eq!(read(&settings, b"", nameless.as_bytes()).unwrap().0, "süd \"1\"");

    let arrival = Json { time: "arrival".into(), ..Json::default() };
    assert_eq!(read(&arrival, b"k", br#"{"value":1}"#), Ok(("k".into(), 9_000_000, vec![1.0], None)));
    let mut reader = Reader::new(&arrival).unwrap();
    let mut none = Readings::new(reader.value_names(), "".into());
    let untimed =
        reader.read(&Message { key: b"k", bytes: br#"{"value":1}"#, time: 0 }, Arrival::default(), &mut none);
    assert!(untimed.unwrap_err().contains("no time of arrival"));

    let abroad = Json { time_zone: some("Mars/Utopia"), ..Json::default() };
    assert!(Reader::new(&abroad).err().unwrap().contains("Mars/Utopia"));
}

#[test]
fn invalid_readings_are_refused_with_the_field() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (text, why) in [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("{", "ends early, after 1 bytes"),
        (r#"{"ts": "2024-03-01T12:00:03"#, "ends early"),
        (r#"{"value":1"#, "ends early"),
        (r#"{"value":1,}"#, "'}' is unexpected at byte 11"),
        (r#"{"value":01}"#, "'1' is unexpected at byte 10"),
        (r#"{"value":1.}"#, "'}' is unexpected"),
        (r#"{"value":+1}"#, "'+' is unexpected"),
        (r#"{"value":1} x"#, "'x' is unexpected"),
        (r#"{"value":nul}"#, "'}' is unexpected"),
        ("{\"value\":\"a\nb\"}", "is unexpected"),
        (r#"{"value":"\x"}"#, "'x' is unexpected"),
        (&deep, "item 1 of its list: it is a list"),
        ("[1,2]", "item 1 of its list: it is a number, and should be an object"),
        ("42", "it is a number"),
        ("null", "it is null"),
        (r#""hello""#, "not JSON"),
        (r#""[1]""#, "item 1 of its list: it is a number"),
        ("[]", "its list is empty"),
        (r#"{"value":nano}"#, "'o' is unexpected"),
        (r#"{"value":-}"#, "'}' is unexpected"),
        (r#""\ud800""#, "unpaired surrogate"),
        (r#"{"value":1}"#, "no field ts"),
        (r#"{"ts":1}"#, "no field value"),
        (r#"{"ts":1,"value":null}"#, "value is null, and should be a number"),
        (r#"{"ts":1,"value":true}"#, "value is true"),
        (r#"{"ts":1,"value":"42"}"#, "value is a string"),
        (r#"{"ts":1,"value":[42]}"#, "value is a list"),
        (r#"{"ts":1,"value":{}}"#, "value is an object"),
        (r#"{"ts":1,"value":NaN}"#, "value is NaN"),
        (r#"{"ts":1,"value":-Infinity}"#, "value is -Infinity"),
        (r#"{"ts":1,"value":1e999}"#, "value is out of range: 1e999"),
        (r#"{"ts":null,"value":1}"#, "ts is null, and should be a time"),
        (r#"{"ts":false,"value":1}"#, "ts is false"),
        (r#"{"ts":"noon","value":1}"#, "ts: 'noon' is neither a time"),
        (r#"{"ts":"2024-02-30T00:00","value":1}"#, "no such day"),
        (r#"{"ts":1e99,"value":1}"#, "beyond the years"),
    ] {
        let result = read(&Json::default(), b"k", text.as_bytes()).expect_err(text);
        assert!(result.contains(why), "{text}: {result}");
    }
    let broken = read(&Json::default(), b"k", b"{\"ts\":1,\"value\":1,\"\xff\":0}");
    assert_eq!(broken, Err("it is not UTF-8: byte 19".into()));
    let keyless = |key: &[u8]| read(&Json::default(), key, PLAIN.as_bytes()).unwrap_err();
    assert_eq!((&*keyless(b""), &*keyless(b"\xff")), ("it has no key", "its key is not UTF-8"));
    let keyed = Json { key: some("sensor"), ..Json::default() };
    for (key, why) in [
        ("null", "sensor is null"),
        ("\"\"", "it has no key"),
        ("{}", "sensor is an object"),
        ("\"\\udc00\"", "sensor: a string has an unpaired"),
    ] {
        let result =
            read(&keyed, b"k", format!(r#"{{"ts":1709294400,"value":1,"sensor":{key}}}"#).as_bytes())
                .unwrap_err();
        assert!(result.contains(why), "{result}");
    }
    assert!(read(&keyed, b"k", PLAIN.as_bytes()).unwrap_err().contains("no field sensor"));
}

/// Valid JSON is the same as for serde_json, and no input panics.
#[test]
fn validity_agrees_with_serde_json() {
    let settings = Json { key: some("s.id"), id: some("u"), ..Json::default() };
    let good =
        r#"{"s":{"id":"a\n\"\u00e9","x":[1,-0.5e+3,true,null,{}]},"ts":1709294403.12,"value":42.5,"u":"ü€"}"#;
    let twice = serde_json::to_string(good).unwrap();
    let mut seed = 3u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let (mut taken, mut refused) = (0, 0);
    for round in 0..60_000 {
        let mut bytes = if round % 3 == 0 { twice.clone().into_bytes() } else { good.as_bytes().to_vec() };
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(4) {
                0 if bytes.len() > 1 => drop(bytes.remove(at)),
                1 => bytes.insert(at, b"{}[]\",:\\0e-. u\x00\xc3"[next(16)]),
                2 => bytes[at] = next(256) as u8,
                _ => bytes.truncate(at.max(1)),
            }
        }
        let ours = read(&settings, b"", &bytes);
        // numbers out of range are refused by the fields; unpaired surrogates only in texts that are selected
        match serde_json::from_slice::<serde_json::Value>(&bytes) {
            Ok(_) => {
                let why = ours.as_ref().err().filter(|_| bytes[0] == b'{').map_or("", |why| why);
                assert!(!why.contains("not JSON"), "{why}: {}", String::from_utf8_lossy(&bytes));
                taken += usize::from(ours.is_ok());
            }
            Err(error)
                if error.to_string().contains("out of range") || error.to_string().contains("surrogate") => {}
            Err(error) => {
                assert!(ours.is_err(), "{error}: {}", String::from_utf8_lossy(&bytes));
                refused += 1;
            }
        }
        let random: Vec<u8> = (0..next(40)).map(|_| next(256) as u8).collect();
        assert!(read(&settings, b"k", &random).is_err());
    }
    assert!(taken > 1000 && refused > 1000, "{taken} {refused}");
}

#[test]
fn written_readings_are_read_by_the_same_settings() {
    let mut readings = Readings::new(["temp".into(), "rh".into()].into(), "".into());
    let times = [AT, AT - 120_000];
    for time in times {
        readings.push("a \"b\"", time, &[21.5, 0.1 + 0.2], Arrival::default(), b"");
    }
    let data = Data::Readings(Box::new(readings));
    let plain = Json { values: named(&[("rh", "rh"), ("temp", "temp")]), ..Json::default() };
    let nested = Json {
        key: some("sensor.id"),
        values: named(&[("rh", "payload.rh"), ("temp", "payload.temp")]),
        time: "sensor.at".into(),
        ..Json::default()
    };
    let lines = [
        (
            plain,
            r#"{"key":"a \"b\"","ts":"2024-03-01T12:00:03.120000Z","rh":0.30000000000000004,"temp":21.5}"#,
        ),
        (
            nested,
            r#"{"sensor":{"id":"a \"b\"","at":"2024-03-01T12:00:03.120000Z"},"payload":{"rh":0.30000000000000004,"temp":21.5}}"#,
        ),
    ];
    for (settings, line) in lines {
        let mut file = vec![];
        let mut codec = settings.clone().codec();
        codec.append(&data, &mut file).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text.lines().next(), Some(line));
        for (line, time) in text.lines().zip(times) {
            let result = read(&settings, "a \"b\"".as_bytes(), line.as_bytes()).unwrap();
            assert_eq!(result, ("a \"b\"".into(), time, vec![0.1 + 0.2, 21.5], None));
        }
        assert!(codec.encode(&data, &mut vec![]).unwrap_err().to_string().contains("2 readings"));
    }
    let mut single = Readings::new(["value".into()].into(), "".into());
    single.push("k", AT, &[42.0], Arrival::default(), b"");
    let mut message = vec![];
    Json::default().codec().encode(&Data::Readings(Box::new(single)), &mut message).unwrap();
    assert_eq!(String::from_utf8(message).unwrap(), r#"{"ts":"2024-03-01T12:00:03.120000Z","value":42.0}"#);
    let other = Json { values: named(&[("co2", "co2")]), ..Json::default() };
    assert!(other.codec().append(&data, &mut vec![]).unwrap_err().to_string().contains("co2"));
}

/// Run by hand: `cargo test --release … nanoseconds -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn nanoseconds_of_a_reading() {
    let twice = serde_json::to_string(PLAIN).unwrap();
    let keyed = r#"{"key": "Sensor1", "ts": "2024-03-01T12:00:03.120000", "value": 21.53}"#;
    let nested = r#"{"sensor": {"id": "Sensor1"}, "ts": 1709294403120, "payload": {"temp": 21.53}}"#;
    let path = Json { key: some("sensor.id"), values: named(&[("t", "payload.temp")]), ..Json::default() };
    let field = Json { key: some("key"), ..Json::default() };
    let berlin = Json { time_zone: some("Europe/Berlin"), ..Json::default() };
    let all = [
        ("flat", Json::default(), PLAIN),
        ("twice", Json::default(), &twice),
        ("key in it", field, keyed),
        ("paths", path, nested),
        ("naive in Berlin", berlin, PLAIN),
    ];
    for (name, settings, text) in all {
        let mut reader = Reader::new(&settings).unwrap();
        let message = Message { key: b"Sensor1", bytes: text.as_bytes(), time: 0 };
        let mut best = f64::MAX;
        for _ in 0..2000 {
            let mut readings = Readings::new(reader.value_names(), "".into());
            let began = std::time::Instant::now();
            for offset in 0..2000 {
                let arrival = Arrival { time: 0, offset, id: None };
                reader.read(std::hint::black_box(&message), arrival, &mut readings).unwrap();
            }
            best = best.min(began.elapsed().as_secs_f64() / 2000.0);
            assert_eq!(readings.len(), 2000);
        }
        println!("{name}: {:.1} ns", best * 1e9);
    }
}
