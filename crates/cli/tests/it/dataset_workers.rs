//! Training sets built by several threads and by workers over Kafka, with kills, have the bytes of a single process.

use crate::disasters::{Fleet, Random};
use crate::passband::{command, run, start};
use crate::recordings::{arguments, build, difference, files, make};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::path::Path;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(300);
/// Splits by speaker, in many shards.
pub const MORE: [&str; 6] =
    ["--shards", "40", "--split", "train=0.8,test=0.2", "--group-by", r"_(speaker\d)_"];

/// The set built by one process with one thread.
pub fn alone(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let prefix = folder.join("alone/set").display().to_string();
    let (code, told) = build(folder, &prefix, &[&MORE[..], &["--threads", "1"]].concat());
    assert_eq!(code, 0, "{told}");
    files(&folder.join("alone"))
}

#[test]
fn threads_and_kills_leave_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 2000);
    let right = alone(folder.path());
    assert_eq!(right.len(), 41);
    for threads in ["2", "5"] {
        let into = folder.path().join(format!("threads{threads}"));
        let prefix = into.join("set").display().to_string();
        let (code, told) = build(folder.path(), &prefix, &[&MORE[..], &["--threads", threads]].concat());
        assert_eq!(code, 0, "{told}");
        assert_eq!(difference(&right, &files(&into)), [""; 0], "{threads} threads");
    }
    // killed repeatedly, each time a little later
    let into = folder.path().join("killed");
    let prefix = into.join("set").display().to_string();
    let arguments = arguments(folder.path(), &prefix, &MORE);
    let mut kept = 0;
    for number in 0..20 {
        let mut process = start(&arguments, &[]);
        std::thread::sleep(Duration::from_millis(20 + 15 * number));
        process.kill();
        let finished = std::fs::read_dir(into.join("set.progress")).map_or(0, Iterator::count);
        assert!(finished >= kept || into.join("set.json").exists(), "what was finished stays");
        kept = finished;
    }
    let output = run(&arguments, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(difference(&right, &files(&into)), [""; 0]);
    assert!(!into.join("set.progress").exists());
}

#[test]
fn killed_workers_build_each_shard_once() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 3000);
    let right = alone(folder.path());
    for (workers, kills) in [(1, 0), (2, 0), (5, 20)] {
        let queue = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
        let begin = |_| start(&["dataset", "worker", &queue, "--threads", "1"], &[]);
        let mut fleet = Fleet::new(workers, &begin);
        let into = folder.path().join(format!("workers{workers}"));
        let prefix = into.join("set").display().to_string();
        let more = [&MORE[..], &["--workers", &queue]].concat();
        let mut planner = Process::start(&mut command(&arguments(folder.path(), &prefix, &more), &[]));
        let mut random = Random::new();
        for _ in 0..kills {
            random.pause(50, 400);
            fleet.kill(&mut random, |random| random.pause(0, 200));
        }
        let status = planner.wait(LONG);
        let told = planner.lines(Stream::Err).join("\n");
        assert!(status.is_some_and(|status| status.success()), "{told}\n{:?}", fleet.said());
        fleet.end();
        assert_eq!(difference(&right, &files(&into)), [""; 0], "{workers} workers");
        let left: Vec<_> =
            std::fs::read_dir(&into).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), right.len(), "nothing else is left: {left:?}");
    }
}

#[test]
fn a_stopped_planner_resumes() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 500);
    let right = alone(folder.path());
    let queue = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
    let into = folder.path().join("later");
    let prefix = into.join("set").display().to_string();
    let more = [&MORE[..], &["--workers", &queue]].concat();
    let arguments = arguments(folder.path(), &prefix, &more);
    // without a worker, the planner waits, and reports this when it is stopped
    let mut planner = start(&arguments, &[]);
    planner.wait_line("were sent to workers", LONG);
    planner.interrupt();
    assert_eq!(planner.wait(LONG).and_then(|status| status.code()), Some(130));
    assert!(!into.join("set.json").exists());
    let worker = start(&["dataset", "worker", &queue], &[]);
    worker.wait_line("building shard", LONG);
    let output = run(&arguments, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    worker.interrupt();
    assert_eq!(difference(&right, &files(&into)), [""; 0]);
}

