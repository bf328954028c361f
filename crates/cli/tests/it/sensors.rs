//! Sensor readings compared with tables computed elsewhere: from files, and over Kafka with several processes.

use crate::log::Writer;
use crate::passband::{count, good, pipeline, start, write};
use crate::topic::{self, read};
use passband_testbed::{Kafka, Process, Stream, passband_data, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
/// The sensors of the pump; the following columns are the ground truth.
const SENSORS: usize = 8;

/// By sensor and end of the window (ms): count, minimum, maximum, mean.
type Table = BTreeMap<(String, i64), (u64, f64, f64, f64)>;

/// The lines of a test bed after the header: in the order of the file, or with some adjacent lines swapped.
fn rows(name: &str, shuffled: bool) -> Option<(String, Vec<String>)> {
    let text = std::fs::read_to_string(passband_data()?.join("sensors/skab").join(name)).unwrap();
    let mut lines = text.lines().map(str::to_owned);
    let (head, mut rows) = (lines.next().unwrap(), lines.collect::<Vec<_>>());
    if shuffled {
        // where a second is missing, lines are further apart than the grace
        let second = |row: &str| row.split(';').next().unwrap()[17..19].parse::<u32>().unwrap();
        let near = |two: &&mut [String]| (second(&two[0]) + 1) % 60 == second(&two[1]);
        rows.chunks_exact_mut(2).step_by(3).filter(near).for_each(|two| two.reverse());
    }
    Some((head, rows))
}

/// A line of JSON for each reading of a test bed.
fn readings(name: &str, shuffled: bool) -> Option<Vec<(String, String)>> {
    let (head, rows) = rows(name, shuffled)?;
    let head: Vec<&str> = head.split(';').collect();
    let row = |row: String| {
        let cells: Vec<&str> = row.split(';').collect();
        let ts = cells[0].replace(' ', "T");
        let reading = |column: usize| {
            let (key, value) = (head[column].to_owned(), cells[column]);
            let line = format!(r#"{{"key": "{key}", "ts": "{ts}", "value": {value}}}"#);
            (key, line)
        };
        (1..=SENSORS).map(reading).collect::<Vec<_>>()
    };
    Some(rows.into_iter().flat_map(row).collect())
}

fn expected(name: &str) -> Table {
    let path = passband_data().unwrap().join("sensors/expected").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let values = (number(3) as u64, number(4), number(5), number(6));
        ((cells[0].to_owned(), number(2) as i64), values)
    };
    text.lines().skip(1).map(row).collect()
}

fn add(table: &mut Table, key: &str, row: &Value, measured: &str) {
    let number = |name: &str| row[measured][name].as_f64().unwrap_or_else(|| panic!("{row}"));
    let values = (number("count") as u64, number("min"), number("max"), number("mean"));
    let of = (key.to_owned(), row["time"].as_i64().unwrap());
    assert!(table.insert(of, values).is_none(), "a window came twice: {key} {row}");
}

fn expect(got: &Table, want: &Table) {
    let missing = want.keys().find(|of| !got.contains_key(of));
    assert!(missing.is_none() && got.len() == want.len(), "{} of {}: {missing:?}", got.len(), want.len());
    for (of, (count, least, greatest, mean)) in want {
        let row = got[of];
        assert_eq!((row.0, row.1, row.2), (*count, *least, *greatest), "{of:?}");
        assert!((row.3 - mean).abs() <= 1e-12 * mean.abs(), "{of:?}: {} {mean}", row.3);
    }
}

const BEDS: [(&str, &str); 3] = [
    ("valve1/0.csv", "valve1_0_10s_windows.csv"),
    ("valve1/1.csv", "valve1_1_10s_windows.csv"),
    ("other/9.csv", "other_9_10s_windows.csv"),
];

/// The output of a run, for the sensors in `wanted`.
fn written(output: &str, measured: &str, wanted: impl Fn(&str) -> bool) -> Table {
    let mut got = Table::new();
    for line in std::fs::read_to_string(output).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let key = row["key"].as_str().unwrap();
        if wanted(key) {
            add(&mut got, key, &row, measured);
        }
    }
    got
}

