//! Every job under load while its broker and its processes are killed, held still and started twice; then counted.
//!
//! `PASSBAND_KILLS` says how often each broker is killed; without it nothing is. Rounds of ten kills are judged one by one. A line a round,
//! on standard error: version, kills of the broker, transactional members that met one, what was lost and repeated.

use crate::axion_once::{FILES, SIZES, expect_undisturbed};
use crate::disasters::Random;
use crate::haloscope::{Search, pairs};
use crate::log::Writer;
use crate::passband::{pipeline, start, write};
use crate::sensors;
use crate::topic::{Record, read};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A round's kills of the broker, at most.
const ROUND: u64 = 10;
/// How long what is due may take once all are left in peace.
const PATIENCE: Duration = Duration::from_secs(150);
/// How long nothing more may come before there is nothing more.
const QUIET: Duration = Duration::from_secs(5);

const SAMPLER: &str = r#"
[source]
type = "simulate"
signal = "noise"
pace = "real time"
recording = 1700000000000000
name = "${NAME}"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
partitions = 2
"#;

/// A process that is started again when it was killed.
struct Member<'a> {
    begin: Box<dyn Fn() -> Process + 'a>,
    process: Process,
    said: Vec<String>,
}

impl<'a> Member<'a> {
    fn new(begin: impl Fn() -> Process + 'a) -> Self {
        Self { process: begin(), begin: Box::new(begin), said: vec![] }
    }
    fn note(&mut self) {
        self.said.extend(self.process.lines(Stream::Err));
    }
    fn kill(&mut self) {
        self.note();
        self.process.kill();
    }
    /// After [`kill`](Self::kill), once there is a broker: one that has never answered is an error.
    fn again(&mut self) {
        self.process = (self.begin)();
    }
    /// Starts the same once more: one of the two must end, and say why; the older, unless it was away and joined later.
    fn twice(&mut self) {
        let mut newer = (self.begin)();
        let until = Instant::now() + Duration::from_secs(90);
        loop {
            let (short, told) = (Duration::from_millis(100), |p: &Process| p.lines(Stream::Err).join("\n"));
            let (older_ended, newer_ended) = (self.process.wait(short), newer.wait(short));
            if let Some(status) = older_ended.or(newer_ended) {
                if older_ended.is_some() {
                    self.note();
                    std::mem::swap(&mut self.process, &mut newer);
                }
                let told = told(&newer);
                assert!(
                    status.code() == Some(1) && told.contains("another process runs as this instance"),
                    "{told}"
                );
                return;
            }
            assert!(Instant::now() < until, "both go on: {}\n{}", told(&self.process), told(&newer));
        }
    }
    fn runs(&mut self) {
        let ended = self.process.wait(Duration::ZERO);
        assert!(
            ended.is_none(),
            "it ended by itself, {ended:?}: {}",
            self.process.lines(Stream::Err).join("\n")
        );
    }
    fn stop(mut self) -> Vec<String> {
        self.process.interrupt();
        let ended = self.process.wait(Duration::from_secs(60)).is_some();
        self.note();
        assert!(ended, "it does not end: {:#?}", self.said);
        self.said
    }
}

/// One kind of results, once nothing more comes.
fn all(brokers: &str, topic: &str, enough: usize) -> BTreeMap<Vec<u8>, usize> {
    let began = Instant::now();
    loop {
        let records: Vec<Record> = read(brokers, topic, usize::MAX, QUIET);
        if records.len() >= enough || began.elapsed() > PATIENCE {
            let mut counts = BTreeMap::new();
            records.into_iter().for_each(|record| {
                *counts.entry([record.key, record.value].concat()).or_insert(0) += 1;
            });
            return counts;
        }
    }
}

/// How many were lost and how many came again.
fn judge(got: &BTreeMap<Vec<u8>, usize>, want: &BTreeMap<Vec<u8>, usize>) -> (usize, usize) {
    let lost = want.keys().filter(|key| !got.contains_key(*key)).count();
    let repeated =
        got.iter().map(|(key, count)| count - usize::from(want.contains_key(key)).min(*count)).sum();
    (lost, repeated)
}

