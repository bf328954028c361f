//! A broker is killed between the decision about a transaction and its markers, and loses any of them: results, refused
//! messages and positions still have one outcome.

use crate::passband::{pipeline, start};
use crate::topic::{self, Record, read, wait_for, write_at_once};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(90);
/// Time after the last message of a topic in which no more is expected.
const QUIET: Duration = Duration::from_secs(4);
/// Messages of samples in two parts, and invalid messages in the second.
const MESSAGES: (usize, usize, usize) = (100, 60, 3);

/// A stage with its own topics.
struct Trial {
    name: String,
    brokers: String,
    commit_every: &'static str,
    samples: String,
    /// The lost markers: of results, refused messages, positions.
    lost: [bool; 3],
}

impl Trial {
    fn new(kafka: &Kafka, commit_every: &'static str, lost: u8) -> Self {
        let (name, samples) = (unique("trial"), unique("samples"));
        let lost = [1, 2, 4].map(|bit| lost & bit != 0);
        Self { name, brokers: kafka.bootstrap().to_owned(), commit_every, samples, lost }
    }
    fn topic(&self, of: &str) -> String {
        format!("{}-{of}", self.name)
    }
    fn start(&self, instance: &str) -> Process {
        let set = [
            ("KAFKA_BROKERS", self.brokers.as_str()),
            ("SAMPLES", &self.samples),
            ("SPECTRA", &self.topic("spectra")),
            ("REFUSED", &self.topic("refused")),
            ("GROUP", &self.topic("group")),
            ("INSTANCE", instance),
            ("SCALE", "magnitude"),
            ("COMMIT_EVERY", self.commit_every),
        ];
        start(&["run", &pipeline("spectrum-fft.toml")], &set)
    }
    fn results(&self, enough: usize) -> Vec<Record> {
        read(&self.brokers, &self.topic("spectra"), enough, LIMIT)
    }
    /// All messages once no more arrive.
    fn all(&self, of: &str) -> Vec<Record> {
        read(&self.brokers, &self.topic(of), usize::MAX, QUIET)
    }
}

fn said(process: &Process) -> String {
    process.lines(Stream::Err).join("\n")
}

/// Samples as written by a sampler.
fn messages(kafka: &Kafka) -> Vec<Record> {
    const SAMPLER: &str = "[source]\ntype = 'simulate'\nsignal = 'noise'\nduration = '0.93 s'\n\
        recording = 1700000000000000\n[[sink]]\ntype = 'kafka'\nbrokers = '${KAFKA_BROKERS}'\n\
        topic = '${SAMPLES}'\npartitions = 1\n";
    let folder = tempfile::tempdir().unwrap();
    let file = crate::passband::write(&folder, "sampler.toml", SAMPLER);
    let template = unique("template");
    crate::passband::good(&["run", &file], &[("KAFKA_BROKERS", kafka.bootstrap()), ("SAMPLES", &template)]);
    let (first, second, _) = MESSAGES;
    let all = read(kafka.bootstrap(), &template, usize::MAX, QUIET);
    assert!(all.len() >= first + second, "{}", all.len());
    all.into_iter().take(first + second).collect()
}

fn rubbish() -> Vec<Record> {
    let one = |n: usize| Record { key: b"x".to_vec(), value: vec![n as u8; 3], headers: vec![] };
    (0..MESSAGES.2).map(one).collect()
}

