//! The jobs under load: their processes, and the topics of their process numbers.

use super::Load;
use super::member::{Claim, Member};
use crate::axion_once::{FILES, SIZES};
use crate::haloscope::{Search, pairs};
use crate::passband::{pipeline, start, write};
use crate::sensors;
use passband_testbed::{Kafka, Process, unique};

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

pub struct Jobs<'a> {
    kafka: &'a Kafka,
    load: &'a Load,
    pub samples: String,
    pub readings: String,
    pub search: Search,
    /// The files to search.
    pub folder: tempfile::TempDir,
    /// The topics of the spectrum stages.
    pub spectra: Vec<String>,
    /// The topic of the windows.
    pub sensors: String,
}

/// The group and topic that store the process number for an outbox of these topics.
fn claim<const N: usize>(member: &str, topics: [String; N]) -> Claim {
    let first = topics.into_iter().min().expect("a topic");
    (format!("{member}-newest"), first)
}

impl<'a> Jobs<'a> {
    pub fn new(kafka: &'a Kafka, load: &'a Load) -> Self {
        let [samples, readings, sensors] = ["samples", "readings", "sensors"].map(unique);
        kafka.run(&["topics", "--create", "--topic", &readings, "--partitions", "4"], "");
        let folder = tempfile::tempdir().unwrap();
        pairs(folder.path(), FILES, SIZES.1);
        let spectra = (0..load.spectra).map(|_| unique("spectrum")).collect();
        Self { kafka, load, samples, readings, search: Search::new(kafka, SIZES), folder, spectra, sensors }
    }

    /// Writes samples at the pace of a sound card.
    pub fn samplers(&self) -> Vec<Process> {
        let own = tempfile::tempdir().unwrap();
        let sampler = write(&own, "sampler.toml", SAMPLER);
        let begin = |name: &&str| {
            let set = [("KAFKA_BROKERS", self.kafka.bootstrap()), ("SAMPLES", &self.samples), ("NAME", name)];
            start(&["run", &sampler], &set)
        };
        let samplers = ["mic-a", "mic-b"].iter().map(begin).collect();
        // the pipeline file has been read by then
        crate::topic::wait_for(self.kafka.bootstrap(), &self.samples, super::PATIENCE);
        samplers
    }

    pub fn spectrum(&self, group: &str) -> Process {
        let set = [
            ("KAFKA_BROKERS", self.kafka.bootstrap()),
            ("SAMPLES", &self.samples),
            ("SPECTRA", &format!("{group}-spectra")),
            ("REFUSED", &format!("{group}-refused")),
            ("GROUP", group),
            ("LENGTH", "512 samples"),
        ];
        start(&["run", &pipeline("spectrum-fft.toml")], &set)
    }

    pub fn sensing(&self, group: &str, instance: u32) -> Process {
        let topics = [self.readings.clone(), format!("{group}-windows"), format!("{group}-late")];
        let topics = [&topics[0], &topics[1], &topics[2]];
        let pipeline = pipeline("sensors-kafka.toml");
        sensors::begin(self.kafka, &pipeline, topics, group, instance, &[("WINDOW", "1 s")])
    }

    /// All processes with transactions, each after it has started.
    pub fn members(&self) -> Vec<Member<'_>> {
        let (brokers, search) = (self.kafka.bootstrap(), &self.search);
        let of_search = |topics: &[&str]| topics.iter().map(|topic| search.topic(topic)).min().unwrap();
        let mut members = vec![];
        // the topic of the slices is created by the process that writes it
        let sender =
            claim(&format!("{}-1", search.topic("send")), [search.chunks.clone(), search.topic("refused")]);
        members.push(Member::new("sender", brokers, vec![sender], || {
            let input = self.folder.path().to_str().unwrap();
            search.start("send", "1", &[("INPUT", input), ("PACE", self.load.pace)])
        }));
        crate::topic::wait_for(brokers, &search.chunks, super::PATIENCE);
        for group in &self.spectra {
            let claims =
                claim(&format!("{group}-1"), [format!("{group}-spectra"), format!("{group}-refused")]);
            members.push(Member::new(group, brokers, vec![claims], move || self.spectrum(group)));
        }
        for instance in 0..2 {
            let group = &self.sensors;
            let member = format!("{group}-{instance}");
            let claims = claim(&member, [format!("{group}-windows"), format!("{group}-late")]);
            members.push(Member::new(&member, brokers, vec![claims], move || self.sensing(group, instance)));
            let (name, group) = (instance.to_string(), search.topic("group"));
            let folding = (format!("{group}-p-{name}-newest"), of_search(&["partials", "refused"]));
            let merging = of_search(&["results", "statistics", "run", "candidates", "refused"]);
            let merging = (format!("{group}-merge-p-{name}-newest"), merging);
            let begin = move || search.start("process", &name, &[]);
            members.push(Member::new(
                &format!("{group}-p-{instance}"),
                brokers,
                vec![folding, merging],
                begin,
            ));
        }
        members.iter_mut().for_each(Member::wait_until_numbered);
        members
    }

    /// Sends readings like sensors do, until `over`.
    pub fn send_readings(&self, over: &std::sync::atomic::AtomicBool) {
        let writer = crate::log::Writer::open(self.kafka.bootstrap(), &self.readings);
        let mut n = 0_u64;
        while !over.load(std::sync::atomic::Ordering::SeqCst) {
            for _ in 0..20 {
                let (ms, key) = (n * 10, format!("Sensor{}", n % 20));
                let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
                let at = format!("{hour:02}:{minute:02}:{second:02}.{:03}", ms % 1000);
                let text = format!(r#"{{"ts": "2024-03-01T{at}", "value": {}}}"#, n % 97);
                writer.write(None, &key, text.as_bytes());
                n += 1;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        writer.flush();
    }
}
