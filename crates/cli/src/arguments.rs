//! What can be asked for on the command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Passband turns signals into knowledge: spectra, features and statistics, live or in bulk.
#[derive(Parser)]
#[command(name = "passband", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 finished, 1 a part failed or there was nothing to measure, 2 invalid arguments or pipeline file, 3 complete, but recordings or rows of a list were refused, 130 interrupted."
)]
pub struct Arguments {
    /// Print nothing but results and errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print for programs: results and errors as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Explain every counter at the end.
    #[arg(long, short, global = true, conflicts_with_all = ["quiet", "json"])]
    pub verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Make a small sound and show its spectrum in the browser.
    Demo(Demo),
    /// Show what the speakers play, a microphone hears or a recording holds.
    Live(Live),
    /// Run a pipeline file.
    Run(Run),
    /// Measure recordings: features, tempo, key and chords of files, folders and buckets, to a table or printed.
    Analyze(crate::analyze::Analyze),
    /// Write the score of a recording: notes and rests, chords, beats and key, as MIDI, JSON, JAMS or labels.
    Score(crate::score::Score),
    /// Make a training set of labelled recordings: TFRecord, Parquet or WebDataset.
    Dataset(Box<crate::dataset::Dataset>),
    /// List what can be recorded.
    Devices,
    /// Explain a part of pipeline files, or list them all.
    Explain(Explain),
    /// Print the JSON Schema of pipeline files, for editors.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// Where a page is served.
#[derive(Args)]
pub struct Page {
    /// Address of the page; port 0 takes any free one. Beyond this machine it needs --token.
    #[arg(long, default_value = "127.0.0.1:7373")]
    pub listen: String,
    /// What a browser must know to see the page; better given as PASSBAND_TOKEN.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub token: Option<String>,
    /// Do not open a browser.
    #[arg(long)]
    pub no_open: bool,
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
    /// A recording to play; without one, the sound card is recorded.
    pub file: Option<PathBuf>,
    /// What to record: loopback (what the speakers play), microphone, or a name from `passband devices`.
    #[arg(long, default_value = "loopback", conflicts_with = "file")]
    pub device: String,
    /// Samples in a frame, such as 8192, or a time such as "20 ms".
    #[arg(long, default_value = "8192 samples")]
    pub length: String,
    /// Samples from one frame to the next, or a time.
    #[arg(long, default_value = "256 samples")]
    pub hop: String,
    /// The weights on a frame; `passband explain spectrum` lists them.
    #[arg(long, default_value = "hann")]
    pub taper: String,
    #[command(flatten)]
    pub page: Page,
}

/// `passband run`
#[derive(Args)]
pub struct Run {
    /// A pipeline file, or the name of one that comes with Passband (spectrum, spectrum-file, …).
    pub pipeline: String,
    /// Only check the file: every fault at once, without touching the network.
    #[arg(long)]
    pub check: bool,
    /// Set a variable of the file, before the environment: --set INPUT=song.flac
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Serve the counters for Prometheus, at this address under /metrics; beyond this machine with PASSBAND_TOKEN.
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<String>,
}

/// `passband explain`
#[derive(Args)]
pub struct Explain {
    /// The part; without one, all are listed.
    pub name: Option<String>,
    /// The whole reference, as Markdown.
    #[arg(long)]
    pub markdown: bool,
}
