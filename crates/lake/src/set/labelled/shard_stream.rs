//! The examples of the set's shards, shard by shard.

use super::Labelled;
use super::decode_pool::DecodePool;
use super::identity::settings_identity;
use crate::set::tasks::{PlanFile, ShardRows};
use passband_flow::Control;
use passband_flow::data::{self, Data, Input, Origin, Positions, Rows, Shard, Stream};
use passband_flow::engine::Context;
use passband_flow::part::{Source, Turn};
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// Emits the examples of the shards that are not built yet.
pub struct ShardStream {
    settings: Arc<Labelled>,
    set: Arc<data::Set>,
    shards: Vec<Arc<Shard>>,
    feed: Option<DecodePool>,
    control: Control,
    given: i64,
    done: u64,
    all: u64,
}

impl ShardStream {
    /// A stream of all shards of the set, or of those that this process builds.
    pub fn new(settings: Arc<Labelled>, set: Arc<data::Set>, control: &Control) -> Self {
        let here = |shard: &&Arc<Shard>| set.only.is_empty() || set.only.contains(&shard.number);
        let shards: Vec<_> = set.shards.iter().filter(here).cloned().collect();
        let all = shards.iter().map(|shard| shard.examples).sum();
        Self { settings, set, shards, feed: None, control: control.clone(), given: 0, done: 0, all }
    }

    /// The origin of the next datum.
    pub fn origin(&mut self) -> Origin {
        self.given += 1;
        Origin { shard: 0, offset: self.given - 1 }
    }

    /// Adds the next examples to the batch; `rows` are the rows of each shard.
    pub fn next(&mut self, rows: &Arc<impl Rows + 'static>, batch: &mut Vec<Input>) -> Result<Turn> {
        let feed = self.feed.get_or_insert_with(|| {
            DecodePool::start(
                rows.clone(),
                self.settings.clone(),
                std::mem::take(&mut self.shards),
                &self.control,
            )
        });
        let Some(examples) = feed.next()? else { return Ok(Turn::End) };
        let stream = Stream::from("examples");
        self.done += examples.len() as u64;
        for example in examples {
            batch.push(Input::Datum(stream.clone(), self.origin(), Data::Example(Box::new(example))));
        }
        Ok(Turn::More)
    }

    /// Skips the shards of this plan that are built already.
    pub fn resume(&mut self, positions: &Positions) {
        let there = |shard: &Arc<Shard>| {
            positions.get(&shard.number).is_some_and(|kept| kept.note.as_deref() == Some(&*self.set.plan))
        };
        let (kept, left): (Vec<_>, Vec<_>) = self.shards.drain(..).partition(there);
        self.done = kept.iter().map(|shard| shard.examples).sum();
        self.shards = left;
    }

    pub fn progress(&self) -> (u64, u64) {
        (self.done, self.all)
    }
}

/// The source of a worker: one shard of a set that another process planned.
pub struct PlannedSource {
    stream: ShardStream,
    rows: Arc<ShardRows>,
}

impl PlannedSource {
    /// Reads the plan, which is stored beside the set.
    pub fn open(prefix: &str, only: u32, settings: &Labelled, context: &Context) -> Result<Self> {
        let (place, stem) = Directory::of(prefix, &settings.store, &context.control)?;
        let plan = PlanFile::read(&place, &stem)?.ok_or_else(|| {
            let fault = Fault::new("the set has no plan").at(prefix.to_owned());
            fault
                .why("the plan is removed when the set is complete")
                .fix("plan the set with workers set, or remove planned")
        })?;
        let set = Arc::new(plan.set(vec![only as i32])?);
        if settings_identity(settings, &context.ahead) != set.manifest["settings"] {
            let fault = Fault::new("the set was planned with other settings");
            return Err(fault.at(prefix.to_owned()).why("workers build sets that passband dataset plans").fix(
                "plan it with passband dataset --workers; a pipeline file of your own is built where it runs",
            ));
        }
        let rows = Arc::new(ShardRows::read(&place, &stem, &set, only as i32)?);
        let _ = context.set.set(set.clone());
        let stream = ShardStream::new(Arc::new(settings.clone()), set, &context.control);
        Ok(Self { stream, rows })
    }
}

impl Source for PlannedSource {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        self.stream.next(&self.rows, batch)
    }
    fn resume(&mut self, positions: &Positions) -> Result<()> {
        self.stream.resume(positions);
        Ok(())
    }
    fn progress(&self) -> Option<(u64, u64)> {
        Some(self.stream.progress())
    }
}
