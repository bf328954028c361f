//! `passband sql`: runs statements from the command line, a file, standard input or a prompt.

mod file;
mod prompt;
mod rows;

use crate::print::{self, Print, say};
use crate::table::Place;
use clap::{Args, ValueEnum};
use file::OutputFile;
use passband_lake::table::sql::{OutputFormat, Session, SqlError, Statement};
use passband_signal::Fault;
use rows::Rows;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

/// The stack size of the thread that plans statements: long expressions are processed recursively.
const STACK: usize = 64 << 20;

/// `passband sql`
#[derive(Args)]
pub struct Sql {
    /// Statements, separated by `;`: "SELECT * FROM 'rows.parquet'". Default: statements are read from standard input,
    /// or from a prompt if that is a terminal.
    pub statements: Option<String>,
    /// A file of statements.
    #[arg(long, short, conflicts_with = "statements")]
    pub file: Option<PathBuf>,
    /// Format of the rows [default: table on a terminal, otherwise json; with --output, according to its extension].
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// A file, or an address such as s3://bucket/rows.parquet, for the rows of the last statement. It gets its final
    /// name when it is complete.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub place: Place,
}

/// The format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, for reading.
    Table,
    /// A header line, then one line per row.
    Csv,
    /// One object per row, one per line.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC.
    Arrow,
}

impl Format {
    /// The corresponding file format; `None` for the table.
    fn of_files(self) -> Option<OutputFormat> {
        match self {
            Self::Table => None,
            Self::Csv => Some(OutputFormat::Csv),
            Self::Json => Some(OutputFormat::Json),
            Self::Parquet => Some(OutputFormat::Parquet),
            Self::Arrow => Some(OutputFormat::Arrow),
        }
    }
}

/// Why execution of the statements ended early.
enum Stop {
    /// A statement, or an option, is invalid.
    Wrong(Fault),
    /// Input or output failed.
    Failed(Fault),
    Interrupted,
    /// The reader of the rows has closed the pipe, which is not an error.
    Enough,
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Statement(fault) => Self::Wrong(fault),
            SqlError::Query(fault) => Self::Failed(fault),
            SqlError::Interrupted => Self::Interrupted,
        }
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// The exit code of complete statements that refused recordings.
const REFUSED: u8 = 3;
/// Maximum number of notes printed; if there are more, this is reported once.
const NOTES: u32 = 20;

pub fn sql(what: &Sql, print: Print) -> ExitCode {
    let work = || match all(what, print) {
        Ok(0) | Err(Stop::Enough) => ExitCode::SUCCESS,
        Ok(refused) => {
            let recordings = if refused == 1 { "recording was" } else { "recordings were" };
            match print {
                Print { json: true, .. } => say(serde_json::json!({ "refused": refused })),
                Print { quiet: true, .. } => {}
                _ => say(format_args!("{refused} {recordings} refused: the result is without them")),
            }
            ExitCode::from(REFUSED)
        }
        Err(Stop::Wrong(fault)) => print::faulty(&[fault], print),
        Err(Stop::Failed(fault)) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
        Err(Stop::Interrupted) => ExitCode::from(130),
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("passband-sql".into()).stack_size(STACK);
        let ended = thread.spawn_scoped(scope, work).map(|thread| thread.join());
        ended.map_or(ExitCode::FAILURE, |ended| ended.unwrap_or(ExitCode::FAILURE))
    })
}

