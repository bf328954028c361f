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
    let mut set: Set =
        task.plan.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let own = [
        ("OUTPUT", task.set.to_owned()),
        ("PLANNED", task.set.to_owned()),
        ("ONLY", task.shard.to_string()),
        ("WORKERS", String::new()),
        ("THREADS", threads.map(|threads| threads.to_string()).unwrap_or_default()),
    ];
    set.extend(own.map(|(name, value)| (name.to_owned(), value)));
    for name in
        task.plan.withheld.iter().filter(|name| !matches!(name.as_str(), "INPUT" | "WORKERS" | "OUTPUT"))
    {
        let value = std::env::var(name).map_err(|_| {
            Fault::new(format!("the variable {name} is not set"))
                .at(task.set)
                .why("it is an address with a secret, which a plan does not store")
                .fix(format!(
                    "set {name} in the environment of the worker to the value that the set was planned with"
                ))
        })?;
        set.insert(name.clone(), value);
    }
    let pipeline = run::ready_pipeline(&task.plan.pipeline, &set).map_err(|faults| {
        let first = faults.into_iter().next();
        first.unwrap_or_else(|| Fault::new("the pipeline of the set cannot be read"))
    })?;
    passband_flow::run(&pipeline, control).map(drop)
}
