//! `passband dataset shard` and `finish`: sets whose shards another scheduler builds.

use super::worker::pipeline;
use crate::print::{self, Print};
use crate::run::{self, Then};
use clap::Args;
use passband_flow::Control;
use passband_lake::set::tasks;
use std::process::ExitCode;

/// `passband dataset shard`
#[derive(Args)]
pub struct BuildShard {
    /// Prefix of the planned set: sets/digits, or s3://bucket/sets/digits.
    prefix: String,
    /// The number of the shard, from 0.
    number: i32,
    /// Number of threads that decode, and of threads that measure features. Default: the number of processors.
    #[arg(long)]
    threads: Option<u32>,
}

/// `passband dataset finish`
#[derive(Args)]
pub struct Finish {
    /// Prefix of the planned set: sets/digits, or s3://bucket/sets/digits.
    prefix: String,
}

pub fn shard(what: &BuildShard, print: Print) -> ExitCode {
    run::under("dataset shard", print, None, Then::default(), |control| {
        let (name, variables) = tasks::variables(&what.prefix, what.number, control)?;
        pipeline(&name, variables, what.threads, control)
    })
}

pub fn finish(what: &Finish, print: Print) -> ExitCode {
    match tasks::finish(&what.prefix, &Control::default()) {
        Ok((shards, records)) => {
            let told = serde_json::json!({ "set": what.prefix, "shards": shards, "records": records });
            print::out(&match print.json {
                true => format!("{told}\n"),
                false => format!("{}: {records} records in {shards} shards\n", what.prefix),
            })
        }
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}