#[test]
fn a_shard_that_fails_is_reported_by_the_planner() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 40);
    let queue = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
    let prefix = folder.path().join("set/set").display().to_string();
    let mut planner = start(&arguments(folder.path(), &prefix, &["--workers", &queue]), &[]);
    planner.wait_line("were sent to workers", LONG);
    std::fs::remove_file(folder.path().join("blobs").join(crate::recordings::name(7))).unwrap();
    let worker = start(&["dataset", "worker", &queue], &[]);
    let status = planner.wait(LONG).and_then(|status| status.code());
    let told = planner.lines(Stream::Err).join("\n");
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains(&crate::recordings::name(7)), "{told}");
    // the worker waits for the next task
    worker.interrupt();
}

#[test]
fn custom_pipelines_are_not_built_by_workers() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let list = make(folder.path(), 20).display().to_string();
    let queue = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
    let worker = start(&["dataset", "worker", &queue], &[]);
    // named like the command's pipeline, with other content
    for (own, why) in [("names = \"mfcc\"", "other settings"), ("", "another format")] {
        let text = std::fs::read_to_string(crate::passband::pipeline("dataset.toml")).unwrap();
        let text = match own {
            "" => text.replace("${FORMAT:-tfrecord}", "parquet"),
            own => text.replace("names = \"${FEATURES:-}\"", own),
        };
        let file = crate::passband::write(&folder, "dataset.toml", &text);
        let output = folder.path().join("set").display().to_string();
        let blobs = folder.path().join("blobs").display().to_string();
        let set = [("INPUT", &list[..]), ("BLOBS", &blobs), ("OUTPUT", &output), ("WORKERS", &queue)];
        let set: Vec<String> = set.iter().map(|(name, value)| format!("--set={name}={value}")).collect();
        let all: Vec<&str> = ["run", &file].into_iter().chain(set.iter().map(String::as_str)).collect();
        let ended = run(&all, &[]);
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(1) && told.contains(why), "{told}");
        assert!(!folder.path().join("set.json").exists());
    }
    worker.interrupt();
}

#[test]
fn an_external_scheduler_builds_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), 500);
    let right = alone(folder.path());
    let into = folder.path().join("external");
    let prefix = into.join("set").display().to_string();
    let dataset = |words: &[&str]| {
        let output = run(&[&["dataset"], words].concat(), &[]);
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&told).into_owned())
    };
    let (code, told) = dataset(&["shard", &prefix, "0"]);
    assert!(code == Some(1) && told.contains("has no plan"), "{told}");
    let (code, told) = build(folder.path(), &prefix, &[&MORE[..], &["--workers", "external"]].concat());
    assert!(code == 0 && told.contains("40 shards are planned"), "{code}: {told}");
    assert!(!into.join("set.json").exists());
    let (code, told) = dataset(&["shard", &prefix, "40"]);
    assert!(code == Some(1) && told.contains("has no shard 40"), "{told}");
    for number in (1..40).rev() {
        assert_eq!(dataset(&["shard", &prefix, &number.to_string()]).0, Some(0));
    }
    let (code, told) = dataset(&["finish", &prefix]);
    assert!(code == Some(1) && told.contains("1 of 40 shards are not built"), "{told}");
    // planned again, only the missing shard is left; building a finished one changes nothing
    let (code, told) = build(folder.path(), &prefix, &[&MORE[..], &["--workers", "external"]].concat());
    assert!(code == 0 && told.contains("1 shards are planned"), "{code}: {told}");
    for number in ["0", "0", "7"] {
        let (code, told) = dataset(&["shard", &prefix, number]);
        assert_eq!(code, Some(0), "{told}");
    }
    let (code, told) = dataset(&["finish", &prefix]);
    assert!(code == Some(0) && told.contains("500 records in 40 shards"), "{told}");
    assert_eq!(difference(&right, &files(&into)), [""; 0]);
    let left = std::fs::read_dir(&into).unwrap().count();
    assert_eq!(left, right.len(), "nothing else is left");
    assert_eq!(dataset(&["finish", &prefix]).0, Some(0));
}
