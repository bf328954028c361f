//! `passband analyze`: measures recordings; the output is a table, or a card per recording.

use crate::print::{self, Print};
use crate::ready;
use crate::run::{Then, start_ready};
use crate::variables::{From, Set};
use clap::{Args, ValueEnum};
use passband_dsp::music::Analysis;
use passband_signal::Fault;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit code of a complete run that refused recordings.
const REFUSED: u8 = 3;

/// The default features.
const FEATURES: &str = "mfcc,rhythm,bars,harmony";

/// The pipeline that draws pictures.
const PLOT: &str = "analyze-plot";

/// `passband analyze`
#[derive(Args)]
pub struct Analyze {
    /// Recordings: files, folders, patterns such as "music/*.flac", addresses such as s3://bucket/music.
    #[arg(required = true)]
    pub paths: Vec<String>,
    /// The table to write; its extension selects the format: .parquet, .arrow, .csv, .json, .ndjson or .avro. After an
    /// interruption, the same command resumes. `iceberg:TABLE` appends rows to a table of a warehouse, in one commit at
    /// the end. Default: each recording is printed, as a card on a terminal, otherwise as a line of JSON.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    /// Features and analyses to measure, separated by commas [default: mfcc,rhythm,bars,harmony]; `passband explain
    /// features` lists all.
    #[arg(long)]
    pub features: Option<String>,
    /// Settings of the features, such as n_mfcc=20,hop_length=256 [default: n_mfcc=13].
    #[arg(long)]
    pub settings: Option<String>,
    /// The sample rate at which features are measured, such as 44100 or "48 kHz" [default: 22050 Hz]. Recordings of
    /// other rates are resampled, as by librosa.load; `native` uses the rate of each recording.
    #[arg(long)]
    pub rate: Option<String>,
    /// Number of recordings that are measured in parallel [default: the number of processors].
    #[arg(long)]
    pub threads: Option<u32>,
    /// What a row represents.
    #[arg(long, value_enum, default_value = "recording")]
    pub per: Per,
    /// A file for recordings that cannot be measured, one line of JSON each with the reason [default: next to the
    /// table].
    #[arg(long)]
    pub refused: Option<PathBuf>,
    /// A folder for pictures of the recordings, one PNG and one SVG each: spectrograms, MFCC, chroma with chords, onset
    /// strength with beats, tempogram. They are drawn after the table is complete.
    #[arg(long, value_name = "DIR")]
    pub plot: Option<PathBuf>,
    #[command(flatten)]
    pub place: crate::table::Place,
}

/// What a row represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Per {
    /// A recording: file and tags; mean, median and standard deviation of each feature; tempo, beats, key, chords.
    Recording,
    /// A frame of a recording.
    Frame,
    /// A beat, with its position in the bar, tempo and chord.
    Beat,
    /// A note of one voice: onset, end, pitch, level, confidence.
    Note,
    /// A chord: start, end, label, root.
    Chord,
}

/// Formats by file extension.
const ENDINGS: [(&str, &str); 7] = [
    ("parquet", "parquet"),
    ("arrow", "arrow"),
    ("csv", "csv"),
    ("json", "json"),
    ("ndjson", "json"),
    ("jsonl", "json"),
    ("avro", "avro"),
];

fn format_of(output: &Path) -> Result<&'static str, Fault> {
    let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let known = ENDINGS.iter().find(|(known, _)| *known == ending);
    known.map(|(_, format)| *format).ok_or_else(|| {
        let names: Vec<_> = ENDINGS.iter().map(|(ending, _)| format!(".{ending}")).collect();
        let fault = Fault::new(format!("the extension of {} is not that of a format", output.display()));
        fault.at("--output").fix(format!("use one of {}", names.join(", ")))
    })
}

/// Adds a variable for each path to the pipeline, so that a path with a comma is not split.
fn with_paths(text: &str, paths: &[String], set: &mut Set) -> String {
    let names: Vec<String> = (0..paths.len()).map(|at| format!("INPUT_{at}")).collect();
    set.extend(names.iter().cloned().zip(paths.iter().cloned()));
    let list: Vec<String> = names.iter().map(|name| format!("\"${{{name}}}\"")).collect();
    text.replace("\"${INPUT}\"", &format!("[{}]", list.join(", ")))
}

/// Removes a setting from the pipeline, if the default of the file does not apply.
fn without(text: &str, setting: &str) -> String {
    let is_it = |line: &&str| line.strip_prefix(setting).is_some_and(|rest| rest.starts_with(" ="));
    text.lines().filter(|line| !is_it(line)).fold(String::new(), |all, line| all + line + "\n")
}

/// Adds the unit Hz to a number without unit, as in librosa's `sr`.
fn rate(text: &str) -> String {
    if text.trim().parse::<f64>().is_ok() { format!("{} Hz", text.trim()) } else { text.to_owned() }
}

