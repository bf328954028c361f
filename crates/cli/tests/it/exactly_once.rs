//! Nothing is lost or repeated when processes and the broker are killed and partitions move.

use crate::passband::{good, pipeline, start, write};
use crate::topic::{self, Record, read};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

const SAMPLER: &str = r#"
[source]
type = "simulate"
signal = "noise"
duration = "${DURATION}"
pace = "${PACE:-as fast as it goes}"
recording = 1700000000000000
name = "${NAME:-noise}"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
partitions = "${PARTITIONS:-1}"
"#;

/// Ten thousand messages of 256 samples at 44.1 kHz.
const MESSAGES: u64 = 10_000;
/// The spectra of these, with a window of 8192 samples and a hop of 256.
const HOPS: usize = 10_000 - 31;

struct Stage {
    brokers: String,
    samples: String,
    spectra: String,
    group: String,
    instance: &'static str,
}

impl Stage {
    fn new(kafka: &Kafka, samples: &str) -> Self {
        let brokers = kafka.bootstrap().to_owned();
        let (spectra, group) = (unique("spectra"), unique("group"));
        Self { brokers, samples: samples.to_owned(), spectra, group, instance: "1" }
    }
    fn start(&self) -> Process {
        let set = [
            ("KAFKA_BROKERS", self.brokers.as_str()),
            ("SAMPLES", &self.samples),
            ("SPECTRA", &self.spectra),
            ("REFUSED", &format!("{}-refused", self.samples)),
            ("GROUP", &self.group),
            ("INSTANCE", self.instance),
            ("SCALE", "magnitude"),
        ];
        start(&["run", &pipeline("spectrum-fft.toml")], &set)
    }
    /// The number of its newest process, once it is above `last`.
    fn number_above(&self, last: i64) -> i64 {
        let (member, topic) =
            (format!("{}-{}", self.group, self.instance), format!("{}-refused", self.samples));
        topic::position_above(&self.brokers, &format!("{member}-newest"), &topic, last, LIMIT)
    }
    /// The spectra, once there are this many.
    fn spectra(&self, enough: usize) -> Vec<Record> {
        read(&self.brokers, &self.spectra, enough, LIMIT)
    }
}

/// A sampler whose topic is there, and the folder of its pipeline.
fn sampler(
    kafka: &Kafka,
    samples: &str,
    seconds: f64,
    more: &[(&str, &str)],
) -> (Process, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "sampler.toml", SAMPLER);
    let duration = format!("{seconds} s");
    let mut set = vec![("KAFKA_BROKERS", kafka.bootstrap()), ("SAMPLES", samples), ("DURATION", &duration)];
    set.extend(more);
    let process = start(&["run", &file], &set);
    topic::wait_for(kafka.bootstrap(), samples, LIMIT);
    (process, folder)
}

/// Sends the samples of this many seconds at maximum speed, and waits until all are written.
fn sent(kafka: &Kafka, samples: &str, seconds: f64) {
    succeeds(&mut sampler(kafka, samples, seconds, &[]).0);
}

fn succeeds(sampler: &mut Process) {
    let ended = sampler.wait(LIMIT);
    assert!(ended.is_some_and(|status| status.success()), "{:?}", sampler.lines(Stream::Err));
}

/// Pseudo-random numbers, seeded by the clock.
fn random(below: u64) -> u64 {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    (now ^ (now >> 17)).wrapping_mul(0x9e37_79b9_7f4a_7c15) % below
}

fn same(got: &[Record], want: &[Record]) {
    let different = got.iter().zip(want).position(|(a, b)| a != b);
    assert!(
        got.len() == want.len() && different.is_none(),
        "{} of {}, first difference at {different:?}",
        got.len(),
        want.len()
    );
}

#[test]
fn each_hop_is_delivered_once_in_order_over_thirty_kills() {
    let Some(kafka) = Kafka::shared() else { return };
    let samples = unique("samples");
    let (mut sampler, _folder) =
        sampler(kafka, &samples, MESSAGES as f64 * 256.0 / 44_100.0, &[("PACE", "real time")]);
    let stage = Stage::new(kafka, &samples);
    let mut process = stage.start();
    for _ in 0..30 {
        std::thread::sleep(Duration::from_millis(100 + random(3200)));
        process.kill();
        process = stage.start();
    }
    succeeds(&mut sampler);
    let got = stage.spectra(HOPS);
    let undisturbed = Stage::new(kafka, &samples);
    let _process = undisturbed.start();
    same(&got, &undisturbed.spectra(HOPS));
}

#[test]
fn a_broker_restart_loses_nothing() {
    let Some(kafka) = Kafka::start() else { return };
    let samples = unique("samples");
    let hops = (441_000 - 8192) / 256 + 1;
    let (mut sampler, _folder) = sampler(&kafka, &samples, 10.0, &[("PACE", "real time")]);
    let stage = Stage::new(&kafka, &samples);
    let process = stage.start();
    std::thread::sleep(Duration::from_secs(4));
    kafka.kill();
    std::thread::sleep(Duration::from_secs(2));
    kafka.restart();
    succeeds(&mut sampler);
    let got = stage.spectra(hops);
    assert_eq!(got.len(), hops, "{:?}", process.lines(Stream::Err));
    let undisturbed = Stage::new(&kafka, &samples);
    let _process = undisturbed.start();
    same(&got, &undisturbed.spectra(hops));
}

