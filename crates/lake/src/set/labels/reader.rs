//! Reads the list of labels row by row.

use super::classes::Classes;
use super::header::{Columns, quoted};
use super::ids::{Ids, RowLines};
use super::names::Names;
use super::records::{Record, Records};
use super::{Column, GroupCandidate, Header, Options, Refusals, Table, Texts, name};
use crate::set::plan::is_split_name;
use passband_flow::format::{Decoded, Encoding, delimiter};
use passband_signal::{Fault, Result};
use regex::Regex;
use std::io::{self, BufReader, Read};

/// Number of bytes used to detect the delimiter.
const START: u64 = 1 << 16;
/// Number of rows used to detect the kind of labels.
const FIRST: usize = 1000;
/// Maximum number of rows: an index has 31 bits.
const MOST_ROWS: usize = 1 << 31;
/// Maximum number of distinct splits; a column with more does not contain splits.
const MOST_SPLITS: usize = 200;

/// Reads a list of labels; returns the usable rows and the refused rows.
///
/// # Errors
/// If the list as a whole cannot be used: it cannot be read, is empty, has an unknown encoding, lacks a
/// column, or has ambiguous columns.
pub fn read(input: impl Read, options: &Options) -> Result<(Table, Refusals)> {
    read_beside(input, options, &|_| false)
}

/// Like [`read`]; `is_blob` returns whether a blob of that name exists, if this is known. It is used to
/// detect the column of names if neither the column's name nor file extensions identify it.
///
/// # Errors
/// Those of [`read`].
pub fn read_beside(
    input: impl Read,
    options: &Options,
    is_blob: &dyn Fn(&str) -> bool,
) -> Result<(Table, Refusals)> {
    let mut start = vec![];
    let unreadable = |why| Fault::new("the list of labels cannot be read").why(why);
    let mut input = Text { decoded: Decoded::new(input, options.encoding), left: None };
    input.by_ref().take(START).read_to_end(&mut start).map_err(unreadable)?;
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&start);
    let delimiter = options.delimiter.unwrap_or_else(|| delimiter(start));
    let mut records = Records::new(BufReader::with_capacity(1 << 16, start.chain(input)), delimiter);
    let mut record = Record::default();
    if !records.next(&mut record)? {
        return Err(Fault::new("the list of labels is empty").fix("give a CSV such as Label,Blob Name"));
    }
    let header = record.kept();
    let mut first = vec![];
    if options.header == Header::Absent {
        first.push(record.kept());
    }
    while first.len() < FIRST && records.next(&mut record)? {
        first.push(record.kept());
    }
    if options.encoding == Encoding::Auto {
        in_utf8(&header, &first)?;
    }
    let columns = Columns::new(&header, &first, options, is_blob)?;
    let labels = first.iter().filter_map(|record| record.text(columns.label).ok());
    let classes = Classes::new(&options.labels, labels);
    let mut rows = Rows::new(columns, classes, options)?;
    for record in first {
        rows.take(&record)?;
    }
    while records.next(&mut record)? {
        rows.take(&record)?;
    }
    rows.finish()
}

/// The list decoded to UTF-8.
struct Text<R> {
    decoded: Decoded<R>,
    /// The unread output of the decoder, and the offset in it.
    left: Option<(Vec<u8>, usize)>,
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left.is_none() {
            match self.decoded.read(into)? {
                0 if !into.is_empty() => self.left = Some((self.decoded.finish()?, 0)),
                read => return Ok(read),
            }
        }
        let Some((left, given)) = &mut self.left else { return Ok(0) };
        let read = (&left[*given..]).read(into)?;
        *given += read;
        Ok(read)
    }
}

/// Refuses a list in another encoding as a whole, rather than row by row.
fn in_utf8(header: &Record, first: &[Record]) -> Result<()> {
    let is_utf8 = |record: &Record| (0..record.len()).all(|at| record.text(at).is_ok());
    let has_more =
        |record: &Record| (0..record.len()).any(|at| !record.field(at).unwrap_or_default().is_ascii());
    let wrong = match is_utf8(header) {
        false => Some(header),
        // a list that contains non-ASCII rows in UTF-8 has single damaged rows
        true if first.iter().any(|record| has_more(record) && is_utf8(record)) => None,
        true => first.iter().find(|record| !is_utf8(record)),
    };
    wrong.map_or(Ok(()), |record| {
        Err(Fault::new("the list of labels is not UTF-8")
            .at(format!("line {}", record.line))
            .why("it may be Latin-1 or another encoding")
            .fix("set the encoding, such as --encoding latin-1, or save the list as UTF-8"))
    })
}

/// Builds the table from the records.
struct Rows {
    columns: Columns,
    /// The minimum number of columns of a row.
    needed: usize,
    header: Header,
    pattern: Option<Regex>,
    classes: Classes,
    table: Table,
    refusals: Refusals,
    /// Columns that may be groups, with their index.
    group_candidates: Vec<(usize, GroupCandidate)>,
}