/// Reads the text of the statements.
fn text(what: &Sql) -> Result<String, Stop> {
    if let Some(text) = &what.statements {
        return Ok(text.clone());
    }
    if let Some(file) = &what.file {
        return std::fs::read_to_string(file).map_err(|error| {
            let fault = Fault::new("the file of statements cannot be read").at(file.display().to_string());
            Stop::Wrong(fault.why(error).fix("check --file"))
        });
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map(|_| text).map_err(|error| Stop::Wrong(Fault::new("standard input cannot be read").why(error)))
}

/// Determines the format of the rows, and checks that it suits the destination.
fn format(what: &Sql, print: Print) -> Result<Option<OutputFormat>, Stop> {
    let wrong = |fault: Fault| Stop::Wrong(fault);
    if let Some(output) = &what.output {
        return match what.format {
            None => OutputFormat::of(output).map(Some).map_err(|fault| wrong(fault.at("--output"))),
            Some(format) => Ok(format.of_files()),
        };
    }
    let default = match std::io::stdout().is_terminal() {
        true if !print.json => Format::Table,
        _ => Format::Json,
    };
    let format = what.format.unwrap_or(default);
    if let Some(files) = format.of_files().filter(|files| !files.is_text())
        && std::io::stdout().is_terminal()
    {
        let fault = Fault::new("a terminal cannot show files of columns")
            .at(format!("--format {files:?}").to_lowercase());
        return Err(wrong(fault.fix("add -o FILE, or choose table, csv or json")));
    }
    Ok(format.of_files())
}

/// Prints notes, such as refused recordings and the reasons.
fn note(print: Print) -> impl Fn(String) + Send + Sync {
    let told = AtomicU32::new(0);
    move |note| match told.fetch_add(1, Ordering::Relaxed) {
        _ if print.quiet => {}
        0..NOTES if print.json => say(serde_json::json!({ "note": note })),
        0..NOTES => say(note),
        NOTES if !print.json => say("more of these are only counted"),
        _ => {}
    }
}

/// Runs all statements; returns the number of refused recordings.
fn all(what: &Sql, print: Print) -> Result<u64, Stop> {
    let format = format(what, print)?;
    let session = Session::with_notes(what.place.settings(), note(print))?;
    stoppable(&session);
    if what.statements.is_none() && what.file.is_none() && std::io::stdin().is_terminal() {
        if what.output.is_some() {
            let fault =
                Fault::new("--output is for the rows of one statement, and there is none").at("--output");
            return Err(Stop::Wrong(fault.fix("write the statement behind the command")));
        }
        prompt::prompt(&session, format, print)?;
        return Ok(0);
    }
    let statements = session.parse(&text(what)?)?;
    let Some((last, before)) = statements.split_last() else {
        return Err(Stop::Wrong(Fault::new("there is no statement").fix("write one, such as SELECT 1")));
    };
    for statement in before {
        match &what.output {
            Some(_) => without_rows(&session, statement)?,
            None => printed(&session, statement, format)?,
        }
    }
    match &what.output {
        None => printed(&session, last, format)?,
        Some(output) => OutputFile { path: output, format, print }.write(&session, last)?,
    }
    Ok(session.refused())
}

/// Stops the running statement on Ctrl-C.
fn stoppable(session: &Session) {
    let interrupt = session.interrupt();
    let _ = ctrlc::set_handler(move || {
        // the second Ctrl-C ends the process immediately
        if interrupt.is_stopped() {
            std::process::exit(130);
        }
        interrupt.stop();
    });
}

/// Prints the rows of a statement.
fn printed(session: &Session, statement: &Statement, format: Option<OutputFormat>) -> Result<(), Stop> {
    let mut answer = session.run(statement)?;
    if answer.schema().fields().is_empty() {
        while answer.next_rows()?.is_some() {}
        return Ok(());
    }
    let mut rows = Rows::new(format, std::io::stdout(), answer.schema())?;
    while let Some(batch) = answer.next_rows()? {
        rows.write(&batch)?;
    }
    rows.finish().map(drop)
}

/// Runs a statement other than the last, which must not return rows.
fn without_rows(session: &Session, statement: &Statement) -> Result<(), Stop> {
    let mut answer = session.run(statement)?;
    if !answer.schema().fields().is_empty() && !statement.writes() {
        let fault =
            Fault::new("a statement before the last returns rows, and --output takes only those of the last");
        return Err(Stop::Wrong(fault.at("--output").fix("write one query, or run the command for each")));
    }
    while answer.next_rows()?.is_some() {}
    Ok(())
}
