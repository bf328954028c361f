//! What the beginning of a CSV tells: its encoding, its columns.

use super::detect_columns::ColumnDetector;
use super::records::Record;
use super::{Header, Options};
use passband_signal::{Fault, Result};

/// Which column is which.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub label: usize,
    pub blob: usize,
    pub split: Option<usize>,
    pub group: Option<usize>,
    pub carried: Vec<(usize, String)>,
    /// Columns that may tell what splits should not tear apart.
    pub group_candidates: Vec<usize>,
    pub names: Vec<String>,
}

impl Columns {
    /// From the first record and those that follow it. `is_blob` says whether a blob of that name is there, where that is
    /// known.
    pub fn new(
        first: &Record,
        sample: &[Record],
        options: &Options,
        is_blob: &dyn Fn(&str) -> bool,
    ) -> Result<Self> {
        let names: Vec<String> = match options.header {
            Header::Present => (0..first.len())
                .map(|at| String::from_utf8_lossy(first.field(at).unwrap_or_default()).into_owned())
                .collect(),
            Header::Absent => (1..=first.len()).map(|number| number.to_string()).collect(),
        };
        if names.len() < 2 {
            return Err(Fault::new("the list of labels has one column where two are needed")
                .at("line 1")
                .why(format!("its first line is {}", quoted(&names.concat())))
                .fix("give the label and the blob's name in columns, and the delimiter if it is neither , nor ; nor a tab: --delimiter '|'"));
        }
        let named = |name: &Option<String>| name.as_deref().map(|name| one(&names, name)).transpose();
        let (label, blob) = match (named(&options.label)?, named(&options.blob)?) {
            (Some(label), Some(blob)) => (label, blob),
            (label, blob) => {
                let detector = ColumnDetector { names: &names, header: options.header, sample, is_blob };
                detector.detect(label, blob)?
            }
        };
        if label == blob {
            return Err(Fault::new(format!("column {} is to be both label and blob", quoted(&names[label]))));
        }
        let group = match &options.group {
            Some(name) if one(&names, name).is_ok() => Some(one(&names, name)?),
            Some(pattern) if pattern.contains('(') => None,
            Some(name) => {
                return Err(missing(&names, name)
                    .fix("name a column, or give a pattern with a group in brackets, as _(\\w+)_"));
            }
            None => None,
        };
        let mut carried = vec![];
        for wanted in &options.carry {
            match wanted.as_str() {
                "*" => carried.extend((0..names.len()).filter(|at| *at != label && *at != blob)),
                name => carried.push(one(&names, name)?),
            }
        }
        carried.sort_unstable();
        carried.dedup();
        let carried: Vec<_> = carried.into_iter().map(|at| (at, names[at].clone())).collect();
        for (at, name) in &carried {
            if name.is_empty() || names.iter().filter(|other| *other == name).count() > 1 {
                return Err(Fault::new(format!(
                    "column {} cannot be carried: its name is {}",
                    at + 1,
                    quoted(name)
                ))
                .at("line 1")
                .why("each feature needs a name of its own"));
            }
        }
        let split = named(&options.split)?;
        let mut group_candidates = vec![];
        if options.watch && group.is_none() && options.group.is_none() {
            group_candidates
                .extend((0..names.len()).filter(|at| ![Some(label), Some(blob), split].contains(&Some(*at))));
        }
        Ok(Self { label, blob, split, group, carried, group_candidates, names })
    }
}

/// The column of a name: as it is written, else whatever its case, spaces and underscores.
fn one(names: &[String], name: &str) -> Result<usize> {
    let exact: Vec<usize> = (0..names.len()).filter(|at| names[*at] == name.trim()).collect();
    let near = || (0..names.len()).filter(|at| loose(&names[*at]) == loose(name)).collect();
    let found: Vec<usize> = if exact.is_empty() { near() } else { exact };
    match found[..] {
        [at] => Ok(at),
        [] => Err(missing(names, name)),
        _ => Err(Fault::new(format!("{} columns are named {}", found.len(), quoted(name)))
            .at("line 1")
            .fix("give each a name of its own")),
    }
}

fn missing(names: &[String], name: &str) -> Fault {
    Fault::new(format!("the list of labels has no column {}", quoted(name)))
        .at("line 1")
        .why(format!("there are {}", list(names)))
        .fix("name one of these")
}

pub(super) fn loose(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

pub(super) fn list(names: &[String]) -> String {
    let more = if names.len() > 20 { ", …" } else { "" };
    let first: Vec<_> = names.iter().take(20).map(|name| quoted(name)).collect();
    first.join(", ") + more
}

/// A text of the file in an error: short, on one line.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("'{}{more}'", short.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\""))
}
