//! The `passband` binary: arguments, progress and printing. What is done is done by the crates below.

mod arguments;
mod dataset;
mod describe;
mod devices;
mod progress;
mod run;

use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Arguments { quiet, json, command } = Arguments::parse();
    let print = run::Print { quiet, json };
    match command {
        Command::Demo(demo) => run::demo(&demo, print),
        Command::Live(live) => run::live(&live, print),
        Command::Run(what) => run::run(&what, print),
        Command::Dataset(what) => dataset::dataset(&what, print),
        Command::Devices => devices::list(print),
        Command::Explain(what) => describe::explain(&what),
        Command::Schema => describe::schema(),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "passband", &mut std::io::stdout());
            ExitCode::SUCCESS
        }
    }
}
