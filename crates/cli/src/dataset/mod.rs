//! `passband dataset`: the pipeline of that name, with its variables as arguments; its workers; and what a set is.

mod inspect;
mod worker;

use crate::given::Set;
use crate::print::{self, Print};
use crate::run;
use clap::{Args, Subcommand};
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

/// What else is done with training sets.
#[derive(Subcommand)]
enum Other {
    /// Look a set over: checksums, counts, lengths, some records, and what a person should know.
    Inspect(inspect::Inspect),
    /// Build shards that others have planned, until it is stopped.
    Worker(worker::Worker),
}

/// A set is built.
#[derive(Args)]
struct Build {
    /// The list: a CSV of labels and names of recordings.
    #[arg(value_name = "LABELS.csv")]
    list: String,
    /// Where the recordings are: a folder, s3://bucket/prefix (gs://, az://) or https://host/folder. A name that is an
    /// address itself is read from there.
    #[arg(long, default_value = ".")]
    blobs: String,
    /// What the names of all files begin with, such as sets/digits.
    #[arg(long, value_name = "PREFIX")]
    output: String,
    /// Shards in all; those of a split differ by one record at most. If not given, each split has as many as hold some
    /// 256 MiB of samples each.
    #[arg(long)]
    shards: Option<u32>,
    /// tfrecord, tfrecord.gz, parquet or webdataset.
    #[arg(long, default_value = "tfrecord")]
    format: String,
    /// The column of labels; found where it cannot be mistaken: Label, class, category.
    #[arg(long)]
    label: Option<String>,
    /// The column of the recordings' names; found likewise: Blob Name, filename, path.
    #[arg(long)]
    blob: Option<String>,
    /// Further columns that go into each example, with commas between; * for all.
    #[arg(long)]
    columns: Option<String>,
    /// What stands between columns; , or ; or | or a tab is found.
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,
    /// The encoding of the list, such as latin-1; UTF-8 and UTF-16 are found.
    #[arg(long)]
    encoding: Option<String>,
    /// The first line is a row already; columns are named by their numbers, from 1.
    #[arg(long)]
    no_header: bool,
    /// A file with the numbers of labels that are names.
    #[arg(long, value_name = "FILE")]
    label_map: Option<String>,
    /// Splits and their shares: train=0.8,validation=0.1,test=0.1
    #[arg(long)]
    split: Option<String>,
    /// The column of splits that are given already.
    #[arg(long, value_name = "COLUMN")]
    split_column: Option<String>,
    /// What no split tears apart: a column, or a pattern on the recording's name with a group, as _(\w+)_
    #[arg(long, value_name = "COLUMN|PATTERN")]
    group_by: Option<String>,
    /// Decides splits and order.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Keep the order of the list within each split.
    #[arg(long)]
    no_shuffle: bool,
    /// The length of each example, such as "1 s" or "16000 samples".
    #[arg(long)]
    length: Option<String>,
    /// Recordings in pieces of that length, one beginning so much after the other.
    #[arg(long, requires = "length")]
    hop: Option<String>,
    /// Leave out what is shorter than the length, instead of padding it with silence.
    #[arg(long, requires = "length")]
    drop_short: bool,
    /// Channels; 1 is the mean of all.
    #[arg(long)]
    channels: Option<u32>,
    /// The rate to which recordings are resampled, such as "16 kHz".
    #[arg(long)]
    rate: Option<String>,
    /// The level of each example: peak (its greatest magnitude becomes 1) or rms (-20 dBFS).
    #[arg(long, value_name = "peak|rms")]
    normalise: Option<String>,
    /// Set recordings aside that are shorter, such as "0.5 s".
    #[arg(long)]
    min_length: Option<String>,
    /// Set recordings aside that are longer.
    #[arg(long)]
    max_length: Option<String>,
    /// What is measured of each recording, as librosa defines it, with commas between: log_mel,mfcc
    #[arg(long, value_name = "NAMES")]
    features: Option<String>,
    /// The features' settings by librosa's names: n_fft=512,n_mels=64,n_mfcc=13
    #[arg(long, value_name = "NAME=VALUE,…", requires = "features")]
    feature_settings: Option<String>,
    /// Features in place of the samples.
    #[arg(long, requires = "features")]
    no_waveform: bool,
    /// Stop when a row cannot be used, instead of setting it aside.
    #[arg(long)]
    strict: bool,
    /// Let workers build the shards, which wait for them there: kafka://host:port or kafka://host:port/topic
    /// (PASSBAND_LIBRDKAFKA may hold settings of librdkafka, such as security.protocol=SSL,…)
    #[arg(long, value_name = "ADDRESS")]
    workers: Option<String>,
    /// Threads that decode, and as many that measure features; as many as there are processors, if not given.
    #[arg(long)]
    threads: Option<u32>,
}

/// What a set ends with that is whole, but has rows set aside.
const SET_ASIDE: u8 = 3;

pub fn dataset(what: &Dataset, print: Print) -> ExitCode {
    match (&what.other, &what.build) {
        (Some(Other::Inspect(what)), _) => inspect::inspect(what, print),
        (Some(Other::Worker(what)), _) => worker::work(what, print),
        (None, Some(what)) => build(what, print),
        (None, None) => {
            let fault = passband_signal::Fault::new("there is nothing to be done");
            print::faulty(&[fault.fix("see passband dataset --help")], print)
        }
    }
}

fn build(what: &Build, print: Print) -> ExitCode {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<u32>| value.map(|n| n.to_string()).unwrap_or_default();
    let word = |set: bool, word: &str| if set { word.to_owned() } else { String::new() };
    let set = [
        ("INPUT", what.list.clone()),
        ("BLOBS", what.blobs.clone()),
        ("OUTPUT", what.output.clone()),
        ("SHARDS", number(what.shards)),
        ("FORMAT", what.format.clone()),
        ("LABEL", text(&what.label)),
        ("BLOB", text(&what.blob)),
        ("COLUMNS", text(&what.columns)),
        ("DELIMITER", text(&what.delimiter)),
        ("ENCODING", text(&what.encoding)),
        ("HEADER", word(what.no_header, "no")),
        ("LABEL_MAP", text(&what.label_map)),
        ("SPLIT", text(&what.split)),
        ("SPLIT_COLUMN", text(&what.split_column)),
        ("GROUP_BY", text(&what.group_by)),
        ("STRATIFY", String::new()),
        ("SEED", what.seed.to_string()),
        ("ORDER", word(what.no_shuffle, "listed")),
        ("LENGTH", text(&what.length)),
        ("HOP", text(&what.hop)),
        ("SHORT", word(what.drop_short, "drop")),
        ("CHANNELS", number(what.channels)),
        ("RATE", text(&what.rate)),
        ("NORMALISE", text(&what.normalise)),
        ("MIN_LENGTH", text(&what.min_length)),
        ("MAX_LENGTH", text(&what.max_length)),
        ("FEATURES", text(&what.features)),
        ("FEATURE_SETTINGS", text(&what.feature_settings)),
        ("WAVEFORM", word(what.no_waveform, "drop")),
        ("STRICT", word(what.strict, "yes")),
        ("THREADS", number(what.threads)),
        ("WORKERS", text(&what.workers)),
    ];
    let mut set: Set = set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if what.workers.is_some() {
        // they may be started in another folder
        set.insert("BLOBS".into(), absolute(&what.blobs));
    }
    run::set_aside("dataset", set, SET_ASIDE, print)
}

/// A path as it is seen from everywhere on this machine.
fn absolute(path: &str) -> String {
    let own =
        || std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string());
    if path.contains("://") { path.to_owned() } else { own() }
}
