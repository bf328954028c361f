//! The sink `shards`: examples to the files of a training set.

mod lock;
mod manifest;
pub(crate) mod names;
mod previous;
mod shard_file;
mod sink;

use crate::set::record::ShardFormat;
use crate::set::tasks::{PlanFile, Queue};
use passband_flow::config::{self, PassedOn};
use passband_flow::data::{Kind, Set};
use passband_flow::engine::Context;
use passband_flow::part::{Sink, SinkPlan, Writes};
use passband_flow::place::Place;
use passband_flow::source::store;
use passband_signal::{Fault, Result};
use sink::WorkerBuild;
use std::sync::PoisonError;

passband_flow::settings! {
    /// Examples to the shards of a training set, which TensorFlow, PyTorch and JAX read as they are.
    ///
    /// `PREFIX-00000-of-00004.tfrecord`, or with splits `PREFIX-train-00000-of-00004.tfrecord`. A shard is there
    /// when it is whole; a build that was stopped goes on with the shards that are missing. `PREFIX.json` says what
    /// there is, `PREFIX-labels.json` the numbers of labels that have names, `PREFIX-quarantine.csv` what was left out
    /// and why. Same list, blobs and settings: same bytes.
    pub struct Shards {
        /// What the names of all files begin with: `sets/digits`, or `s3://bucket/sets/digits` (`gs://`, `az://`).
        output: String,
        /// How the object store is reached, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// How shards are written.
        format: Written = "tfrecord",
        /// Where workers wait for shards to build, such as `kafka://localhost:9092`, with `/topic` if it is not
        /// `passband-shards`; without it they are built here. Output and blobs must be where all workers find them.
        workers: Option<String>,
        /// Any setting of librdkafka for the workers' topic, by its own name.
        librdkafka: PassedOn,
    }
}

passband_flow::choice! {
    /// How shards are written.
    pub enum Written {
        /// TensorFlow's records, an Example each.
        TfRecord = "tfrecord",
        /// The same in GZIP.
        TfRecordGzip = "tfrecord.gz",
        /// Columns.
        Parquet = "parquet",
        /// A tar with some files for each example.
        WebDataset = "webdataset",
    }
}

impl Shards {
    fn format(&self) -> ShardFormat {
        match self.format {
            Written::TfRecord => ShardFormat::TfRecord,
            // level 6 takes six to eight times as long for about a tenth less
            Written::TfRecordGzip => ShardFormat::TfRecordGzip { level: 1 },
            Written::Parquet => ShardFormat::Parquet,
            Written::WebDataset => ShardFormat::WebDataset,
        }
    }
}

impl Shards {
    fn workers_build(&self, set: &Set, context: &Context) -> Result<Option<WorkerBuild>> {
        let Some(address) = &self.workers else { return Ok(None) };
        let queue = Queue::of(address, &self.librdkafka)?;
        let Some(rows) = context.rows.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return Err(Fault::new("the source does not tell what is in its shards"));
        };
        let output = match self.output.contains("://") {
            true => self.output.clone(),
            false => std::path::absolute(&self.output)
                .map_err(|error| Fault::new("output is no path").why(error))?
                .display()
                .to_string(),
        };
        let plan = PlanFile::of(set, self.format(), context);
        Ok(Some(WorkerBuild { queue, output, plan, rows }))
    }
}

/// Whether what follows the stem of a name makes it one of a set's files: the manifest, the labels, what was set aside,
/// a shard.
fn is_ours(rest: &str) -> bool {
    let shard = |rest: &str| {
        let (before, after) = rest.split_once("-of-")?;
        let digits = |text: &str| text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        let (of, ending) = after.split_once('.')?;
        let written = ["tfrecord", "tfrecord.gz", "parquet", "tar"].contains(&ending);
        Some(written && digits(of) && digits(before.rsplit('-').next()?) && before.starts_with('-'))
    };
    matches!(rest, ".json" | "-labels.json" | "-quarantine.csv") || shard(rest).unwrap_or(false)
}

impl SinkPlan for Shards {
    fn refuses(&self, kind: Kind) -> Option<String> {
        (kind != Kind::Examples)
            .then(|| "training sets are made of examples; read them with 'labelled'".into())
    }
    /// A shard and that it is there are one: its name.
    fn exactly_once(&self) -> bool {
        true
    }
    fn check(&self, place: &config::Place, faults: &mut Vec<Fault>) {
        if self.output.is_empty() || self.output.ends_with('/') {
            faults.push(place.fault("output", "is no prefix").fix("write it like sets/digits"));
        }
        if let Some(Err(fault)) = self.workers.as_ref().map(|address| Queue::of(address, &self.librdkafka)) {
            faults.push(fault.within(&place.of("workers")));
        }
        store::check(&self.output, &self.store, place, faults);
    }
    fn writes(&self) -> Vec<Writes> {
        vec![Writes::Prefix(self.output.clone(), is_ours)]
    }
    fn open(&self, _: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let (place, stem) = Place::of(&self.output, &self.store, &context.control)?;
        let Some(set) = context.set.get().cloned() else {
            return Err(Fault::new("the source plans no training set").fix("read the list with 'labelled'"));
        };
        let workers_build = self.workers_build(&set, context)?;
        // workers are many
        let lock = if set.only.is_empty() { lock::BuildLock::of(&place, &stem)? } else { None };
        let to = (place, stem, lock);
        let writer = sink::ShardSink::open(to, self.format(), set, workers_build, &context.control)?;
        Ok(Box::new(writer))
    }
}
