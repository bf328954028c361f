//! Slices and files are delivered exactly once despite kills.

use crate::disasters::Random;
use crate::haloscope::{LIMIT, Search, bins_of, in_one_process, number_of, pairs, run_in_one_process, worst};
use crate::passband::{start, write};
use crate::topic::{position_above, read};
use passband_testbed::{Kafka, Process, Stream};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Samples per scan and per file, scans per message: ten messages per file.
pub const SIZES: (usize, usize, usize) = (256, 256 * 40 + 7, 4);
pub const FILES: usize = 20;

fn said(process: &Process) -> String {
    process.lines(Stream::Err).join("\n")
}

/// Files and run equal those of one undisturbed process.
pub fn expect_undisturbed(search: &Search, folder: &Path) {
    let (got, want) = (search.results(FILES), in_one_process(folder, SIZES.0));
    assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>());
    for (file, array) in &got {
        let (got, want) = (bins_of(array), bins_of(&want[file]));
        assert!(got.iter().all(|bin| bin.2 == 40), "file {file}: {:?}", got[0]);
        let mean = worst(got.iter().map(|bin| bin.0), want.iter().map(|bin| bin.0));
        let deviation = worst(got.iter().map(|bin| bin.1), want.iter().map(|bin| bin.1));
        assert!(mean < 1e-9 && deviation < 1e-9, "file {file}: mean {mean:e}, deviation {deviation:e}");
    }
    let (runs, want) = (search.runs(), run_in_one_process(folder, SIZES.0));
    let run = &runs["1"];
    assert_eq!((run.running.files(), run.pooled.count()), (FILES as u64, FILES as u64 * 40), "{want}");
    let list =
        |of: &Value| -> Vec<f64> { of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    for (name, got) in [("mean", run.running.mean()), ("deviation", run.running.deviation())] {
        let far = worst(got.iter().copied(), list(&want[name]));
        assert!(far < 1e-9, "running {name}: {far:e}");
    }
    let far = worst(run.pooled.mean().iter().copied(), list(&want["pooled_mean"]));
    assert!(far < 1e-9, "pooled mean: {far:e}");
}

#[test]
fn each_file_is_delivered_once_over_fifty_kills_and_three_broker_restarts() {
    let Some(kafka) = Kafka::start() else { return };
    let random = &mut Random::new();
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), FILES, SIZES.1);
    let search = Search::new(&kafka, SIZES);
    let set = [("INPUT", folder.path().to_str().unwrap()), ("FOLLOW", "no"), ("PACE", "3 s a file")];
    let mut sender = search.start("send", "1", &set);
    let names = ["1", "2", "3"];
    let mut processes = names.map(|name| search.start("process", name, &[]));
    for kill in 0..50 {
        random.pause(200, 1800);
        let one = random.below(3) as usize;
        processes[one].kill();
        if [12, 25, 38].contains(&kill) {
            kafka.kill();
            random.pause(500, 1500);
            kafka.restart();
        }
        processes[one] = search.start("process", names[one], &[]);
    }
    assert!(sender.wait(LIMIT).is_some_and(|status| status.success()), "{}", said(&sender));
    expect_undisturbed(&search, folder.path());
}

#[test]
fn a_sender_that_is_killed_sends_each_slice_once() {
    let Some(kafka) = Kafka::shared() else { return };
    let random = &mut Random::new();
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), FILES, SIZES.1);
    let search = Search::new(kafka, SIZES);
    let set = [("INPUT", folder.path().to_str().unwrap()), ("PACE", "0.5 s a file")];
    let mut sender = search.start("send", "1", &[set[0], set[1]]);
    for _ in 0..10 {
        random.pause(300, 1200);
        sender.kill();
        sender = search.start("send", "1", &[set[0], set[1]]);
    }
    let records = read(&search.brokers, &search.chunks, FILES * 10, LIMIT);
    let mut slices: BTreeMap<(u8, u8), Vec<u8>> = BTreeMap::new();
    for record in records {
        let key = (record.key[1], record.key[3]);
        assert!(slices.insert(key, record.value).is_none(), "slice {key:?} came twice");
    }
    assert_eq!(slices.len(), FILES * 10, "{}", said(&sender));
    for ((file, message), value) in slices {
        let half = |name| std::fs::read(folder.path().join(format!("duck_{name}_{file:05}.dat"))).unwrap();
        let range = usize::from(message) * 4096..(usize::from(message) + 1) * 4096;
        assert!(value == [&half("i")[range.clone()], &half("q")[range]].concat(), "{file} {message}");
    }
}

#[test]
fn the_older_of_two_senders_ends_also_when_idle() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), 2, SIZES.1);
    let search = Search::new(kafka, SIZES);
    let begin = || search.start("send", "1", &[("INPUT", folder.path().to_str().unwrap())]);
    let names = format!("{}-1-newest", search.topic("send"));
    let number_above = |last| position_above(&search.brokers, &names, &search.chunks, last, LIMIT);
    let mut older = begin();
    assert_eq!(read(&search.brokers, &search.chunks, 20, LIMIT).len(), 20, "{}", said(&older));
    let number = number_above(0);
    let mut newer = begin();
    number_above(number);
    let status = older.wait(LIMIT);
    assert!(status.is_some_and(|status| status.code() == Some(1)), "{status:?}: {}", said(&older));
    assert!(said(&older).contains("another process runs as this instance"), "{}", said(&older));
    assert!(newer.wait(Duration::ZERO).is_none(), "{}", said(&newer));
}