#[test]
fn results_refusals_and_positions_have_one_outcome_for_all_lost_markers() {
    let Some(kafka) = Kafka::start() else { return };
    let brokers = kafka.bootstrap();
    let all = messages(&kafka);
    let (first, second) = all.split_at(MESSAGES.0);
    let hops = |messages: usize| messages - 31;

    // every subset of markers; if nothing has been committed for a while, positions are not part of the open
    // transaction
    let committed = (0..8).map(|lost| Trial::new(&kafka, "5 ms", lost));
    let aborted = (0..4).map(|lost| Trial::new(&kafka, "5 s", lost));
    let trials: Vec<Trial> = committed.chain(aborted).collect();
    for trial in &trials {
        kafka.run(&["topics", "--create", "--topic", &trial.samples, "--partitions", "1"], "");
        write_at_once(brokers, &trial.samples, first);
    }
    let mut processes: Vec<Process> = trials.iter().map(|trial| trial.start("1")).collect();
    for trial in &trials {
        assert_eq!(trial.results(hops(MESSAGES.0)).len(), hops(MESSAGES.0));
    }
    for trial in &trials {
        write_at_once(brokers, &trial.samples, &[&rubbish(), second].concat());
        if trial.commit_every == "5 s" {
            // the first messages are committed at once; the next commit follows five seconds later
            wait_for(brokers, &trial.topic("refused"), LIMIT);
        }
    }
    for trial in trials.iter().filter(|trial| trial.commit_every == "5 ms") {
        assert_eq!(trial.results(hops(all.len())).len(), hops(all.len()));
        assert_eq!(read(brokers, &trial.topic("refused"), MESSAGES.2, LIMIT).len(), MESSAGES.2);
    }
    processes.iter_mut().for_each(Process::kill);
    // transactions that were open are aborted by the broker after 10 s
    std::thread::sleep(Duration::from_secs(14));
    kafka.kill();
    let segments = kafka.segments();
    for trial in &trials {
        let producer = *segments.producers(&trial.topic("spectra")).last().expect("a producer");
        let topics = [trial.topic("spectra"), trial.topic("refused"), "__consumer_offsets".to_owned()];
        for (topic, _) in topics.iter().zip(trial.lost).filter(|(_, lost)| *lost) {
            assert_eq!(segments.lose_last_marker(topic, producer), 1, "{topic}");
        }
    }
    kafka.restart();
    let processes: Vec<Process> = trials.iter().map(|trial| trial.start("1")).collect();
    let undisturbed = Trial { samples: trials[0].samples.clone(), ..Trial::new(&kafka, "5 ms", 0) };
    let _undisturbed = undisturbed.start("1");
    let want = undisturbed.results(hops(all.len()));
    assert_eq!(want.len(), hops(all.len()));
    for (trial, process) in trials.iter().zip(&processes) {
        let case = format!("{} lost {:?}: {}", trial.commit_every, trial.lost, said(process));
        let got = trial.results(hops(all.len()));
        assert!(got.len() == want.len(), "{case}: {} of {}", got.len(), want.len());
        // the order is preserved except for rewritten records
        let sorted = |mut records: Vec<Record>| {
            records.sort_by(|a, b| a.value.cmp(&b.value));
            records
        };
        assert!(sorted(trial.all("spectra")) == sorted(want.clone()), "{case}");
        assert_eq!(trial.all("refused").len(), MESSAGES.2, "{case}");
        assert!(!said(process).contains("starting again"), "{case}");
    }
    // aborted data is invisible, and does not block later transactions
    let began = Instant::now();
    for trial in &trials {
        topic::write(brokers, &trial.topic("spectra"), &[("end", "end")]);
        let last = trial.all("spectra");
        assert_eq!(last.last().map(|record| &record.value[..]), Some(&b"end"[..]), "{:?}", began.elapsed());
    }
}

#[test]
fn an_idle_process_recovers_lost_markers() {
    let Some(kafka) = Kafka::start() else { return };
    let brokers = kafka.bootstrap();
    let all = messages(&kafka);
    let (first, second) = all.split_at(MESSAGES.0);
    let hops = |messages: usize| messages - 31;
    let trials: Vec<Trial> = (1..8).map(|lost| Trial::new(&kafka, "5 ms", lost)).collect();
    for trial in &trials {
        kafka.run(&["topics", "--create", "--topic", &trial.samples, "--partitions", "1"], "");
        write_at_once(brokers, &trial.samples, first);
    }
    let mut processes: Vec<Process> = trials.iter().map(|trial| trial.start("1")).collect();
    for trial in &trials {
        assert_eq!(trial.results(hops(MESSAGES.0)).len(), hops(MESSAGES.0));
    }
    for trial in &trials {
        write_at_once(brokers, &trial.samples, &[&rubbish(), second].concat());
        assert_eq!(trial.results(hops(all.len())).len(), hops(all.len()));
        assert_eq!(read(brokers, &trial.topic("refused"), MESSAGES.2, LIMIT).len(), MESSAGES.2);
    }
    kafka.kill();
    let segments = kafka.segments();
    for trial in &trials {
        let producer = *segments.producers(&trial.topic("spectra")).last().expect("a producer");
        let topics = [trial.topic("spectra"), trial.topic("refused"), "__consumer_offsets".to_owned()];
        for (topic, _) in topics.iter().zip(trial.lost).filter(|(_, lost)| *lost) {
            assert_eq!(segments.lose_last_marker(topic, producer), 1, "{topic}");
        }
    }
    kafka.restart();
    // no more messages arrive
    for (trial, process) in trials.iter().zip(&mut processes) {
        let case = format!("lost {:?}", trial.lost);
        let got = trial.results(hops(all.len())).len();
        assert_eq!(got, hops(all.len()), "{case}: {}", said(process));
        let refused = read(brokers, &trial.topic("refused"), MESSAGES.2, LIMIT).len();
        assert_eq!(refused, MESSAGES.2, "{case}: {}", said(process));
        process.wait_line("recovered an unfinished transaction", LIMIT);
        assert!(process.wait(Duration::ZERO).is_none(), "{case}: {}", said(process));
    }
}
