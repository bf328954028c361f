//! Tables of other programs, and invalid tables.

use super::*;
use crate::data::{Aggregate, Arrival, Column, Of, Readings, ResultState, Shape, name_hash};

fn named(values: &[(&str, &str)]) -> Named {
    Named(values.iter().map(|(name, path)| ((*name).into(), (*path).into())).collect())
}

/// The readings of a file, and the refused lines.
fn read(settings: Csv, text: &str) -> (Readings, Vec<(usize, String)>) {
    let mut reader = settings.codec().readings().unwrap();
    let (mut readings, mut refused) = (Readings::new(reader.value_names(), "line ".into()), vec![]);
    reader.begin();
    for (at, line) in text.split('\n').enumerate() {
        let arrival = Arrival { time: 5, offset: at as i64, id: None };
        if let Err(why) = reader.read(&Message::of(line.as_bytes()), arrival, &mut readings) {
            refused.push((at, why));
        }
    }
    (readings, refused)
}

/// Replaces NaN, which does not equal itself.
const NONE: f64 = -1e300;

fn rows(readings: &Readings) -> Vec<(String, i64, Vec<f64>)> {
    let values =
        |reading: &[f64]| reading.iter().map(|value| if value.is_nan() { NONE } else { *value }).collect();
    readings.iter().map(|reading| (reading.key.into(), reading.time, values(reading.values))).collect()
}

#[test]
fn a_table_is_read_by_the_names_of_its_columns() {
    let settings = Csv {
        delimiter: ";".into(),
        key: Some("sensor".into()),
        time: "timestamp".into(),
        values: named(&[("t", "temp °C"), ("rh", "rh")]),
        id: Some("n".into()),
        ..Csv::default()
    };
    let text = concat!(
        "\u{feff}n;\"temp °C\";sensor;rh;timestamp\r\n",
        "1;21.5;a;0.5;2024-03-01 12:00:00\r\n",
        "2; -1e1 ;\"b;\"\"c\"\"\";1;\"1709294401\"\r\n",
        "\r\n",
        "3;;a;1;2024-03-01 12:00:00\r\n",
        "4;NaN;a;1;2024-03-01 12:00:00\r\n",
        "5;1;a;1\r\n",
        "6;1;a;1;2024-03-01 12:00:00;7;8\r\n",
        "7;1;;1;2024-03-01 12:00:00\r\n",
        "8;1;a;1;noon\r\n",
        "9;1;\"a;1;2024-03-01 12:00:00\r\n",
        "10;1;\"a\"b;1;2024-03-01 12:00:00\r\n",
        ";1;a;1;1709294402",
    );
    let (readings, refused) = read(settings.clone(), text);
    let noon = 1_709_294_400_000_000;
    let wanted = [
        ("a".to_owned(), noon, vec![21.5, 0.5]),
        ("b;\"c\"".to_owned(), noon + 1_000_000, vec![-10.0, 1.0]),
        ("a".to_owned(), noon, vec![NONE, 1.0]),
        ("a".to_owned(), noon, vec![NONE, 1.0]),
        ("a".to_owned(), noon + 2_000_000, vec![1.0, 1.0]),
    ];
    assert_eq!(rows(&readings), wanted);
    let ids: Vec<_> = readings.iter().map(|reading| reading.arrival.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 0].map(|n: u8| (n > 0).then(|| name_hash(n.to_string().as_bytes()))));
    assert_eq!(readings.missing(0), 2);
    assert_eq!(readings.iter().next().unwrap().bytes, b"1;21.5;a;0.5;2024-03-01 12:00:00\r");
    let whys = [
        (6, "timestamp: '' is neither a time"),
        (7, "7 fields"),
        (8, "no key"),
        (9, "timestamp: 'noon' is neither a time"),
        (10, "not closed"),
        (11, "follows the closing quote"),
    ];
    assert_eq!(refused.len(), whys.len(), "{refused:?}");
    for ((at, why), (line, part)) in refused.iter().zip(whys) {
        assert!(*at == line && why.contains(part), "{at}: {why}");
    }

    // the file is refused if a column is missing
    let (none, refused) = read(settings, "n;sensor;timestamp;rh\n1;a;1;1\n2;a;1;1");
    assert!(
        none.is_empty() && refused[0].1.contains("no column temp °C; there are n, sensor, timestamp, rh")
    );
}