#[test]
fn windows_from_files_are_the_expected_ones_in_order_and_shuffled() {
    for (name, table) in BEDS {
        for shuffled in [false, true] {
            let Some(lines) = readings(name, shuffled) else { return };
            let folder = tempfile::tempdir().unwrap();
            let [input, output] =
                ["in.ndjson", "out.ndjson"].map(|n| folder.path().join(n).display().to_string());
            let text: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
            std::fs::write(&input, text.join("\n")).unwrap();
            let set = [("INPUT", input.as_str()), ("OUTPUT", &output)];
            let told = good(&["run", "--json", &pipeline("sensors-ndjson.toml")], &set);
            assert_eq!(
                (count(&told, "in"), count(&told, "folded")),
                (lines.len() as u64, lines.len() as u64)
            );
            expect(&written(&output, "temperature", |_| true), &expected(table));
        }
    }
}

#[test]
fn windows_from_tables_do_not_depend_on_the_layout_of_sensors() {
    for ((name, table), shuffled) in BEDS.into_iter().flat_map(|bed| [(bed, false), (bed, true)]) {
        let Some((head, rows)) = rows(name, shuffled) else { return };
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (input, output) = (path("in"), path("out.ndjson"));
        std::fs::create_dir(&input).unwrap();
        let write =
            |name: &str, text: String| std::fs::write(folder.path().join("in").join(name), text).unwrap();
        let run = |set: &[(&str, &str)]| {
            let set = [&[("INPUT", input.as_str()), ("OUTPUT", &output), ("TIME", "datetime")], set].concat();
            let told = good(&["run", "--json", &pipeline("sensors-csv.toml")], &set);
            assert_eq!(count(&told, "in"), count(&told, "folded"), "{told}");
        };
        let sensors: Vec<&str> = head.split(';').take(SENSORS + 1).skip(1).collect();
        let (want, wanted) = (expected(table), |key: &str| sensors.contains(&key));

        // one column per sensor, unchanged
        write("bed.csv", format!("{head}\n{}\n", rows.join("\n")));
        run(&[("DELIMITER", ";"), ("MELT", "yes")]);
        expect(&written(&output, "value", wanted), &want);

        // one column that names the sensor
        let cell = |row: &str, column: usize| row.split(';').nth(column).unwrap().to_owned();
        let cells = |row: &String| {
            let named = sensors.iter().enumerate();
            let line = |(at, key): (usize, &&str)| format!("{},{key},{}", cell(row, 0), cell(row, at + 1));
            named.map(line).collect::<Vec<_>>()
        };
        let lines: Vec<String> = rows.iter().flat_map(cells).collect();
        write("bed.csv", format!("datetime,sensor,value\n{}", lines.join("\n")));
        run(&[("KEY", "sensor")]);
        expect(&written(&output, "value", wanted), &want);

        // one file per sensor
        std::fs::remove_file(folder.path().join("in/bed.csv")).unwrap();
        for (at, key) in sensors.iter().enumerate() {
            let lines = rows.iter().map(|row| format!("{},{}\n", cell(row, 0), cell(row, at + 1)));
            let text = format!("datetime,value\n{}", lines.collect::<String>());
            let output = path(key);
            std::fs::write(path(&format!("{key}.csv")), text).unwrap();
            let (input, set) = (path(&format!("{key}.csv")), [("TIME", "datetime")]);
            let set = [&[("INPUT", input.as_str()), ("OUTPUT", &output)], &set[..]].concat();
            good(&["run", "--json", &pipeline("sensors-csv.toml")], &set);
            let mut want = want.clone();
            want.retain(|(of, _), _| of == key);
            expect(&written(&output, "value", |_| true), &want);
        }
    }
}

/// A job on the reference topic's readings.
struct Job<'a> {
    kafka: &'a Kafka,
    readings: String,
    results: String,
    refused: String,
    group: String,
}

/// Starts a process of a group that computes windows of readings; the topics are those of readings, results and
/// refusals.
pub fn begin(
    kafka: &Kafka,
    pipeline: &str,
    [readings, results, refused]: [&String; 3],
    group: &str,
    instance: u32,
    more: &[(&str, &str)],
) -> Process {
    let instance = instance.to_string();
    let set = [
        ("KAFKA_BROKERS", kafka.bootstrap()),
        ("READINGS", readings),
        ("AGGREGATES", results),
        ("REFUSED", refused),
        ("GROUP", group),
        ("INSTANCE", &instance),
    ];
    start(&["run", "--json", pipeline], &[&set[..], more].concat())
}