pub fn analyze(what: &Analyze, print: Print) -> ExitCode {
    // before the recordings are measured, which may take hours
    if let Some(folder) = what.plot.as_ref().filter(|folder| folder.is_file()) {
        let fault = Fault::new(format!("{} is a file", folder.display())).at("--plot");
        return print::faulty(&[fault.fix("name a folder")], print);
    }
    let given = [("--features", &what.features), ("--settings", &what.settings), ("--rate", &what.rate)];
    let is_of_events = matches!(what.per, Per::Beat | Per::Note | Per::Chord);
    if is_of_events && let Some((option, _)) = given.iter().find(|(_, value)| value.is_some()) {
        let fault =
            Fault::new(format!("{option} has no effect on rows of beats, notes or chords")).at("--per");
        let fault = fault.why("their columns are fixed").fix(format!("remove {option}"));
        return print::faulty(&[fault], print);
    }
    let mut features = what.features.clone().unwrap_or_else(|| FEATURES.into());
    if what.per == Per::Frame {
        // features of whole recordings have no frames
        let frames = features.split(',').map(str::trim).filter(|name| Analysis::by_name(name).is_none());
        features = frames.collect::<Vec<_>>().join(",");
    }
    let over = match what.per {
        Per::Recording => "recording",
        Per::Frame => "frame",
        Per::Beat => "beat",
        Per::Note => "note",
        Per::Chord => "chord",
    };
    let default = features.split(',').any(|name| name.trim().starts_with("mfcc")).then(|| "n_mfcc=13".into());
    let settings = what.settings.clone().or(default).filter(|_| !is_of_events);
    let mut set = Set::from([("OVER".into(), over.into())]);
    set.extend((!is_of_events).then(|| ("FEATURES".into(), features)));
    set.extend(settings.clone().map(|settings| ("SETTINGS".into(), settings)));
    set.extend(what.threads.map(|threads| ("THREADS".into(), threads.to_string())));
    set.extend(what.rate.as_deref().map(|text| ("RATE".into(), rate(text))));
    let table = what.output.as_ref().and_then(|output| crate::table::named(output.to_str()?));
    if table.is_none() && (what.place.warehouse.is_some() || what.place.catalog.is_some()) {
        let fault = Fault::new("--warehouse and --catalog have no effect without a table").at("--output");
        return print::faulty(&[fault.fix("write -o iceberg:TABLE, or remove them")], print);
    }
    let (name, refused) = match (&what.output, table) {
        (_, Some(Err(fault))) => return print::faulty(&[fault], print),
        (_, Some(Ok(table))) => {
            set.insert("TABLE".into(), table.into());
            let place = [("WAREHOUSE", &what.place.warehouse), ("CATALOG", &what.place.catalog)];
            set.extend(place.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
            let beside = || PathBuf::from(format!("{table}.refused.ndjson"));
            ("analyze-table", Some(what.refused.clone().unwrap_or_else(beside)))
        }
        (Some(output), None) => {
            match format_of(output) {
                Ok(format) => set.insert("FORMAT".into(), format.into()),
                Err(fault) => return print::faulty(&[fault], print),
            };
            set.insert("OUTPUT".into(), output.display().to_string());
            let beside = || output.with_extension("refused.ndjson");
            ("analyze", Some(what.refused.clone().unwrap_or_else(beside)))
        }
        (None, None) => ("analyze-print", what.refused.clone()),
    };
    set.extend(refused.map(|path| ("REFUSED".into(), path.display().to_string())));
    let mut text = with_paths(ready::text(name).unwrap_or_default(), &what.paths, &mut set);
    if is_of_events {
        text = without(&without(&text, "names"), "rate");
    }
    if settings.is_none() {
        text = without(&text, "settings");
    }
    let then = Then { set_aside: Some(REFUSED), ..Then::default() };
    let code = start_ready((&text, name), set, From::Options, print, then);
    match &what.plot {
        Some(folder) if code == ExitCode::SUCCESS || code == ExitCode::from(REFUSED) => {
            let drawn = draw(what, folder, print, then);
            if drawn == ExitCode::SUCCESS { code } else { drawn }
        }
        _ => code,
    }
}

/// Draws the recordings.
fn draw(what: &Analyze, folder: &Path, print: Print, then: Then) -> ExitCode {
    let mut set = Set::from([("OUTPUT".into(), folder.display().to_string())]);
    set.extend(what.threads.map(|threads| ("THREADS".into(), threads.to_string())));
    let text = with_paths(ready::text(PLOT).unwrap_or_default(), &what.paths, &mut set);
    start_ready((&text, PLOT), set, From::Options, print, then)
}