#[test]
fn tables_without_a_header_and_invalid_settings() {
    let plain = Csv {
        columns: vec!["ts".into(), "value".into()],
        delimiter: "tab".into(),
        time_unit: TimeUnit::Seconds,
        ..Csv::default()
    };
    let mut reader = plain.codec().readings().unwrap();
    let mut readings = Readings::new(reader.value_names(), "".into());
    let message = Message { key: b"k", bytes: b"1000\t0.1\n", time: 0 };
    assert_eq!(reader.read(&message, Arrival::default(), &mut readings), Ok(()));
    assert_eq!(rows(&readings), [("k".to_owned(), 1_000_000_000, vec![0.1])]);
    let bad = Message { bytes: b"1000\t\xff", ..message };
    assert!(reader.read(&bad, Arrival::default(), &mut readings).unwrap_err().contains("should be a number"));
    assert!(
        reader.read(&Message::of(b"1\t1"), Arrival::default(), &mut readings).unwrap_err().contains("no key")
    );
    for (settings, why) in [
        (Csv { delimiter: "ab".into(), ..Csv::default() }, "delimiter"),
        (Csv { delimiter: "\"".into(), ..Csv::default() }, "delimiter"),
        (Csv { delimiter: "°".into(), ..Csv::default() }, "delimiter"),
        (Csv { melt: Melt::Yes, key: Some("a".into()), ..Csv::default() }, "melt"),
        (Csv { columns: vec!["a".into()], ..Csv::default() }, "no column ts"),
        (Csv { time_zone: Some("Nowhere".into()), ..Csv::default() }, "Nowhere"),
    ] {
        assert!(settings.codec().readings().err().unwrap().contains(why));
    }
}

#[test]
fn a_wide_table_gives_a_reading_per_column() {
    let settings = Csv { melt: Melt::Yes, time_unit: TimeUnit::Seconds, ..Csv::default() };
    let (readings, refused) = read(settings.clone(), "ts,a,b\n1,0.5,\n2,1,2\n3,1,x");
    let wanted = [("a", 1, 0.5), ("a", 2, 1.0), ("b", 2, 2.0), ("a", 3, 1.0)];
    let wanted = wanted.map(|(key, time, value)| (key.to_owned(), time * 1_000_000, vec![value]));
    assert_eq!((rows(&readings), refused), (wanted.to_vec(), vec![]));
    // a field that is neither a number nor a word for a missing value is counted
    assert_eq!(readings.missing(0), 1);
    let some = Csv { values: named(&[("north", "b")]), ..settings };
    assert_eq!(rows(&read(some, "ts,a,b\n1,x,2").0), [("north".to_owned(), 1_000_000, vec![2.0])]);
}

#[test]
fn any_text_gives_readings_or_a_reason() {
    let good = b"ts,key,value,\"x\"\"y\"\n2024-03-01T12:00:00,a,42.5,\"\"\n\"1709294400\",\"b\",1e3,z";
    let mut seed = 1u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let mut found = 0;
    for round in 0..20_000 {
        let mut bytes = good.to_vec();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            bytes[at] = if round % 2 == 0 { next(256) as u8 } else { b"\",\n\r0-. "[next(8)] };
        }
        let settings = Csv { key: Some("key".into()), ..Csv::default() };
        let mut reader = settings.codec().readings().unwrap();
        let mut readings = Readings::new(reader.value_names(), "".into());
        reader.begin();
        for line in bytes.split(|byte| *byte == b'\n') {
            let _ = reader.read(&Message::of(line), Arrival::default(), &mut readings);
        }
        found += readings.len();
    }
    assert!(found > 4000, "{found}");
}

