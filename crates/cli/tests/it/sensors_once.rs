//! Irregular readings, with kills of processes and broker and moving partitions: each window is delivered once, and
//! each reading is accounted for once, compared with the readings on the topic.

use crate::definition::{Hopping, Places, Sessions, Windows, said};
use crate::disasters::{Fleet, Random};
use crate::log::{Entry, Log, Writer};
use crate::passband::{pipeline, write};
use crate::sensors::begin;
use passband_testbed::{Kafka, Process, unique};
use serde_json::Value;
use std::time::Duration;

const PARTITIONS: i32 = 4;
const SENSORS: u64 = 50;
/// The interval between two readings, in ms.
const EVERY: u64 = 4;
/// How long to wait for expected data.
const PATIENCE: Duration = Duration::from_secs(90);

/// Number of readings of the long test.
fn readings() -> u64 {
    let set = std::env::var("PASSBAND_READINGS").ok();
    set.map_or(1_000_000, |count| count.parse().expect("PASSBAND_READINGS is a number"))
}

/// A topic of readings and its results.
struct Trial<'a> {
    kafka: &'a Kafka,
    pipeline: String,
    readings: String,
    results: String,
    refused: String,
    group: String,
}

/// The verified outcome of a test.
struct Judged {
    /// Number of readings on the topic, including the last of each partition.
    readings: u64,
    /// The sum of the counts of all windows.
    counts: u64,
    /// Numbers of late, refused and duplicate readings.
    rest: [u64; 3],
}

impl<'a> Trial<'a> {
    fn new(kafka: &'a Kafka, pipeline: String) -> Self {
        let [readings, results, refused, group] = ["raw", "windows", "refused", "group"].map(unique);
        for (topic, partitions) in [(&readings, PARTITIONS), (&results, 1), (&refused, 1)] {
            let partitions = partitions.to_string();
            kafka.run(&["topics", "--create", "--topic", topic, "--partitions", &partitions], "");
        }
        Self { kafka, pipeline, readings, results, refused, group }
    }

    fn begin(&self, instance: u32) -> Process {
        let topics = [&self.readings, &self.results, &self.refused];
        let panes = format!("{}-panes", self.group);
        let more = [("ID", "id"), ("PANES", &panes[..])];
        begin(self.kafka, &self.pipeline, topics, &self.group, instance, &more)
    }

    fn writer(&self) -> Writer {
        Writer::open(self.kafka.bootstrap(), &self.readings)
    }

    fn all(&self, topic: &str, partitions: i32) -> Vec<Entry> {
        Log::open(self.kafka.bootstrap(), topic, partitions).all()
    }

    /// Closes the last windows, waits for all results, stops the processes, and verifies the results.
    fn judge<W: Windows>(&self, fleet: Fleet<'_>, windows: impl Fn() -> W) -> Judged {
        let writer = self.writer();
        for partition in 0..PARTITIONS {
            let last = r#"{"ts": "2024-03-02T12:00:00", "value": 0, "id": "last"}"#;
            writer.write(Some(partition), "last", last.as_bytes());
        }
        writer.flush();
        let raw = self.all(&self.readings, PARTITIONS);
        let mut want = said(&raw, windows);
        let results = Log::open(self.kafka.bootstrap(), &self.results, 1);
        if let Err(count) = results.wait(want.table.len(), PATIENCE) {
            panic!("{count} of {} windows: {:#?}", want.table.len(), fleet.said());
        }
        fleet.end();
        let mut counts = 0;
        for entry in self.all(&self.results, 1) {
            let row: Value = serde_json::from_slice(&entry.value).unwrap();
            let number = |name: &str| row[name].as_i64().unwrap() * 1000;
            let of = (entry.key, number("start"), number("end"));
            let Some(cell) = want.table.remove(&of) else { panic!("{of:?} came twice or is none: {row}") };
            let value = |name: &str| row["temperature"][name].as_f64().unwrap();
            let (count, sum) =
                (row["temperature"]["count"].as_u64().unwrap(), value("mean") * cell.count as f64);
            assert_eq!(
                (count, value("min"), value("max")),
                (cell.count, cell.least, cell.greatest),
                "{of:?}"
            );
            counts += count;
            assert!((sum - cell.sum).abs() < 1e-9 * cell.sum.abs().max(1.0), "{of:?}: {row} {cell:?}");
        }
        assert!(want.table.is_empty(), "missing: {:?}", want.table.first_key_value());
        let [late, refused] = self.aside();
        assert_eq!((late.len(), refused.len()), (want.late.len(), want.refused.len()), "late and refused");
        assert!(late == want.late && refused == want.refused);
        let rest = [late.len() as u64, refused.len() as u64, want.doubled];
        println!("{} readings: {} folded; late, refused, doubled: {rest:?}", raw.len(), want.folded);
        Judged { readings: raw.len() as u64, counts, rest }
    }

    /// Partition and offset of late and of otherwise refused readings, each once.
    fn aside(&self) -> [Places; 2] {
        let (mut late, mut refused) = (Places::new(), Places::new());
        for entry in self.all(&self.refused, 1) {
            let header = |name: &str| &entry.headers.iter().find(|(key, _)| key == name).expect(name).1;
            let mut numbers = header("source").split(", ").skip(1).map(|part| {
                part.rsplit(' ').next().and_then(|number| number.parse::<i64>().ok()).expect(part)
            });
            let at = (numbers.next().unwrap() as i32, numbers.next().unwrap());
            let of = if header("reason").starts_with("late") { &mut late } else { &mut refused };
            assert!(of.insert(at), "{at:?} was put aside twice");
        }
        [late, refused]
    }
}