#[test]
fn one_of_two_simultaneous_processes_continues_with_both_stages() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), FILES, SIZES.1);
    let search = Search::new(kafka, SIZES);
    search.send(folder.path());
    let group = search.topic("group");
    let stages =
        [(format!("{group}-p-1-newest"), "partials"), (format!("{group}-merge-p-1-newest"), "candidates")];
    let mut last = 0;
    for _ in 0..4 {
        let mut two = [(); 2].map(|()| search.start("process", "1", &[]));
        let began = Instant::now();
        let ended = loop {
            let at = two.iter_mut().position(|process| process.wait(Duration::ZERO).is_some());
            match at {
                Some(at) => break at,
                None => assert!(began.elapsed() < LIMIT, "both go on: {}\n{}", said(&two[0]), said(&two[1])),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let [first, second] = two;
        let (older, mut newer) = if ended == 0 { (first, second) } else { (second, first) };
        let told = format!("{}\nand {}", said(&older), said(&newer));
        assert!(said(&older).contains("another process runs as this instance"), "{told}");
        // the older process must be the older one in both stages, otherwise both would end
        let number =
            |of: &(String, &str)| position_above(&search.brokers, &of.0, &search.topic(of.1), last, LIMIT);
        let began = Instant::now();
        let number = loop {
            let [folding, merging] = stages.each_ref().map(number);
            if folding == merging {
                break folding;
            }
            assert!(began.elapsed() < LIMIT, "{folding} is not {merging}: {told}");
        };
        assert!(newer.wait(Duration::from_secs(3)).is_none(), "{}\nand {}", said(&older), said(&newer));
        last = number;
        newer.kill();
    }
    let _process = search.start("process", "1", &[]);
    expect_undisturbed(&search, folder.path());
}

#[test]
fn a_run_resumes_after_a_restart_and_a_new_one_starts_from_zero() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), 6, SIZES.1);
    let part = |files: std::ops::Range<usize>| {
        let part = tempfile::tempdir().unwrap();
        for file in files {
            for half in ["i", "q"] {
                let name = format!("duck_{half}_{file:05}.dat");
                std::fs::copy(folder.path().join(&name), part.path().join(&name)).unwrap();
            }
        }
        part
    };
    let search = Search::new(kafka, SIZES);
    let mut done = 0;
    let mut go_on = |files: std::ops::Range<usize>, run: &str| {
        // a unique name for each sender, since they send different folders
        let part = part(files.clone());
        let set = [("INPUT", part.path().to_str().unwrap()), ("FOLLOW", "no")];
        let mut sender = search.start("send", &files.start.to_string(), &set);
        assert!(sender.wait(LIMIT).is_some_and(|status| status.success()), "{}", said(&sender));
        let mut process = search.start("process", "1", &[("RUN_ID", run)]);
        done += files.len();
        assert_eq!(search.results(done).len(), done);
        process.interrupt();
        assert!(process.wait(LIMIT).is_some_and(|status| status.success()), "{}", said(&process));
    };
    go_on(0..2, "spring");
    go_on(2..3, "spring");
    let spring = search.runs()["spring"].clone();
    assert_eq!((spring.running.files(), spring.pooled.count(), spring.end), (3, 120, None));
    go_on(3..6, "summer");
    let runs = search.runs();
    assert_eq!((runs["summer"].running.files(), runs["summer"].pooled.count()), (3, 120));
    let spring_then = &runs["spring"];
    assert_eq!((spring_then.running.files(), &spring_then.pooled), (3, &spring.pooled));
    assert_eq!(spring_then.end, Some(runs["summer"].start), "a run ends where the next begins");
    let numbers: Vec<u64> = search.results(6).values().map(number_of).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

/// Files directly to spectra and run, without Kafka in between.
const STRAIGHT: &str = r#"
[source]
type = "iq_files"
path = "${INPUT}"
follow = "yes"
pace = "0.2 s a file"
block = "1024 samples"

[window]
type = "scan"
length = 256

[[transform]]
type = "power_spectrum"
factor = "root_half"
over = "file"

[[transform]]
type = "run"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${RESULTS}"
data = "statistics"
format = { type = "quax", scan = 256 }
delivery = "exactly_once"
partitions = 1
kept_as = "${NAME}"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${RUN}"
data = "runs"
delivery = "exactly_once"
partitions = 1
kept_as = "${NAME}"
"#;

#[test]
fn a_folder_is_resumed_where_it_stopped() {
    let Some(kafka) = Kafka::shared() else { return };
    let random = &mut Random::new();
    let (folder, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    pairs(folder.path(), FILES, SIZES.1);
    let search = Search::new(kafka, SIZES);
    let file = write(&own, "straight.toml", STRAIGHT);
    let [results, run] = ["results", "run"].map(|name| search.topic(name));
    let begin = |name: &str| {
        let input = folder.path().to_str().unwrap();
        let set = [
            ("KAFKA_BROKERS", search.brokers.as_str()),
            ("INPUT", input),
            ("RESULTS", &results),
            ("RUN", &run),
            ("NAME", name),
        ];
        start(&["run", &file], &set)
    };
    let mut process = begin(&search.name);
    for _ in 0..5 {
        random.pause(500, 1000);
        process.kill();
        process = begin(&search.name);
    }
    expect_undisturbed(&search, folder.path());
    process.interrupt();
    assert!(process.wait(LIMIT).is_some(), "{}", said(&process));

    // nothing is stored under another name: all files are read again, and the existing run continues
    let mut process = begin(&format!("{}-again", search.name));
    let records = read(&search.brokers, &results, 2 * FILES, LIMIT);
    assert_eq!(records.len(), 2 * FILES, "{}", said(&process));
    process.interrupt();
    assert!(process.wait(LIMIT).is_some(), "{}", said(&process));
    assert_eq!(search.runs()["1"].running.files(), 2 * FILES as u64);
}
