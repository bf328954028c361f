//! The sink `shards`: writes examples to the shards of a training set.

mod lock;
pub(crate) mod manifest;
pub(crate) mod names;
mod previous;
pub(crate) mod shard_file;
mod sink;

use crate::set::record::ShardFormat;
use crate::set::tasks::{PlanFile, Queue};
use passband_flow::config::{self, PassedOn};
use passband_flow::data::{Kind, Set};
use passband_flow::engine::Context;
use passband_flow::part::{Sink, SinkPlan, Writes};
use passband_flow::store;
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use sink::{HandOut, WorkerBuild};
use std::sync::PoisonError;

/// The value of `workers` for schedulers other than Kafka.
const EXTERNAL: &str = "external";

passband_flow::settings! {
    /// Writes examples as the shards of a training set, which TensorFlow, PyTorch and JAX read directly.
    ///
    /// `PREFIX-00000-of-00004.tfrecord`, or with splits `PREFIX-train-00000-of-00004.tfrecord`. A shard appears under its
    /// name when it is complete; a build that was stopped continues with the missing shards. `PREFIX.json` is the
    /// manifest, `PREFIX-labels.json` maps label names to numbers, `PREFIX-quarantine.csv` lists the rows that are in no
    /// shard, with reasons. The same list, blobs and settings give the same bytes.
    pub struct Shards {
        /// The prefix of all file names: `sets/digits`, or `s3://bucket/sets/digits` (`gs://`, `az://`).
        output: String,
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// The format of the shards.
        format: FormatName = "tfrecord",
        /// The address of a Kafka topic from which workers take shards to build, such as `kafka://localhost:9092`,
        /// optionally with `/topic` (default `passband-shards`). Workers must reach output and blobs under the same
        /// addresses. `external`: only the plan is written; another scheduler (Slurm, Apache Beam) builds each shard
        /// by `passband dataset shard`, and completes the set by `passband dataset finish`. Default: shards are built in
        /// this process.
        workers: Option<String>,
        /// Any setting of librdkafka for that topic, by its own name.
        librdkafka: PassedOn,
    }
}

passband_flow::choice! {
    /// The format of the shards.
    pub enum FormatName {
        /// TFRecord: one `tf.train.Example` per record.
        TfRecord = "tfrecord",
        /// TFRecord, compressed with GZIP.
        TfRecordGzip = "tfrecord.gz",
        /// Apache Parquet.
        Parquet = "parquet",
        /// WebDataset: a tar with several files per example.
        WebDataset = "webdataset",
    }
}

impl Shards {
    fn shard_format(&self) -> ShardFormat {
        match self.format {
            FormatName::TfRecord => ShardFormat::TfRecord,
            // level 6 takes six to eight times as long, and saves about 10 %
            FormatName::TfRecordGzip => ShardFormat::TfRecordGzip { level: 1 },
            FormatName::Parquet => ShardFormat::Parquet,
            FormatName::WebDataset => ShardFormat::WebDataset,
        }
    }
}

impl Shards {
    /// How shards are handed to workers; `None` if they are built here.
    fn queue(&self) -> Result<Option<HandOut>> {
        Ok(match self.workers.as_deref() {
            None => None,
            Some(EXTERNAL) => Some(HandOut::External),
            Some(address) => Some(HandOut::Kafka(Queue::of(address, &self.librdkafka)?)),
        })
    }

    fn workers_build(&self, set: &Set, context: &Context) -> Result<Option<WorkerBuild>> {
        let Some(queue) = self.queue()? else { return Ok(None) };
        let Some(rows) = context.rows.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return Err(Fault::new("the source does not provide the rows of its shards"));
        };
        let output = match self.output.contains("://") {
            true => self.output.clone(),
            false => std::path::absolute(&self.output)
                .map_err(|error| Fault::new("output is not a path").why(error))?
                .display()
                .to_string(),
        };
        let plan = PlanFile::of(set, self.shard_format(), context);
        Ok(Some(WorkerBuild { queue, output, plan, rows }))
    }
}

/// Whether a file name with this suffix after the stem belongs to a set: manifest, label map, quarantine or shard.
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
            .then(|| "training sets consist of examples; use the source 'labelled'".into())
    }
    /// A shard is committed by renaming: it appears under its name when it is complete.
    fn exactly_once(&self) -> bool {
        true
    }
    fn check(&self, place: &config::Place, faults: &mut Vec<Fault>) {
        if self.output.is_empty() || self.output.ends_with('/') {
            faults.push(place.fault("output", "is not a prefix").fix("write it like sets/digits"));
        }
        if let Err(fault) = self.queue() {
            faults.push(fault.within(&place.of("workers")));
        }
        store::check(&self.output, &self.store, place, faults);
    }
    fn writes(&self) -> Vec<Writes> {
        vec![Writes::Prefix(self.output.clone(), is_ours)]
    }
    fn open(&self, _: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let (place, stem) = Directory::of(&self.output, &self.store, &context.control)?;
        let Some(set) = context.set.get().cloned() else {
            return Err(Fault::new("the source plans no training set").fix("use the source 'labelled'"));
        };
        let workers_build = self.workers_build(&set, context)?;
        // several workers build one set
        let lock = if set.only.is_empty() { lock::BuildLock::of(&place, &stem)? } else { None };
        let to = (place, stem, lock);
        let writer = sink::ShardSink::open(to, self.shard_format(), set, workers_build, &context.control)?;
        Ok(Box::new(writer))
    }
}
