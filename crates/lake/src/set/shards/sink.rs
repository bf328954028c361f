//! The sink: writes one shard after another, or delegates shards to workers, and records which are finished.

use super::lock::BuildLock;
use super::shard_file::{ShardFile, name, schema};
use super::{manifest, names, previous};
use crate::set::manifest::{FinishedShard, Manifest, Progress, ShardEntry};
use crate::set::record::{Schema, ShardFormat};
use crate::set::tasks::{self, PlanFile, Queue};
use passband_flow::Control;
use passband_flow::data::{Data, Example, Output, Position, Positions, Refusal, Rows, Set, Shard};
use passband_flow::engine::End;
use passband_flow::part::{Commit, Commits, Committed, Ledger, Sink};
use passband_flow::store::{Directory, Upload};
use passband_signal::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How workers receive the shards that they build.
pub enum HandOut {
    /// As messages of a topic; the set is completed here.
    Kafka(Queue),
    /// Another scheduler starts a process for each shard, and completes the set.
    External,
}

/// Settings for shards built by workers.
pub struct WorkerBuild {
    pub queue: HandOut,
    /// The set's prefix, as workers see it.
    pub output: String,
    pub plan: PlanFile,
    pub rows: Arc<dyn Rows>,
}

pub struct ShardSink {
    place: Directory,
    stem: String,
    format: ShardFormat,
    set: Arc<Set>,
    schema: Schema,
    progress: Progress,
    /// Finished shards by number.
    done: BTreeMap<i32, FinishedShard>,
    /// Whether the progress notes of other plans were removed.
    begun: bool,
    /// Set if workers build the shards.
    workers_build: Option<WorkerBuild>,
    /// Whether the set is complete.
    whole: bool,
    control: Control,
    building: Option<ShardFile>,
    quarantine: Option<Box<dyn Upload>>,
    /// Held until the sink is dropped.
    _lock: Option<BuildLock>,
}

impl ShardSink {
    pub fn open(
        (place, stem, lock): (Directory, String, Option<BuildLock>),
        format: ShardFormat,
        set: Arc<Set>,
        workers_build: Option<WorkerBuild>,
        control: &Control,
    ) -> Result<Self> {
        let progress = Progress::of(&stem);
        if set.only.is_empty() {
            previous::check(&place, &stem, &set, format)?;
        }
        // a worker checks only its own shards, to avoid a request per shard and worker
        let mut done = match set.only.is_empty() {
            true => progress.finished(&place)?,
            false => progress.finished_of(&place, &set.only)?,
        };
        // only shards of this plan and format
        done.retain(|number, done| {
            let shard = set.shards.get(*number as usize);
            done.plan == set.plan && shard.is_some_and(|shard| name(&stem, shard, format) == done.shard.file)
        });
        let schema = schema(&set)?;
        // omitted in a worker, which would print it for each shard
        if !done.is_empty() && set.only.is_empty() {
            let all = set.shards.len();
            control.note(|| format!("{} of {all} shards are built already", done.len()));
        }
        let (building, quarantine, control) = (None, None, control.clone());
        let (begun, whole) = (false, true);
        let mut writer = Self {
            place,
            stem,
            format,
            set,
            schema,
            progress,
            done,
            begun,
            workers_build,
            whole,
            control,
            building,
            quarantine,
            _lock: lock,
        };
        writer.hand_out()?;
        Ok(writer)
    }

    /// Sends the missing shards to the workers.
    fn hand_out(&mut self) -> Result<()> {
        let left = self.set.shards.iter().filter(|shard| shard.examples > 0);
        let left: Vec<_> = left.filter(|shard| !self.done.contains_key(&shard.number)).cloned().collect();
        if left.is_empty() || self.workers_build.is_none() {
            return Ok(());
        }
        self.begin()?;
        let Some(WorkerBuild { queue, output, plan, rows }) = &self.workers_build else { return Ok(()) };
        for shard in &left {
            // retry shards that failed before
            self.progress.clear_fault(&self.place, shard.number)?;
        }
        plan.write(&self.place, &self.stem, &left, &**rows)?;
        let numbers: Vec<i32> = left.iter().map(|shard| shard.number).collect();
        if let HandOut::Kafka(queue) = queue {
            queue.send(output, &self.set.plan, &numbers)?;
            self.control.note(|| format!("{} shards were sent to workers at {queue}", numbers.len()));
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            // noted before the manifest and the notes that list the old files are removed: a build that is killed in between
            // must still know them
            let mut files = self.progress.files(&self.place)?;
            files.append(&mut previous::files(&self.stem, &self.set, self.format));
            self.progress.announce(&self.place, &self.set.plan, &files)?;
            previous::clear(&self.place, &self.stem, &self.set, self.format)?;
            self.progress.begin(&self.place, &self.set.plan)?;
        }
        Ok(())
    }

    fn start(&mut self, shard: Arc<Shard>) -> Result<ShardFile> {
        // for a worker, the planning process has done this
        if self.set.only.is_empty() {
            self.begin()?;
        }
        let file = name(&self.stem, &shard, self.format);
        ShardFile::start(&self.place, file, shard, self.format, &self.schema)
    }