/// One round of so many kills of the broker; lost and repeated.
fn round(kafka: &Kafka, version: &str, kills: u64, random: &mut Random) -> (usize, usize) {
    let own = tempfile::tempdir().unwrap();
    let (sampler, brokers) = (write(&own, "sampler.toml", SAMPLER), kafka.bootstrap());
    let [samples, readings] = ["samples", "readings"].map(unique);
    kafka.run(&["topics", "--create", "--topic", &readings, "--partitions", "4"], "");
    let samplers: Vec<Process> = ["mic-a", "mic-b"]
        .iter()
        .map(|name| {
            start(&["run", &sampler], &[("KAFKA_BROKERS", brokers), ("SAMPLES", &samples), ("NAME", name)])
        })
        .collect();
    crate::topic::wait_for(brokers, &samples, PATIENCE);
    let spectrum = |group: &str| {
        let set = [
            ("KAFKA_BROKERS", brokers),
            ("SAMPLES", &samples),
            ("SPECTRA", &format!("{group}-spectra")),
            ("REFUSED", &format!("{group}-refused")),
            ("GROUP", group),
            ("LENGTH", "512 samples"),
        ];
        start(&["run", &pipeline("spectrum-fft.toml")], &set)
    };
    let sensing = |group: &str, instance: u32| {
        let topics = [readings.clone(), format!("{group}-windows"), format!("{group}-late")];
        let [readings, windows, late] = &topics;
        let more = [("WINDOW", "1 s")];
        sensors::begin(
            kafka,
            &pipeline("sensors-kafka.toml"),
            [readings, windows, late],
            group,
            instance,
            &more,
        )
    };
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), FILES, SIZES.1);
    let search = Search::new(kafka, SIZES);
    let (send, input) = (&search, folder.path().to_str().unwrap());

    let (spectrum, sensing) = (&spectrum, &sensing);
    let groups = ["spectrum", "spectrum", "spectrum", "sensors"].map(unique);
    let mut members: Vec<Member<'_>> = vec![];
    // the topic of the slices is made by the one that writes it
    members.push(Member::new(|| send.start("send", "1", &[("INPUT", input), ("PACE", "2 s a file")])));
    crate::topic::wait_for(brokers, &search.chunks, PATIENCE);
    for group in &groups[..3] {
        members.push(Member::new(move || spectrum(group)));
    }
    for instance in 0..2 {
        let group = &groups[3];
        members.push(Member::new(move || sensing(group, instance)));
        members.push(Member::new(move || send.start("process", &instance.to_string(), &[])));
    }
    // all have begun, or a topic that is not there yet ends them
    std::thread::sleep(Duration::from_secs(5));

    let over = AtomicBool::new(false);
    let mut exposures = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let writer = Writer::open(brokers, &readings);
            let mut n = 0_u64;
            while !over.load(Ordering::SeqCst) {
                for _ in 0..20 {
                    let (ms, key) = (n * 10, format!("Sensor{}", n % 20));
                    let at = format!(
                        "{:02}:{:02}:{:02}.{:03}",
                        ms / 3_600_000,
                        ms / 60_000 % 60,
                        ms / 1000 % 60,
                        ms % 1000
                    );
                    let text = format!(r#"{{"ts": "2024-03-01T{at}", "value": {}}}"#, n % 97);
                    writer.write(None, &key, text.as_bytes());
                    n += 1;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            writer.flush();
        });
        // also when something is wrong: whoever writes ends
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let _over = Over(&over);
        for kill in 0..kills {
            random.pause(1000, 4000);
            kafka.kill();
            exposures += members.len();
            let at = random.below(members.len() as u64) as usize;
            if kill % 3 == 1 {
                members[at].kill();
            }
            random.pause(100, 1000);
            kafka.restart();
            if kill % 3 == 1 {
                members[at].again();
            }
            match kill % 5 {
                2 => {
                    members[at].process.pause();
                    random.pause(5000, if kills < ROUND { 5000 } else { 25_000 });
                    members[at].process.resume();
                }
                // the sender of files and the members of groups alike
                4 => members[at].twice(),
                _ => {}
            }
            members.iter_mut().for_each(Member::runs);
        }
        random.pause(1000, 1000);
    });
    for mut sampler in samplers {
        sampler.interrupt();
        assert!(sampler.wait(Duration::from_secs(60)).is_some(), "{:?}", sampler.lines(Stream::Err));
    }

    let quiet: Vec<String> = ["spectrum", "sensors"].map(unique).into();
    let _undisturbed = (spectrum(&quiet[0]), sensing(&quiet[1], 0));
    // what nobody disturbs is whole when nothing more comes of it
    std::thread::sleep(Duration::from_secs(10));
    let want = [
        all(brokers, &format!("{}-spectra", quiet[0]), 1),
        all(brokers, &format!("{}-windows", quiet[1]), 1),
    ];
    let mut sum = (0, 0);
    for (at, group) in groups.iter().enumerate() {
        let (topic, want) = match at {
            3 => (format!("{group}-windows"), &want[1]),
            _ => (format!("{group}-spectra"), &want[0]),
        };
        let of = judge(&all(brokers, &topic, want.len()), want);
        if of != (0, 0) {
            let _ = writeln!(std::io::stderr(), "{topic}: {of:?} of {} lost, repeated", want.len());
        }
        sum = (sum.0 + of.0, sum.1 + of.1);
    }
    expect_undisturbed(&search, folder.path());
    members.iter_mut().for_each(Member::runs);
    let said: Vec<String> = members.into_iter().flat_map(Member::stop).collect();
    let settled = said.iter().filter(|line| line.contains("settled what the broker")).count();
    let again = said.iter().filter(|line| line.contains("starting again")).count();
    let _ = writeln!(
        std::io::stderr(),
        "kafka {version}: {kills} kills, {exposures} exposures; {} spectra, {} windows, {FILES} files; \
         lost {}, repeated {}; started again {again}, settled {settled}",
        want[0].len(),
        want[1].len(),
        sum.0,
        sum.1
    );
    sum
}

fn trial(begin: impl FnOnce() -> Option<Kafka>, version: &str) {
    let Some(kills) = std::env::var("PASSBAND_KILLS").ok() else {
        let _ = writeln!(std::io::stderr(), "skipped: brokers are killed so often as PASSBAND_KILLS says");
        return;
    };
    let kills = kills.parse::<u64>().expect("PASSBAND_KILLS is a number");
    let Some(kafka) = begin() else { return };
    let (mut random, mut left, mut sum) = (Random::new(), kills, (0, 0));
    while left > 0 {
        let now = left.min(ROUND);
        let (lost, repeated) = round(&kafka, version, now, &mut random);
        sum = (sum.0 + lost, sum.1 + repeated);
        left -= now;
    }
    assert_eq!(sum, (0, 0), "lost, repeated in {kills} kills");
}

#[test]
fn nothing_is_lost_or_repeated_however_often_the_broker_is_killed() {
    trial(Kafka::start, "as installed");
}

#[test]
fn nothing_is_lost_or_repeated_by_a_broker_that_loses_markers() {
    trial(|| Kafka::of_version(Kafka::LOSES_MARKERS), Kafka::LOSES_MARKERS);
}
