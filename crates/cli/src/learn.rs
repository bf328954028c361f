//! `passband learn` and `passband predict`: models of labelled rows.

use crate::print::{self, Print, say};
use crate::sql::{Format, Sql};
use crate::table::Place;
use clap::{Args, ValueEnum};
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::store::Directory;
use passband_lake::table::learning;
use passband_lake::table::sql::{Session, SqlError};
use passband_learn::{Choice, Dataset, Learned, Options, Report, learn as fit};
use passband_signal::{Fault, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `passband learn`
#[derive(Args)]
pub struct Learn {
    /// The rows: a file such as rows.parquet, a table of the warehouse, or a query in parentheses.
    pub table: String,
    /// The column of classes, such as genre.
    #[arg(long)]
    pub label: String,
    /// The column of groups, such as artist: rows of one group are never on both sides of a split.
    #[arg(long)]
    pub group: String,
    /// The columns of features, separated by commas [default: all columns of numbers, and of lists with the same length in
    /// every row].
    #[arg(long, value_delimiter = ',')]
    pub features: Vec<String>,
    /// The kind of model.
    #[arg(long, value_enum, default_value = "auto")]
    pub model: Kind,
    /// The model to write, as JSON.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    /// Also write the model in ONNX.
    #[arg(long, value_name = "FILE")]
    pub onnx: Option<PathBuf>,
    /// Also write a model card: .md or .html.
    #[arg(long, value_name = "FILE")]
    pub card: Option<PathBuf>,
    /// Number of folds [default: 5, or the number of groups if there are fewer].
    #[arg(long)]
    pub folds: Option<usize>,
    /// The same rows, options and seed give the same bytes.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Probability below which the model does not decide, unless another is given to `predict`.
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f64,
    #[command(flatten)]
    pub place: Place,
}

/// A kind of model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The one with the lower loss in the validation.
    Auto,
    /// Logistic regression.
    Logistic,
    /// Gradient boosting of decision trees.
    Boosted,
}

/// `passband predict`
#[derive(Args)]
pub struct Predict {
    /// The model, as `passband learn` wrote it.
    pub model: PathBuf,
    /// The rows: a file, a table of the warehouse, or a query in parentheses.
    pub table: String,
    /// Probability below which there is no prediction [default: that of the model].
    #[arg(long)]
    pub threshold: Option<f64>,
    /// A file, or an address such as s3://bucket/rows.parquet, for all columns with the predictions. Default: names and
    /// predictions are printed.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub place: Place,
}

/// The stack size of the thread that reads rows: queries are planned recursively.
const STACK: usize = 64 << 20;

pub fn learn(what: &Learn, print: Print) -> ExitCode {
    let work = || {
        let learned = checked(what).and_then(|()| learned(what));
        match learned.and_then(|learned| written(what, &learned).map(|()| learned)) {
            Ok(learned) if print.json => print::out(&format!("{}\n", json(&learned.report))),
            Ok(learned) => {
                if !print.quiet {
                    learned.report.remarks.iter().for_each(say);
                }
                print::out(&told(&learned.report))
            }
            Err(fault) => {
                print::fault(&fault, print.json);
                ExitCode::FAILURE
            }
        }
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("passband-learn".into()).stack_size(STACK);
        let ended = thread.spawn_scoped(scope, work).map(|thread| thread.join());
        ended.map_or(ExitCode::FAILURE, |ended| ended.unwrap_or(ExitCode::FAILURE))
    })
}

/// Checks the outputs before the work, which may take minutes.
fn checked(what: &Learn) -> Result<()> {
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if let Some(card) = &what.card
        && !matches!(ending(card).as_deref(), Some("md" | "html"))
    {
        let fault = Fault::new(format!("the extension of {} is not that of a model card", card.display()));
        return Err(fault.at("--card").fix("use .md or .html"));
    }
    let outputs = [("--output", &what.output), ("--onnx", &what.onnx), ("--card", &what.card)];
    for (option, output) in
        outputs.into_iter().filter_map(|(option, output)| Some((option, output.as_ref()?)))
    {
        if passband_flow::part::is_one_file(Path::new(&what.table), output) {
            let fault = Fault::new(format!("the rows {} would be overwritten", what.table));
            return Err(fault.at(option).fix("choose another file"));
        }
    }
    Ok(())
}