/// Writes reading number `n`: 5 % arrive up to 800 ms late, 0.5 % half a minute late, 0.1 % are invalid, 0.1 %
/// duplicate.
fn reading(writer: &Writer, random: &mut Random, n: u64, key: &str) {
    let ms = 43_200_000 + n * EVERY;
    let ms = match random.below(1000) {
        0..5 => ms - 30_000,
        5..55 => ms - random.below(800),
        _ => ms,
    };
    let (seconds, fraction) = (ms / 1000, format!(".{:03}000", ms % 1000));
    // as written by Python
    let fraction = if ms % 1000 == 0 { "" } else { &fraction };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let value = random.below(1000) as f64 / 8.0;
    let text = format!(
        r#"{{"ts": "2024-03-01T{hour:02}:{minute:02}:{second:02}{fraction}", "value": {value}, "id": {n}}}"#
    );
    match random.below(1000) {
        0 => writer.write(None, key, &text.as_bytes()[..text.len() / 2]),
        1 => [(); 2].iter().for_each(|()| writer.write(None, key, text.as_bytes())),
        _ => writer.write(None, key, text.as_bytes()),
    }
}

/// The reference job, with the start of windows as a column, and further sinks.
fn job(folder: &tempfile::TempDir, window: &str, more: &str) -> String {
    let text = std::fs::read_to_string(pipeline("sensors-kafka.toml")).unwrap();
    let (before, rest) = text.split_once("[window]").unwrap();
    let (_, after) = rest.split_once("[[transform]]").unwrap();
    let after = after.replace(r#"time = "end","#, r#"start = "start", end = "end","#);
    write(folder, "job.toml", &format!("{before}[window]\n{window}\n\n[[transform]]{after}{more}"))
}

#[test]
fn each_window_is_delivered_once_over_fifty_kills() {
    let Some(kafka) = Kafka::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let window = "type = \"tumbling\"\nlength = \"10 s\"\ngrace = \"1 s\"";
    let trial = Trial::new(&kafka, job(&folder, window, ""));
    let (begin, mut random) = (|instance| trial.begin(instance), Random::new());
    let mut fleet = Fleet::new(2, &begin);
    let (writer, mut n) = (trial.writer(), 0);
    for kill in 1..=50 {
        while n < readings() * kill / 50 {
            let key = format!("Sensor{}", random.below(SENSORS));
            reading(&writer, &mut random, n, &key);
            n += 1;
        }
        random.pause(100, 900);
        fleet.kill(&mut random, |random| {
            if [12, 25, 38].contains(&kill) {
                kafka.kill();
                random.pause(500, 1000);
                kafka.restart();
            }
        });
        match kill {
            5 | 15 | 32 => fleet.join(),
            10 | 28 => fleet.leave(&mut random, Process::terminate),
            20 | 42 => fleet.leave(&mut random, Process::interrupt),
            22 | 35 => fleet.join(),
            _ => {}
        }
    }
    writer.flush();
    let early = trial.all(&trial.results, 1).len();
    println!("{early} windows were there before the last reading");
    let Judged { readings, counts, rest } = trial.judge(fleet, || Hopping::seconds(10, 10, 1));
    assert!(rest.iter().all(|count| *count > 0), "{rest:?}");
    // in each partition, the window of its last reading stays open
    let open = PARTITIONS as u64;
    assert_eq!(
        readings,
        counts + open + rest.iter().sum::<u64>(),
        "in = folded + late + refused + duplicate"
    );
}

/// Readings with ten kills of a process, and a process that joins and leaves.
fn short<W: Windows>(window: &str, more: &str, windows: impl Fn() -> W) {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let trial = Trial::new(kafka, job(&folder, window, more));
    let (begin, mut random) = (|instance| trial.begin(instance), Random::new());
    let mut fleet = Fleet::new(2, &begin);
    let (writer, mut n) = (trial.writer(), 0);
    for kill in 1..=10 {
        while n < 50_000 * kill / 10 {
            // sensors are silent for half a minute at different times
            let sensor = random.below(20);
            if !(n * EVERY / 30_000 + sensor).is_multiple_of(3) {
                reading(&writer, &mut random, n, &format!("Sensor{sensor}"));
            }
            n += 1;
        }
        random.pause(300, 900);
        fleet.kill(&mut random, |_| ());
        match kill {
            4 => fleet.join(),
            7 => fleet.leave(&mut random, Process::terminate),
            _ => {}
        }
    }
    writer.flush();
    trial.judge(fleet, windows);
}

#[test]
fn hopping_windows_are_delivered_once_over_kills() {
    let window = "type = \"hopping\"\nlength = \"10 s\"\nhop = \"2 s\"\ngrace = \"1 s\"";
    short(window, "", || Hopping::seconds(10, 2, 1));
}

#[test]
fn windows_with_panes_are_delivered_once_over_kills() {
    let window = "type = \"hopping\"\nlength = \"60 s\"\nhop = \"10 s\"\ngrace = \"1 s\"";
    let panes = r#"
[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS:-localhost:9092}"
data = "panes"
topic = "${PANES}"
delivery = "exactly_once"
commit_every = "100 ms"
partitions = 4
"#;
    short(window, panes, || Hopping::seconds(60, 10, 1));
}

#[test]
fn sessions_are_delivered_once_over_kills() {
    short("type = \"session\"\ngap = \"5 s\"\ngrace = \"1 s\"", "", || Sessions::seconds(5, 1));
}