#[test]
fn the_older_of_two_processes_of_one_instance_ends() {
    let Some(kafka) = Kafka::start() else { return };
    let samples = unique("samples");
    let hops = (1_323_000 - 8192) / 256 + 1;
    let (mut sampler, _folder) = sampler(&kafka, &samples, 30.0, &[("PACE", "real time")]);
    let stage = Stage::new(&kafka, &samples);
    let told = |process: &Process| process.lines(Stream::Err).join("\n");
    let mut newest = stage.start();
    let mut number = stage.number_above(0);
    // as soon as it is known which is older, under full load, and while the broker is unreachable
    for (pause, lost) in [(0, false), (4000, false), (4000, true)] {
        std::thread::sleep(Duration::from_millis(pause));
        let mut older = std::mem::replace(&mut newest, stage.start());
        number = stage.number_above(number);
        if lost {
            kafka.kill();
            std::thread::sleep(Duration::from_secs(1));
            kafka.restart();
        }
        let status = older.wait(LIMIT);
        let (of_older, of_newer) = (told(&older), told(&newest));
        assert!(status.is_some_and(|status| status.code() == Some(1)), "{status:?}: {of_older}");
        assert!(of_older.contains("another process runs as this instance"), "{of_older}");
        assert!(of_older.contains("set a unique instance for each process"), "{of_older}");
        assert!(newest.wait(Duration::from_secs(2)).is_none(), "{of_newer}\n{of_older}");
    }
    // a single process is ended neither by an unreachable broker, nor after a suspension
    kafka.kill();
    std::thread::sleep(Duration::from_secs(1));
    kafka.restart();
    std::thread::sleep(Duration::from_secs(2));
    newest.pause();
    std::thread::sleep(Duration::from_secs(13));
    newest.resume();
    succeeds(&mut sampler);
    let got = stage.spectra(hops);
    assert!(newest.wait(Duration::ZERO).is_none(), "{}", told(&newest));
    let undisturbed = Stage::new(&kafka, &samples);
    let _process = undisturbed.start();
    same(&got, &undisturbed.spectra(hops));
}

#[test]
fn partitions_that_move_between_processes_take_their_streams_with_them() {
    let Some(kafka) = Kafka::shared() else { return };
    let samples = unique("samples");
    let four = [("PARTITIONS", "4"), ("PACE", "real time")];
    let mut samplers: Vec<_> = ["mic-a", "mic-b", "mic-c", "mic-d", "mic-e", "mic-f"]
        .iter()
        .map(|name| sampler(kafka, &samples, 15.0, &[four[0], four[1], ("NAME", *name)]))
        .collect();
    let first = Stage::new(kafka, &samples);
    let second = Stage { instance: "2", ..Stage::new(kafka, &samples) };
    let second = Stage { spectra: first.spectra.clone(), group: first.group.clone(), ..second };
    let mut one = first.start();
    std::thread::sleep(Duration::from_secs(4));
    let two = second.start();
    std::thread::sleep(Duration::from_secs(4));
    one.interrupt();
    assert!(one.wait(LIMIT).is_some());
    samplers.iter_mut().for_each(|(sampler, _)| succeeds(sampler));
    // 15 s are 2584 messages, the last one not full, and give (661,500 - 8192) / 256 + 1 frames
    let hops = 6 * 2552;
    let by_stream = |records: Vec<Record>| {
        let mut streams = std::collections::BTreeMap::<Vec<u8>, Vec<Record>>::new();
        records.into_iter().for_each(|r| streams.entry(r.key.clone()).or_default().push(r));
        streams
    };
    let got = by_stream(first.spectra(hops));
    let undisturbed = Stage::new(kafka, &samples);
    let _process = undisturbed.start();
    let want = by_stream(undisturbed.spectra(hops));
    assert_eq!(got.len(), 6, "{:?}", two.lines(Stream::Err));
    for (stream, want) in &want {
        same(&got[stream], want);
    }
}

#[test]
fn an_idle_stage_stops_immediately() {
    let Some(kafka) = Kafka::shared() else { return };
    let samples = unique("samples");
    sent(kafka, &samples, 0.1);
    let stage = Stage::new(kafka, &samples);
    let mut process = stage.start();
    std::thread::sleep(Duration::from_secs(2));
    let began = Instant::now();
    process.interrupt();
    assert_eq!(process.wait(LIMIT).and_then(|status| status.code()), Some(0), "{:?}", began.elapsed());
    let _ = good(&["explain", "kafka"], &[]);
}

#[test]
fn a_stage_that_is_stopped_while_it_joins_its_group_ends() {
    let Some(kafka) = Kafka::shared() else { return };
    let samples = unique("samples");
    sent(kafka, &samples, 0.1);
    // the group takes one to three seconds to form; a stop must not wait for it
    for moment in 0..14 {
        let mut process = Stage::new(kafka, &samples).start();
        std::thread::sleep(Duration::from_millis(50 + 230 * moment));
        process.interrupt();
        assert!(process.wait(Duration::from_secs(20)).is_some(), "stopped {moment}: it hangs");
    }
}

#[test]
fn pending_positions_of_another_transaction_are_waited_for() {
    let Some(kafka) = Kafka::shared() else { return };
    let samples = unique("samples");
    sent(kafka, &samples, 10.0);
    let hops = (441_000 - 8192) / 256 + 1;
    let stage = Stage::new(kafka, &samples);
    topic::wait_for(&stage.brokers, &samples, LIMIT);
    // a process of this group that died with an open transaction: the broker aborts it after 15 s
    let foreign = topic::hold_back(&stage.brokers, &stage.group, &samples, Duration::from_secs(15));
    let process = stage.start();
    let got = stage.spectra(hops);
    assert_eq!(got.len(), hops, "{:?}", process.lines(Stream::Err));
    drop(foreign);
    let undisturbed = Stage::new(kafka, &samples);
    let _process = undisturbed.start();
    same(&got, &undisturbed.spectra(hops));
}
