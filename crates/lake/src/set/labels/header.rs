//! The columns of a CSV, by its header and its first rows.

use super::detect_columns::ColumnDetector;
use super::records::Record;
use super::{Header, Options};
use passband_signal::{Fault, Result};

/// The roles of the columns.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub label: usize,
    pub blob: usize,
    pub split: Option<usize>,
    pub group: Option<usize>,
    pub carried: Vec<(usize, String)>,
    /// Columns that may be groups.
    pub group_candidates: Vec<usize>,
    pub names: Vec<String>,
}

impl Columns {
    /// Determines the columns from the first record and the records after it. `is_blob` returns whether a
    /// blob of that name exists, if this is known.
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
            return Err(Fault::new("the list of labels has one column instead of two or more")
                .at("line 1")
                .why(format!("its first line is {}", quoted(&names.concat())))
                .fix("write labels and names of recordings in separate columns, and set --delimiter if it is not a comma, semicolon or tab"));
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
            return Err(Fault::new(format!(
                "column {} is set as both label and blob",
                quoted(&names[label])
            )));
        }
        let group = match &options.group {
            Some(name) if one(&names, name).is_ok() => Some(one(&names, name)?),
            Some(pattern) if pattern.contains('(') => None,
            Some(name) => {
                return Err(missing(&names, name)
                    .fix("name a column, or set a pattern with a group in parentheses, as _(\\w+)_"));
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
                    "column {} cannot become a feature: its name is {}",
                    at + 1,
                    quoted(name)
                ))
                .at("line 1")
                .why("each feature needs a unique, non-empty name"));
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

/// The column with this name: an exact match, or otherwise one that ignores case, spaces, hyphens and
/// underscores.
fn one(names: &[String], name: &str) -> Result<usize> {
    let exact: Vec<usize> = (0..names.len()).filter(|at| names[*at] == name.trim()).collect();
    let near = || (0..names.len()).filter(|at| loose(&names[*at]) == loose(name)).collect();
    let found: Vec<usize> = if exact.is_empty() { near() } else { exact };
    match found[..] {
        [at] => Ok(at),
        [] => Err(missing(names, name)),
        _ => Err(Fault::new(format!("{} columns are named {}", found.len(), quoted(name)))
            .at("line 1")
            .fix("give each column a unique name")),
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

/// Text of the file for an error message: shortened, on one line.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("'{}{more}'", short.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\""))
}
