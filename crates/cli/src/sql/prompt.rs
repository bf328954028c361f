//! The prompt: an interactive loop of statements, with history and completion.

use super::{Stop, printed};
use crate::print::{self, Print, say};
use passband_lake::table::sql::{OutputFormat, Session, TABLE_FUNCTIONS, is_complete};
use passband_signal::Fault;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};
use std::path::PathBuf;

/// Maximum number of statements in the history.
const HISTORY: usize = 1000;

const HELP: &str = "\
Statements end with ; and may have several lines. Tab completes, the arrow keys recall what was typed before.
  \\d            list the tables and views
  \\d TABLE      list the columns of a table, or of a file: \\d 'rows.parquet'
  \\f            list the functions that give tables
  \\q            leave (Ctrl-D too); Ctrl-C stops a statement
";

/// Completes words, and continues a statement over several lines until its `;`.
struct Words(Vec<String>);

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let start = line[..pos].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let start = if line.is_char_boundary(start) { start } else { pos };
        let word = line[start..pos].to_lowercase();
        if word.is_empty() {
            return Ok((pos, vec![]));
        }
        let found = self.0.iter().filter(|known| known.to_lowercase().starts_with(&word));
        Ok((start, found.cloned().collect()))
    }
}

impl Validator for Words {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let whole = text.trim().is_empty() || text.trim_start().starts_with('\\') || is_complete(text);
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Helper for Words {}

/// The path of the history, by the conventions of the operating system.
fn history() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = of("XDG_STATE_HOME").or_else(|| Some(of("HOME")?.join(".local/state")))?.join("passband");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("sql-history"))
}

/// Reads and runs statements until the end of the input.
pub fn prompt(session: &Session, format: Option<OutputFormat>, print: Print) -> Result<(), Stop> {
    let tell = |error: ReadlineError| Stop::Failed(Fault::new("the terminal cannot be read").why(error));
    let config = Config::builder().max_history_size(HISTORY).map_err(tell)?.auto_add_history(true).build();
    let mut editor: Editor<Words, DefaultHistory> = Editor::with_config(config).map_err(tell)?;
    let path = history();
    if let Some(path) = &path {
        // missing on the first start
        let _ = editor.load_history(path);
    }
    if !print.quiet {
        say("\\? for help, \\q to leave");
    }
    loop {
        editor.set_helper(Some(Words(session.words())));
        match editor.readline("passband> ") {
            Ok(line) => match line.trim() {
                "" => {}
                "\\q" => break,
                line => {
                    // an error ends the statement, not the session
                    let done = if line.starts_with('\\') {
                        command(session, line, format)
                    } else {
                        run(session, line, format)
                    };
                    match done {
                        Ok(()) | Err(Stop::Enough) => {}
                        Err(Stop::Interrupted) => say("interrupted"),
                        Err(Stop::Wrong(fault) | Stop::Failed(fault)) => print::fault(&fault, print.json),
                    }
                }
            },
            // the current input is discarded
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(tell(error)),
        }
    }
    if let Some(path) = &path
        && let Err(error) = editor.save_history(path)
    {
        say(format_args!("the history cannot be saved in {}: {error}", path.display()));
    }
    Ok(())
}

fn run(session: &Session, text: &str, format: Option<OutputFormat>) -> Result<(), Stop> {
    for statement in session.parse(text)? {
        printed(session, &statement, format)?;
    }
    Ok(())
}

/// Runs a command, which begins with a backslash.
fn command(session: &Session, line: &str, format: Option<OutputFormat>) -> Result<(), Stop> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim().trim_end_matches(';');
    match (word.trim_end_matches(';'), rest) {
        ("\\d", "") => {
            let tables = session.tables();
            let text = if tables.is_empty() { "there are no tables".into() } else { tables.join("\n") };
            print::out(&format!("{text}\n"));
            Ok(())
        }
        ("\\d", table) => run(session, &format!("DESCRIBE {table}"), format),
        ("\\f", "") => {
            let lines = TABLE_FUNCTIONS.iter().map(|one| format!("{}\n    {}\n", one.usage, one.summary));
            print::out(&lines.collect::<String>());
            Ok(())
        }
        ("\\?" | "\\h", _) => {
            print::out(HELP);
            Ok(())
        }
        (word, _) => {
            Err(Stop::Wrong(Fault::new(format!("there is no command {word}")).fix("\\? lists the commands")))
        }
    }
}
