//! `passband replay`: measures a recording of a watched folder again.

use crate::print::{self, Print};
use clap::Args;
use passband_flow::source::recordings::replay as put_back;
use std::process::ExitCode;

/// `passband replay`
#[derive(Args)]
pub struct Replay {
    /// The content hash of the recording or its first digits, as in the column content_hash.
    pub hash: String,
    /// The log of events of the pipeline: the setting `events` of the source `recordings`.
    #[arg(long, default_value = "events.ndjson")]
    pub events: String,
}

pub fn replay(what: &Replay, print: Print) -> ExitCode {
    match put_back(&what.events, &what.hash) {
        Ok(paths) => {
            let line = |path: &String| match print.json {
                true => format!("{}\n", serde_json::json!({ "path": path })),
                false => format!("{path}\n"),
            };
            print::out(&paths.iter().map(line).collect::<String>())
        }
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}