    fn end(&mut self, building: ShardFile) -> Result<()> {
        let (number, file) = (building.shard.number, building.file.clone());
        if !self.set.only.is_empty() {
            PlanFile::ensure_current(&self.place, &self.stem, &self.set.plan, self.format)?;
        }
        let shard = ShardEntry { file, written: building.finish(&self.place)? };
        let done = FinishedShard { plan: self.set.plan.clone(), number, shard };
        self.progress.add(&self.place, &done)?;
        if !self.set.only.is_empty()
            && let Err(fault) = PlanFile::ensure_current(&self.place, &self.stem, &self.set.plan, self.format)
        {
            // another worker has built the same shard, and the set has been completed in the meantime
            self.progress.withdraw(&self.place, &done)?;
            return Err(fault);
        }
        self.done.insert(number, done);
        Ok(())
    }

    fn add(&mut self, example: &Example) -> Result<()> {
        let samples = example.audio.as_ref().map_or(0, |audio| audio.len());
        let values: usize = example.features.iter().map(|feature| feature.values.len()).sum();
        self.control.counters.example_bytes.add(4 * (samples + values) as u64);
        let mut building = match self.building.take() {
            Some(building) => building,
            None => self.start(example.shard.clone())?,
        };
        match building.add(example)? {
            true => self.end(building),
            false => {
                self.building = Some(building);
                Ok(())
            }
        }
    }

    /// Writes the shards that have no examples.
    fn empty(&mut self) -> Result<()> {
        let set = self.set.clone();
        let left = set.shards.iter().filter(|shard| shard.examples == 0);
        for shard in left.filter(|shard| set.only.is_empty() || set.only.contains(&shard.number)) {
            if !self.done.contains_key(&shard.number) {
                let building = self.start(shard.clone())?;
                self.end(building)?;
            }
        }
        Ok(())
    }

    /// Removes partial files of the set left by killed processes.
    fn sweep(&self) -> Result<()> {
        let Self { stem, set, format, .. } = self;
        let mut files: BTreeSet<_> = set.shards.iter().map(|shard| name(stem, shard, *format)).collect();
        files.extend([Manifest::name(stem), names::quarantine(stem)]);
        self.place.sweep(&|file| files.contains(file))
    }

    fn row(&mut self, bytes: &[u8]) -> Result<()> {
        let Self { place, quarantine, stem, .. } = self;
        let name = names::quarantine(stem);
        let file = match quarantine {
            Some(file) => file,
            None => {
                let mut file = place.create(&name)?;
                file.write_all(b"row,line,blob,reason\n").map_err(|error| place.unwritten(&name, error))?;
                quarantine.insert(file)
            }
        };
        file.write_all(bytes).map_err(|error| place.unwritten(&name, error))
    }

    /// Completes the quarantine, or removes that of an earlier build if no row is quarantined.
    fn set_aside(&mut self) -> Result<()> {
        let name = names::quarantine(&self.stem);
        match self.quarantine.take() {
            Some(file) => {
                file.finish().map_err(|error| self.place.unwritten(&name, error))?;
                self.control.note(|| {
                    format!("the quarantined rows and the reasons are in {name}, beside the shards")
                });
                Ok(())
            }
            None => self.place.remove(&name),
        }
    }
}

/// The finished shards, including those built elsewhere, each with its plan.
struct Finished(BTreeMap<i32, Option<Position>>);

impl Ledger for Finished {
    fn positions(&self) -> Result<BTreeMap<i32, Option<Position>>> {
        Ok(self.0.clone())
    }
}

impl Sink for ShardSink {
    fn write(&mut self, output: &Output) -> Result<()> {
        match &output.data {
            Data::Example(example) => self.add(example),
            _ => Ok(()),
        }
    }

    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.row(&refusal.bytes).map(|()| true)
    }

    fn ledger(&self) -> Commits {
        let of = |plan: &String| Some(Position { note: Some(plan.clone()), ..Position::default() });
        let mut there: BTreeMap<_, _> =
            self.done.iter().map(|(number, done)| (*number, of(&done.plan))).collect();
        if self.workers_build.is_some() {
            there.extend(self.set.shards.iter().map(|shard| (shard.number, of(&self.set.plan))));
        }
        Commits::Kept(Arc::new(Finished(there)))
    }

    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe)
    }

    fn finish(&mut self, end: End) -> Result<()> {
        // an incomplete shard is discarded
        self.building = None;
        if end != End::Complete {
            return Ok(());
        }
        self.empty()?;
        if !self.set.only.is_empty() {
            return Ok(());
        }
        self.set_aside()?;
        match &self.workers_build {
            Some(WorkerBuild { queue: HandOut::Kafka(queue), .. }) => {
                let Self { place, stem, set, done, control, .. } = self;
                self.whole = tasks::wait(place, stem, set, done, control, &queue.to_string())?;
            }
            Some(WorkerBuild { queue: HandOut::External, output, .. }) => {
                let left = self.set.shards.len() - self.done.len();
                if left > 0 {
                    self.control.note(|| {
                        format!(
                            "{left} shards are planned; build each by: passband dataset shard {output} NUMBER, \
                             then complete the set by: passband dataset finish {output}"
                        )
                    });
                }
            }
            None => {}
        }
        if self.done.len() == self.set.shards.len() {
            manifest::write(&self.place, &self.stem, &self.set, self.format, &self.schema, &self.done)?;
            self.sweep()?;
        }
        Ok(())
    }

    fn whole(&self) -> bool {
        self.whole
    }
}
