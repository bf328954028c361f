//! The command line arguments.

use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Passband turns signals into knowledge: spectra, features and statistics, live or in bulk.
#[derive(Parser)]
#[command(name = "passband", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 finished, 1 a part failed or there was nothing to measure, 2 invalid arguments or pipeline file, 3 complete, but recordings or rows of a list were refused, 130 interrupted."
)]
pub struct Arguments {
    /// Print only results and errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print results and errors as JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Explain every counter at the end.
    #[arg(long, short, global = true, conflicts_with_all = ["quiet", "json"])]
    pub verbose: bool,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Synthesize a short tune and show its spectrum in the browser.
    Demo(Demo),
    /// Show the spectrum of the speakers' output, a microphone or a recording.
    Live(Live),
    /// Run a pipeline file or a built-in pipeline.
    Run(Run),
    /// Print a built-in pipeline, with its variables, as a start for your own.
    Show(Show),
    /// Measure recordings: features, tempo, key and chords of files, folders and buckets, as a table or printed.
    Analyze(crate::analyze::Analyze),
    /// Write the score of a recording: notes and rests, chords, beats and key, as MIDI, JSON, JAMS or labels.
    Score(crate::score::Score),
    /// Serve pages over tables: a library of recordings with playback, maps, tables and SQL in the browser.
    Serve(crate::serve::Serve),
    /// Run SQL statements over files, recordings and readings: Parquet, Arrow, CSV, NDJSON; local or in buckets.
    Sql(crate::sql::Sql),
    /// Learn a model of labelled rows, such as the genre of recordings, and validate it by group.
    Learn(crate::learn::Learn),
    /// Predict classes of rows by a model.
    Predict(crate::learn::Predict),
    /// Build a training set from labelled recordings: TFRecord, Parquet or WebDataset.
    Dataset(Box<crate::dataset::Dataset>),
    /// List, describe and maintain the tables of a warehouse.
    Table(crate::table::Table),
    /// Measure a recording again that a pipeline took from its folder: put it back, with a new time.
    Replay(crate::replay::Replay),
    /// List the recording devices.
    Devices,
    /// Explain a part of pipeline files, or list all parts.
    Explain(Explain),
    /// Print the JSON Schema of pipeline files, for editors.
    Schema,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// How the page is served.
#[derive(Args)]
pub struct Page {
    /// Address of the page; port 0 selects a free port. An address that other machines can reach needs --token
    /// [default: 127.0.0.1:7373; for `serve` 127.0.0.1:7374].
    #[arg(long)]
    pub listen: Option<String>,
    /// Token that browsers must send; preferably set by PASSBAND_TOKEN.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub token: Option<String>,
    /// Do not open a browser.
    #[arg(long)]
    pub no_open: bool,
}

impl Page {
    /// The address to listen on.
    pub fn listen(&self, default: &str) -> String {
        self.listen.clone().unwrap_or_else(|| default.into())
    }

    /// The token, from the option or the environment.
    pub fn token(&self) -> Option<String> {
        self.token.clone().or_else(crate::variables::token)
    }

    /// Whether to open a browser.
    pub fn opens(&self) -> bool {
        !self.no_open && std::io::stderr().is_terminal()
    }
}

/// `passband demo`
#[derive(Args)]
pub struct Demo {
    #[command(flatten)]
    pub page: Page,
}

/// `passband live`
#[derive(Args)]
pub struct Live {
    /// A recording to play. Default: the sound card.
    pub file: Option<PathBuf>,
    /// The device to record: loopback (the output of the speakers), microphone, or a name from `passband devices`.
    #[arg(long, default_value = "loopback", conflicts_with = "file")]
    pub device: String,
    /// Length of a frame: a number of samples, such as 8192, or a time such as "20 ms".
    #[arg(long, default_value = "8192 samples")]
    pub length: String,
    /// Interval from one frame to the next: a number of samples, or a time.
    #[arg(long, default_value = "256 samples")]
    pub hop: String,
    /// Taper of the frames; `passband explain spectrum` lists them.
    #[arg(long, default_value = "hann")]
    pub taper: String,
    #[command(flatten)]
    pub page: Page,
}

/// `passband run`
#[derive(Args)]
pub struct Run {
    /// A pipeline file, or the name of a built-in pipeline; --list lists them.
    #[arg(required_unless_present = "list")]
    pub pipeline: Option<String>,
    /// List the built-in pipelines with their variables.
    #[arg(long, conflicts_with_all = ["pipeline", "check", "set", "metrics"])]
    pub list: bool,
    /// Only check the file, without network access, and report all errors.
    #[arg(long)]
    pub check: bool,
    /// Set a variable of the file; overrides the environment: --set INPUT=song.flac
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Serve counters for Prometheus at this address, under /metrics; needs PASSBAND_TOKEN if other machines can reach it.
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<String>,
}

/// `passband show`
#[derive(Args)]
pub struct Show {
    /// The name of a built-in pipeline; `passband run --list` lists them.
    pub name: String,
}

/// `passband explain`
#[derive(Args)]
pub struct Explain {
    /// The part. Default: a list of all parts.
    pub name: Option<String>,
    /// Print the complete reference as Markdown.
    #[arg(long)]
    pub markdown: bool,
}