fn learned(what: &Learn) -> Result<Learned> {
    let session = Session::with_notes(what.place.settings(), |_| {})?;
    let rows = learning::labelled(&session, &what.table, [&what.label, &what.group], &what.features);
    let rows = rows.map_err(|error| match error {
        SqlError::Statement(fault) | SqlError::Query(fault) => fault,
        SqlError::Interrupted => Fault::new("interrupted"),
    })?;
    let model = match what.model {
        Kind::Auto => Choice::Auto,
        Kind::Logistic => Choice::Logistic,
        Kind::Boosted => Choice::Boosted,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let Learn { folds, seed, threshold, .. } = *what;
    fit(&Dataset::new(rows)?, &Options { model, folds, seed, threshold, threads, ..Options::default() })
}

fn written(what: &Learn, learned: &Learned) -> Result<()> {
    let put = |path: &Path, bytes: &[u8]| {
        let (folder, name) =
            Directory::of(&path.to_string_lossy(), &PassedOn::default(), &Control::default())?;
        folder.put(&name, bytes)
    };
    if let Some(path) = &what.output {
        put(path, learned.model.to_json().as_bytes())?;
    }
    if let Some(path) = &what.onnx {
        put(path, &learned.model.to_onnx())?;
    }
    if let Some(path) = &what.card {
        let is_html = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        let words = std::env::args().skip(1).map(|word| match word.contains([' ', '"', '\'', '(']) {
            true => format!("'{}'", word.replace('\'', "'\\''")),
            false => word,
        });
        let command = format!("passband {}", words.collect::<Vec<_>>().join(" "));
        let report = &learned.report;
        let card = if is_html { report.to_html(&command) } else { report.to_markdown(&command) };
        put(path, card.as_bytes())?;
    }
    Ok(())
}

fn json(report: &Report) -> serde_json::Value {
    serde_json::to_value(report).unwrap_or_default()
}

/// The scores as a table.
fn told(report: &Report) -> String {
    let mut out = String::new();
    let Report { rows, groups, group, label, features, folds, .. } = report;
    let _ = writeln!(
        out,
        "{label}: {rows} rows of {groups} {group}, {features} features, {folds} folds by {group}"
    );
    let _ = writeln!(out, "{:22}{:>8}  {:>15}", "", "score", "95 % interval");
    for tried in &report.tried {
        let mark = if tried.kind == report.chosen { "*" } else { " " };
        let scores = &tried.scores;
        for (name, score) in [
            ("accuracy", scores.accuracy),
            ("balanced accuracy", scores.balanced_accuracy),
            ("macro F1", scores.macro_f1),
            ("log loss", scores.log_loss),
        ] {
            let name = format!("{mark}{} {name}", format!("{:?}", tried.kind).to_lowercase());
            let interval = format!("{:.3} to {:.3}", score.low, score.high);
            let _ = writeln!(out, "{name:28}{:>6.3}  {interval:>15}", score.value);
        }
    }
    let _ = writeln!(out, "{:28}{:>6.3}", " most frequent class", report.majority);
    let scores = report.scores();
    let _ = writeln!(
        out,
        "{:28}{:>6.3}  {:>15}",
        " calibration error",
        scores.ece_after,
        format!("before {:.3}", scores.ece_before)
    );
    let most = report.importances.iter().take(5).map(|importance| importance.feature.as_str());
    let _ = writeln!(out, " most important: {}", most.collect::<Vec<_>>().join(", "));
    out
}

pub fn predict(what: &Predict, print: Print) -> ExitCode {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let threshold = what.threshold.map(|threshold| format!(", threshold => {threshold}")).unwrap_or_default();
    let table = learning::relation(&what.table);
    let model = text(&what.model.to_string_lossy());
    let columns = match &what.output {
        Some(_) => "*".to_owned(),
        None => columns(what, &table),
    };
    let statements = Some(format!("SELECT {columns} FROM predict({table}, {model}{threshold})"));
    let (output, place) = (what.output.clone(), what.place.clone());
    crate::sql::sql(&Sql { statements, file: None, format: None::<Format>, output, place }, print)
}

/// The columns that are printed: the first that names a recording, and the predictions.
fn columns(what: &Predict, table: &str) -> String {
    let named = || -> Option<String> {
        let session = Session::with_notes(what.place.settings(), |_| {}).ok()?;
        let statements = session.parse(&format!("SELECT * FROM {table} LIMIT 0")).ok()?;
        let answer = session.run(statements.first()?).ok()?;
        let names = ["path", "file_path", "stream", "content_hash"];
        names.into_iter().find(|name| answer.schema().field_with_name(name).is_ok()).map(str::to_owned)
    };
    named().map_or_else(|| "*".into(), |name| format!("{name}, prediction, probability"))
}
