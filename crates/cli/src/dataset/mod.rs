//! `passband dataset`: builds a training set with the pipeline `dataset`, starts workers, inspects a set.

mod external;
mod inspect;
mod options;
mod worker;

use crate::print::{self, Print};
use crate::run;
use crate::variables::Set;
use clap::{Args, Subcommand};
use options::Build;
use std::process::ExitCode;

/// `passband dataset`
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Dataset {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    build: Option<Build>,
}

/// Further commands for training sets.
#[derive(Subcommand)]
enum Other {
    /// Inspect a set: checksums, counts, lengths, some records, warnings.
    Inspect(inspect::Inspect),
    /// Build shards planned by another process, until stopped.
    Worker(worker::Worker),
    /// Build one shard of a set that was planned with --workers external.
    Shard(external::BuildShard),
    /// Complete a set that was planned with --workers external.
    Finish(external::Finish),
}

pub fn dataset(what: &Dataset, print: Print) -> ExitCode {
    match (&what.other, &what.build) {
        (Some(Other::Inspect(what)), _) => inspect::inspect(what, print),
        (Some(Other::Worker(what)), _) => worker::work(what, print),
        (Some(Other::Shard(what)), _) => external::shard(what, print),
        (Some(Other::Finish(what)), _) => external::finish(what, print),
        (None, Some(what)) => build(what, print),
        (None, None) => {
            let fault = passband_signal::Fault::new("no list and no command is given");
            print::faulty(&[fault.fix("see passband dataset --help")], print)
        }
    }
}

fn build(what: &Build, print: Print) -> ExitCode {
    let mut set = what.variables.clone();
    let given = |set: &Set, name: &str| set.get(name).cloned().filter(|value| !value.is_empty());
    if given(&set, "WORKERS").is_some() {
        // workers may run in a different folder
        let blobs = given(&set, "BLOBS").unwrap_or_else(|| ".".into());
        set.insert("BLOBS".into(), absolute(&blobs));
    }
    run::recordings("dataset", set, print)
}

/// The absolute path; addresses are unchanged.
fn absolute(path: &str) -> String {
    let own =
        || std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string());
    if path.contains("://") { path.to_owned() } else { own() }
}
