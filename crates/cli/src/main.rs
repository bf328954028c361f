//! The `passband` binary: arguments, progress and printing. The work is done by the other crates.

mod analyze;
mod arguments;
mod dataset;
mod describe;
mod devices;
mod learn;
mod print;
mod progress;
mod ready;
mod replay;
mod run;
mod score;
mod serve;
mod sql;
mod table;
mod variables;

use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use passband_signal::Fault;
use passband_signal::address::redact;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Arguments { quiet, json, verbose, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let print = print::Print { quiet, json, verbose };
    match command {
        Command::Demo(demo) => run::demo(&demo, print),
        Command::Live(live) => run::live(&live, print),
        Command::Run(what) => run::run(&what, print),
        Command::Show(what) => ready::show(&what.name, print),
        Command::Analyze(what) => analyze::analyze(&what, print),
        Command::Score(what) => score::score(&what, print),
        Command::Serve(what) => serve::serve(&what, print),
        Command::Learn(what) => learn::learn(&what, print),
        Command::Predict(what) => learn::predict(&what, print),
        Command::Sql(what) => sql::sql(&what, print),
        Command::Dataset(what) => dataset::dataset(&what, print),
        Command::Table(what) => table::table(&what, print),
        Command::Replay(what) => replay::replay(&what, print),
        Command::Devices => devices::list(print),
        Command::Explain(what) => describe::explain(&what, print),
        Command::Schema => describe::schema(),
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Arguments::command(), "passband", &mut script);
            print::out(&String::from_utf8_lossy(&script))
        }
    }
}

/// Prints an error of the arguments, or the requested help. Addresses in arguments may contain secrets.
fn refused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // without arguments that can be read, the option is looked for among them
    if std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json") {
        let text = error.render().to_string();
        let (what, usage) = text.split_once("\n\nUsage:").unwrap_or((&text, ""));
        let what = what.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
        let usage = usage.split("\n\n").next().unwrap_or_default().trim();
        let fault = Fault::new(redact(&what).into_owned());
        print::fault(&if usage.is_empty() { fault } else { fault.fix(usage) }, true);
        return ExitCode::from(2);
    }
    let text = match std::io::stderr().is_terminal() {
        true => error.render().ansi().to_string(),
        false => error.render().to_string(),
    };
    print::say(redact(text.trim_end()));
    ExitCode::from(2)
}