/// Real tables: of one sensor, of rows with an unnamed index, and wide ones compared with windows computed elsewhere.
#[test]
fn tables_of_other_programs() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let folder = data.join("sensors");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();

    let occupancy = text("occupancy/datatest.txt");
    let settings = Csv {
        time: "date".into(),
        values: named(&[("Temperature", "Temperature"), ("CO2", "CO2")]),
        ..Csv::default()
    };
    let mut reader = settings.codec().readings().unwrap();
    let mut readings = Readings::new(reader.value_names(), "".into());
    reader.begin();
    for line in occupancy.lines() {
        let message = Message { key: b"room", bytes: line.as_bytes(), time: 0 };
        reader.read(&message, Arrival::default(), &mut readings).unwrap();
    }
    assert_eq!(readings.len(), occupancy.lines().count() - 1);
    // date -u -d '2015-02-02 14:19' +%s
    assert_eq!(rows(&readings)[0], ("room".into(), 1_422_886_740_000_000, vec![23.7, 749.2]));

    for name in ["valve1/0", "valve1/1", "other/9"] {
        let settings =
            Csv { delimiter: ";".into(), time: "datetime".into(), melt: Melt::Yes, ..Csv::default() };
        let (readings, refused) = read(settings, &text(&format!("skab/{name}.csv")));
        assert_eq!(refused, []);
        let mut windows = std::collections::BTreeMap::<(String, i64), Vec<f64>>::new();
        for (key, time, values) in rows(&readings) {
            windows.entry((key, time.div_euclid(10_000_000) * 10_000)).or_default().push(values[0]);
        }
        let expected = text(&format!("expected/{}_10s_windows.csv", name.replace('/', "_")));
        for line in expected.lines().skip(1) {
            let fields: Vec<_> = line.split(',').collect();
            let values = windows.remove(&(fields[0].into(), fields[1].parse().unwrap())).expect(line);
            let number = |at: usize| fields[at].parse::<f64>().unwrap();
            assert_eq!(values.len() as f64, number(3), "{line}");
            assert_eq!(values.iter().copied().fold(f64::MAX, f64::min), number(4), "{line}");
            assert_eq!(values.iter().copied().fold(f64::MIN, f64::max), number(5), "{line}");
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((mean - number(6)).abs() <= 1e-12 * mean.abs(), "{line}");
        }
        // the remaining column is the ground truth, which is not a sensor
        assert!(windows.keys().all(|(key, _)| ["anomaly", "changepoint"].contains(&&**key)), "{name}");
    }
}

#[test]
fn windows_are_written_as_a_table() {
    let column = |(path, of): (&str, Of)| Column { path: path.split('.').map(String::from).collect(), of };
    let value = |index| Of::Value { index, counts: index == 0 };
    let columns = [
        ("time", Of::End),
        ("t.count", value(0)),
        ("t.min", value(1)),
        ("t.max", value(2)),
        ("n", Of::Readings),
    ];
    let mut aggregate = Aggregate {
        key: "a,\"b\"".into(),
        start: 1_709_294_400_000_000,
        end: 1_709_294_410_000_000,
        result: ResultState::Final,
        readings: 3,
        shape: Shape::new(columns.map(column).into()).into(),
        values: [2.0, 1e-7, f64::NAN].into(),
    };
    let (mut codec, mut out) = (Csv::default().codec(), vec![]);
    codec.begin(Aggregate::KIND, &mut out);
    for _ in 0..2 {
        codec.append(&Data::row(aggregate.clone()), &mut out).unwrap();
    }
    let row = "\"a,\"\"b\"\"\",1709294410000,2,1e-7,,3\n";
    assert_eq!(String::from_utf8(out).unwrap(), format!("key,time,t.count,t.min,t.max,n\n{row}{row}"));

    aggregate.result = ResultState::Early;
    let early = codec.append(&Data::row(aggregate.clone()), &mut vec![]).unwrap_err();
    assert!(early.to_string().contains("a column result"), "{early}");
    let columns =
        [("s", Of::Key), ("r", Of::Result), ("from", Of::StartIso), ("to", Of::EndIso), ("ms", Of::Start)];
    aggregate.shape = Shape::new(columns.map(column).into()).into();
    let (mut codec, mut out) = (Csv { delimiter: ";".into(), ..Csv::default() }.codec(), vec![]);
    codec.append(&Data::row(aggregate), &mut out).unwrap();
    let wanted = concat!(
        "s;r;from;to;ms\n",
        "\"a,\"\"b\"\"\";early;2024-03-01T12:00:00Z;2024-03-01T12:00:10Z;1709294400000\n"
    );
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
}
