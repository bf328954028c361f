//! `passband dataset worker`: builds shards planned by another process.

use crate::print::{self, Print};
use crate::run::{self, Then};
use crate::variables::Set;
use clap::Args;
use passband_flow::config::PassedOn;
use passband_flow::engine::End;
use passband_flow::{Control, Summary};
use passband_lake::set::tasks::{self, Queue, Task};
use passband_signal::{Fault, Result};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

/// `passband dataset worker`
#[derive(Args)]
pub struct Worker {
    /// Topic of the shards to build: kafka://host:port, or kafka://host:port/topic
    /// (PASSBAND_LIBRDKAFKA may contain settings of librdkafka, such as security.protocol=SSL,…)
    #[arg(value_name = "ADDRESS")]
    queue: String,
    /// Number of threads that decode, and of threads that measure features. Default: the number of processors.
    #[arg(long)]
    threads: Option<u32>,
}

pub fn work(what: &Worker, print: Print) -> ExitCode {
    let more = std::env::var("PASSBAND_LIBRDKAFKA").unwrap_or_default();
    let more = more.parse::<PassedOn>().map_err(|why| Fault::new(format!("PASSBAND_LIBRDKAFKA {why}")));
    let queue = match more.and_then(|more| Queue::of(&what.queue, &more)) {
        Ok(queue) => queue,
        Err(fault) => return print::faulty(&[fault], print),
    };
    run::under("dataset worker", print, None, Then::default(), |control| {
        let began = Instant::now();
        tasks::work(&queue, control, &|task| build(task, what.threads, control))?;
        Ok(Summary { end: End::Complete, seconds: began.elapsed().as_secs_f64(), written: vec![] })
    })
}

/// Runs the set's own pipeline for one of its shards.
fn build(task: &Task<'_>, threads: Option<u32>, control: &Control) -> Result<()> {
    let variables = task.plan.of_shard(task.set, task.shard)?;
    pipeline(&task.plan.pipeline, variables, threads, control).map(drop)
}

/// Runs the pipeline of a set with these variables.
pub fn pipeline(
    name: &str,
    variables: BTreeMap<String, String>,
    threads: Option<u32>,
    control: &Control,
) -> Result<Summary> {
    let mut set: Set = variables.into_iter().collect();
    set.insert("THREADS".into(), threads.map(|threads| threads.to_string()).unwrap_or_default());
    let pipeline = run::ready_pipeline(name, &set).map_err(|faults| {
        let first = faults.into_iter().next();
        first.unwrap_or_else(|| Fault::new("the pipeline of the set cannot be read"))
    })?;
    passband_flow::run(&pipeline, control)
}
