//! A complete axion search: files, the three processes over Kafka, and the content of their topics.

use crate::passband::{good, pipeline, start, write};
use crate::topic::{Record, read};
use passband_flow::format::{Choice, Message};
use passband_flow::transform::run::RunStatistics;
use passband_testbed::{Kafka, Process, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub const LIMIT: Duration = Duration::from_secs(60);

/// A search with its own topics.
pub struct Search {
    pub brokers: String,
    /// Scan and file length in samples, scans per message.
    pub sizes: (usize, usize, usize),
    pub chunks: String,
    pub name: String,
    pub more: Vec<(&'static str, String)>,
}

impl Search {
    pub fn new(kafka: &Kafka, sizes: (usize, usize, usize)) -> Self {
        let brokers = kafka.bootstrap().to_owned();
        Self { brokers, sizes, chunks: unique("chunk_data"), name: unique("search"), more: vec![] }
    }
    pub fn topic(&self, of: &str) -> String {
        format!("{}-{of}", self.name)
    }

    /// Starts one of the three pipelines as `instance`.
    pub fn start(&self, which: &str, instance: &str, set: &[(&'static str, &str)]) -> Process {
        let (scan, file, scans) = self.sizes;
        let mut all: BTreeMap<&str, String> = [
            ("KAFKA_BROKERS", self.brokers.clone()),
            ("CHUNKS", self.chunks.clone()),
            ("SCAN", scan.to_string()),
            ("FILE", file.to_string()),
            ("SCANS", scans.to_string()),
            ("BLOCK", format!("{} samples", scan * scans)),
            (
                "INSTANCE",
                format!("{}-{instance}", if which == "send" { self.topic("send") } else { "p".into() }),
            ),
            ("PARTIALS", self.topic("partials")),
            ("RESULTS", self.topic("results")),
            ("STATISTICS", self.topic("statistics")),
            ("RUN", self.topic("run")),
            ("CANDIDATES", self.topic("candidates")),
            ("REFUSED", self.topic("refused")),
            ("GROUP", self.topic("group")),
            ("LISTEN", "127.0.0.1:0".into()),
        ]
        .into();
        all.extend(self.more.iter().cloned());
        all.extend(set.iter().map(|(key, value)| (*key, value.to_string())));
        let set: Vec<(&str, &str)> = all.iter().map(|(key, value)| (*key, value.as_str())).collect();
        start(&["run", "--json", &pipeline(&format!("axion-{which}.toml"))], &set)
    }

    /// Sends a folder, and waits until it is sent.
    pub fn send(&self, folder: &Path) {
        let set = [("INPUT", folder.to_str().unwrap()), ("FOLLOW", "no")];
        let mut sender = self.start("send", "1", &set);
        let ended = sender.wait(LIMIT);
        assert!(ended.is_some_and(|s| s.success()), "{:?}", sender.lines(passband_testbed::Stream::Err));
    }

    /// The topic in the experiment's format, once there are this many files: arrays by the number of the file.
    pub fn results(&self, enough: usize) -> BTreeMap<u64, Value> {
        let records = read(&self.brokers, &self.topic("results"), enough, LIMIT);
        let mut files = BTreeMap::new();
        for record in &records {
            let array: Value = serde_json::from_slice(&record.value).expect("JSON");
            let file = number_of(&array);
            assert!(files.insert(file, array).is_none(), "file {file} came twice");
        }
        files
    }

    /// The newest state of each run.
    pub fn runs(&self) -> BTreeMap<String, RunStatistics> {
        let records = read(&self.brokers, &self.topic("run"), usize::MAX, Duration::from_secs(2));
        let run = |record: &Record| {
            let mut avro = Choice::named("avro").unwrap().open().unwrap();
            let read = avro.decode(RunStatistics::KIND, &Message::of(&record.value)).expect("a run");
            let run: RunStatistics = read.take().expect("a run");
            (run.run.clone(), run)
        };
        records.iter().map(run).collect()
    }
}

/// The number of the file in the experiment's format.
pub fn number_of(array: &Value) -> u64 {
    let index = array[0]["data"]["index"].as_str().expect("an index");
    index.split('_').next().and_then(|file| file.parse().ok()).expect("FILE_BIN")
}

/// Mean, deviation and count of each bin in the experiment's format.
pub fn bins_of(array: &Value) -> Vec<(f64, f64, u64)> {
    let bin = |entry: &Value| {
        let number =
            |name: &str| entry["data"][name].as_f64().unwrap_or_else(|| panic!("no {name}: {entry}"));
        (number("mean_x"), number("stddev_x"), number("count_x") as u64)
    };
    array.as_array().expect("an array").iter().map(bin).collect()
}

/// The maximum relative difference.
pub fn worst(got: impl IntoIterator<Item = f64>, want: impl IntoIterator<Item = f64>) -> f64 {
    let far = |(a, b): (f64, f64)| if a == b { 0.0 } else { (a / b - 1.0).abs() };
    got.into_iter().zip(want).map(far).fold(0.0, |worst, x| if x > worst || x.is_nan() { x } else { worst })
}

/// Writes pairs of this length, numbered from 0: synthetic noise with a different level in each file.
pub fn pairs(folder: &Path, files: usize, samples: usize) {
    for file in 0..files {
        let mut seed = file as u32 + 1;
        for half in ["i", "q"] {
            let level = 0.1 + file as f32 * 0.01;
            let bytes = (0..samples).flat_map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (level * ((seed >> 8) as f32 / 8_388_608.0 - 1.0)).to_le_bytes()
            });
            let path = folder.join(format!("duck_{half}_{file:05}.dat"));
            std::fs::write(path, bytes.collect::<Vec<u8>>()).unwrap();
        }
    }
}

/// The same folder in one process, without a broker: the experiment's format by the number of the file.
pub fn in_one_process(folder: &Path, scan: usize) -> BTreeMap<u64, Value> {
    let out = tempfile::tempdir().unwrap();
    let output = out.path().join("spectra.ndjson");
    let set = [
        ("INPUT", folder.to_str().unwrap()),
        ("OUTPUT", output.to_str().unwrap()),
        ("SCAN", &scan.to_string()),
    ];
    good(&["run", &pipeline("axion-search-from-files.toml")], &set);
    let text = std::fs::read_to_string(&output).unwrap();
    let arrays = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    arrays.map(|array| (number_of(&array), array)).collect()
}

/// The run over a folder in one process: the last state, as JSON.
pub fn run_in_one_process(folder: &Path, scan: usize) -> Value {
    let out = tempfile::tempdir().unwrap();
    let output = out.path().join("run.ndjson");
    let text = format!(
        "[source]\ntype = 'iq_files'\npath = '{}'\n[window]\ntype = 'scan'\nlength = {scan}\n\
         [[transform]]\ntype = 'power_spectrum'\nfactor = 'root_half'\nover = 'file'\n\
         [[transform]]\ntype = 'run'\n[[sink]]\ntype = 'file'\npath = '{}'\nformat = 'json'\ndata = 'runs'\n",
        folder.display(),
        output.display()
    );
    good(&["run", &write(&out, "run.toml", &text)], &[]);
    let text = std::fs::read_to_string(&output).unwrap();
    serde_json::from_str(text.lines().last().expect("a run")).expect("JSON")
}