impl<'a> Job<'a> {
    fn on(kafka: &'a Kafka, readings: &str) -> Self {
        let [results, refused, group] = ["agg", "refused", "group"].map(unique);
        Self { kafka, readings: readings.to_owned(), results, refused, group }
    }
    fn begin(&self, instance: u32, idle_after: &str) -> Process {
        let topics = [&self.readings, &self.results, &self.refused];
        begin(
            self.kafka,
            &pipeline("sensors-kafka.toml"),
            topics,
            &self.group,
            instance,
            &[("IDLE_AFTER", idle_after)],
        )
    }
    /// The windows, once there are this many.
    fn windows(&self, enough: usize) -> Table {
        let mut got = Table::new();
        for record in read(self.kafka.bootstrap(), &self.results, enough, LIMIT) {
            let row: Value = serde_json::from_slice(&record.value).unwrap();
            add(&mut got, std::str::from_utf8(&record.key).unwrap(), &row, "temperature");
        }
        got
    }
}

#[test]
fn windows_over_kafka_are_the_same_on_one_two_and_three_processes() {
    for ((name, table), shuffled) in BEDS[..2].iter().zip([false, true]) {
        let Some(lines) = readings(name, shuffled) else { return };
        let Some(kafka) = Kafka::shared() else { return };
        let want = expected(table);
        let source = unique("raw-temperature");
        kafka.run(&["topics", "--create", "--topic", &source, "--partitions", "4"], "");
        topic::write(kafka.bootstrap(), &source, &lines);
        // the last reading of each partition closes all earlier windows
        let ends = Writer::open(kafka.bootstrap(), &source);
        (0..4).for_each(|at| ends.write(Some(at), "last", br#"{"ts": "2024-01-01T00:00:00", "value": 0}"#));
        ends.flush();
        for processes in 1..=3 {
            let job = Job::on(kafka, &source);
            let mut running: Vec<Process> = (0..processes).map(|instance| job.begin(instance, "")).collect();
            expect(&job.windows(want.len()), &want);
            let (mut folded, mut said) = (0, vec![]);
            for process in &mut running {
                process.interrupt();
                assert!(process.wait(LIMIT).is_some());
                said.push(process.lines(Stream::Err).join("\n"));
                folded += count(&said[said.len() - 1], "folded");
            }
            assert_eq!(folded, lines.len() as u64 + 4, "{said:#?}");
        }
    }
}

#[test]
fn the_last_window_closes_when_idle() {
    let Some(kafka) = Kafka::shared() else { return };
    let source = unique("raw-temperature");
    kafka.run(&["topics", "--create", "--topic", &source, "--partitions", "1"], "");
    // few enough to be read at once, so that the time does not matter
    let line = |second: u32| ("a", format!(r#"{{"ts": "2024-03-01T12:00:0{second}", "value": {second}}}"#));
    topic::write(kafka.bootstrap(), &source, &[line(1), line(2), line(6)]);
    let job = Job::on(kafka, &source);
    let _process = job.begin(1, "1 s");
    let window = (("a".to_owned(), 1_709_294_410_000), (3, 1.0, 6.0, 3.0));
    expect(&job.windows(1), &Table::from([window]));
}

#[test]
fn late_readings_of_a_file_are_reported_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        r#"{"key": "a", "ts": "2024-03-01T12:00:30", "value": 1}"#,
        "",
        r#"{"key": "a", "ts": "next Tuesday", "value": 1}"#,
        r#"{"key": "a", "ts": "2024-03-01T12:00:03", "value": 2}"#,
    ];
    let input = write(&folder, "readings.ndjson", &lines.join("\n"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (output, refused) = (path("windows.ndjson"), path("refused.ndjson"));
    let set = [("INPUT", &*input), ("OUTPUT", &*output), ("REFUSED", &*refused)];
    let told = good(&["run", "--json", &pipeline("sensors-ndjson.toml")], &set);
    let counts = ["in", "folded", "late", "refused"].map(|name| count(&told, name));
    assert_eq!(counts, [3, 1, 1, 1], "{told}");
    let refused = std::fs::read_to_string(&refused).unwrap();
    let places: Vec<String> = refused
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| format!("{} {}", row["source"], row["reason"]).replace('"', ""))
        .collect();
    assert!(places[0].contains("readings.ndjson, line 3 ts: 'next Tuesday'"), "{places:?}");
    assert!(places[1].contains("readings.ndjson, line 4 late"), "{places:?}");
}
