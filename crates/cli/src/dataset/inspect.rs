//! `passband dataset inspect`: verifies and describes a set.

use crate::print::{self, Print};
use clap::Args;
use passband_flow::Control;
use std::process::ExitCode;

/// `passband dataset inspect`
#[derive(Args)]
pub struct Inspect {
    /// Prefix of the set's files: sets/digits, or s3://bucket/sets/digits.
    prefix: String,
}

pub fn inspect(what: &Inspect, print: Print) -> ExitCode {
    match passband_lake::set::inspect::inspect(&what.prefix, &Control::default()) {
        Ok(report) => {
            let printed = print::out(&match print.json {
                true => format!("{}\n", report.to_json()),
                false => format!("{report}\n"),
            });
            if report.is_good() { printed } else { ExitCode::FAILURE }
        }
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}
