//! Training sets, built one after the other by workers over the broker that is killed.

use super::member::Member;
use crate::dataset_workers::{MORE, alone};
use crate::disasters::Random;
use crate::passband::{command, start};
use crate::recordings::{arguments, difference, files, make};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const RECORDINGS: usize = 400;
/// How long a set may take; undisturbed it takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct Sets<'a> {
    kafka: &'a Kafka,
    folder: tempfile::TempDir,
    queue: String,
    /// The files of the set as one undisturbed process builds it.
    right: BTreeMap<String, Vec<u8>>,
}

/// What became of the sets.
#[derive(Default)]
pub struct Built {
    pub sets: usize,
    /// Planners that were killed or found no broker, and went on when they were started again.
    pub continued: usize,
    /// Files that differ.
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
        // one that has never found its broker would be an error
        for worker in &workers {
            worker.process.wait_line("waiting for shards", PATIENCE);
        }
        workers
    }

    /// Builds sets until it is over, every third with a planner that is killed on the way.
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
        // by name one more than the files: nothing else is left
        let left = std::fs::read_dir(&into).unwrap().count();
        if left != self.right.len() {
            built.wrong.push(format!("{left} files of set {}", built.sets));
        }
        std::fs::remove_dir_all(&into).unwrap();
    }
}
