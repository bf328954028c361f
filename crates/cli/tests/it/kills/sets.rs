//! Training sets, built one after another by workers while their broker is killed.

use super::member::Member;
use crate::dataset_workers::{MORE, alone};
use crate::disasters::Random;
use crate::passband::{command, start};
use crate::recordings::{arguments, difference, files, make};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const RECORDINGS: usize = 400;
/// Time limit for a set; undisturbed, it takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct Sets<'a> {
    kafka: &'a Kafka,
    folder: tempfile::TempDir,
    queue: String,
    /// The files of the set as built by a single undisturbed process.
    right: BTreeMap<String, Vec<u8>>,
}

/// The result of building the sets.
#[derive(Default)]
pub struct Built {
    pub sets: usize,
    /// Number of times that planners were killed or found no broker, and continued after a restart.
    pub continued: usize,
    /// Files that differ from those of an undisturbed build.
    pub wrong: Vec<String>,
}

impl<'a> Sets<'a> {
    pub fn new(kafka: &'a Kafka) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), RECORDINGS);
        let right = alone(folder.path());
        let queue = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
        Self { kafka, folder, queue, right }
    }

    pub fn workers(&self) -> Vec<Member<'_>> {
        let begin = || start(&["dataset", "worker", &self.queue, "--threads", "1"], &[]);
        let worker = |n| Member::new(&format!("worker {n}"), self.kafka.bootstrap(), vec![], begin);
        let workers: Vec<_> = (0..2).map(worker).collect();
        // a worker that has never reached its broker would fail
        for worker in &workers {
            worker.process.wait_line("waiting for shards", PATIENCE);
        }
        workers
    }

    /// Builds sets until `over`; every third planner is killed during the build.
    pub fn build(&self, over: impl Fn() -> bool, random: &mut Random) -> Built {
        let mut built = Built::default();
        while built.sets == 0 || !over() {
            self.one(&mut built, random);
            built.sets += 1;
            std::thread::sleep(Duration::from_secs(1));
        }
        built
    }

    fn one(&self, built: &mut Built, random: &mut Random) {
        let into = self.folder.path().join(format!("set{}", built.sets));
        let prefix = into.join("set").display().to_string();
        let more = [&MORE[..], &["--workers", &self.queue]].concat();
        let arguments = arguments(self.folder.path(), &prefix, &more);
        let begin = || Process::start(&mut command(&arguments, &[]));
        let mut planner = begin();
        if built.sets % 3 == 1 {
            random.pause(100, 1500);
            planner.kill();
            planner = begin();
            built.continued += 1;
        }
        let began = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let status = planner.wait(left);
            let told = planner.lines(Stream::Err).join("\n");
            match status.and_then(|status| status.code()) {
                Some(0) => break,
                Some(1) if told.contains("no Kafka broker answers") => {
                    built.continued += 1;
                    planner = begin();
                }
                _ => panic!(
                    "set {} is not finished, {status:?}: {told}\n{:?}",
                    built.sets,
                    files(&into).keys()
                ),
            }
        }
        let differs = difference(&self.right, &files(&into));
        built.wrong.extend(differs.into_iter().map(|what| format!("{what} of set {}", built.sets)));
        // no temporary files are left
        let left = std::fs::read_dir(&into).unwrap().count();
        if left != self.right.len() {
            built.wrong.push(format!("{left} files of set {}", built.sets));
        }
        std::fs::remove_dir_all(&into).unwrap();
    }
}