impl Rows {
    fn new(columns: Columns, classes: Classes, options: &Options) -> Result<Self> {
        let pattern = match &options.group {
            Some(text) if columns.group.is_none() => Some(pattern(text)?),
            _ => None,
        };
        let mut table = Table { blobs: Texts::default(), row_lines: RowLines::default(), ..Table::default() };
        if columns.split.is_some() {
            // number 0 represents a missing split
            let mut names = Names::default();
            names.number("");
            table.splits = Some((Ids::default(), names));
        }
        if columns.group.is_some() || pattern.is_some() {
            table.groups = Some((Ids::default(), Names::default()));
        }
        table.columns = columns.carried.iter().map(|(_, name)| Column::new(name.clone())).collect();
        let group_candidates = columns
            .group_candidates
            .iter()
            .filter_map(|at| Some((*at, GroupCandidate::new(&columns.names[*at])?)));
        let group_candidates = group_candidates.collect();
        let needed = [Some(columns.label), Some(columns.blob), columns.split, columns.group];
        let needed = needed.into_iter().flatten().max().map_or(2, |last| last + 1);
        let refusals = Refusals::default();
        Ok(Self {
            columns,
            needed,
            header: options.header,
            pattern,
            classes,
            table,
            refusals,
            group_candidates,
        })
    }

    fn take(&mut self, record: &Record) -> Result<()> {
        // records are counted from 0, including the header
        let row = record.row + u32::from(self.header == Header::Absent);
        let refused = match self.keep(record, row)? {
            Ok(()) => return Ok(()),
            Err(reason) => reason,
        };
        let reason = match record.lines {
            1 => refused,
            lines => format!("{refused}; the row spans {lines} lines: is a closing quote missing?"),
        };
        let blob = String::from_utf8_lossy(record.field(self.columns.blob).unwrap_or_default());
        let blob: String = blob.chars().take(4096).collect();
        self.refusals.push(row, record.line, &blob, &reason);
        Ok(())
    }

    /// Adds a row, or returns the reason why it is refused.
    fn keep(&mut self, record: &Record, row: u32) -> Result<Result<(), String>> {
        let Self { columns, table, .. } = self;
        let width = columns.names.len();
        if record.overlong {
            return Ok(Err("the row exceeds the maximum length of a row".into()));
        }
        if record.unclosed {
            return Ok(Err("a quote in the row is never closed".into()));
        }
        if record.len() < self.needed {
            return Ok(Err(format!(
                "the row has {} columns, and at least {} are required",
                record.len(),
                self.needed
            )));
        }
        if (width..record.len()).any(|at| record.field(at) != Some(b"")) {
            let why = "a name that contains the delimiter must be quoted";
            return Ok(Err(format!(
                "the row has {} columns where the first line has {width}: {why}",
                record.len()
            )));
        }
        if (0..record.len()).any(|at| record.text(at).is_err()) {
            return Ok(Err("the row is not UTF-8 (set the encoding if the list has another one)".into()));
        }
        let text = |at| record.text(at).unwrap_or_default();
        let blob = text(columns.blob);
        if let Some(reason) = name::refusal(blob) {
            return Ok(Err(reason));
        }
        let split = columns.split.map(text);
        if let Some(split) = split.filter(|split| !split.is_empty() && !is_split_name(split)) {
            return Ok(Err(format!("split {} cannot be part of a file name", quoted(split))));
        }
        let found = |pattern: &Regex| Some(pattern.captures(blob)?.get(1)?.as_str());
        let group = match (columns.group.map(text), &self.pattern) {
            (Some(""), _) => return Ok(Err("the group is empty".into())),
            (Some(key), _) => Some(key),
            (None, Some(pattern)) => match found(pattern) {
                None | Some("") => return Ok(Err("the pattern does not match the blob's name".into())),
                key => key,
            },
            (None, None) => None,
        };
        let class = match self.classes.id(text(columns.label))? {
            Ok(class) => class,
            Err(reason) => return Ok(Err(reason)),
        };
        if table.len() >= MOST_ROWS - 1 {
            return Err(Fault::new(format!("the list of labels has more than {MOST_ROWS} rows"))
                .fix("split it into two sets"));
        }
        table.blobs.push(blob);
        table.row_lines.push(row, record.line);
        table.labels.push(class);
        if let (Some((ids, names)), Some(split)) = (&mut table.splits, split) {
            ids.push(names.number(split));
            if names.len() > MOST_SPLITS {
                return Err(Fault::new(format!(
                    "column {} is not a column of splits",
                    quoted(&columns.names[columns.split.unwrap_or(0)])
                ))
                .why(format!("it has more than {MOST_SPLITS} distinct values")));
            }
        }
        if let (Some((ids, names)), Some(key)) = (&mut table.groups, group) {
            ids.push(names.number(key));
        }
        for ((at, _), column) in columns.carried.iter().zip(&mut table.columns) {
            column.push(text(*at));
        }
        self.group_candidates.retain_mut(|(at, group_candidates)| group_candidates.push(text(*at)));
        Ok(Ok(()))
    }

    fn finish(self) -> Result<(Table, Refusals)> {
        let Self { mut table, classes, refusals, group_candidates, .. } = self;
        table.group_candidates =
            group_candidates.into_iter().map(|(_, group_candidates)| group_candidates).collect();
        (table.values, table.map) = classes.finish()?;
        for (_, names) in table.splits.iter_mut().chain(&mut table.groups) {
            names.close();
        }
        Ok((table, refusals))
    }
}

/// A regular expression with a capture group.
fn pattern(text: &str) -> Result<Regex> {
    let fault = || Fault::new(format!("{} is not a pattern for groups", quoted(text)));
    let pattern = Regex::new(text).map_err(|error| fault().why(error))?;
    if pattern.captures_len() < 2 {
        return Err(fault().why("it has no capture group").fix("put the key in parentheses, as in _(\\w+)_"));
    }
    Ok(pattern)
}
