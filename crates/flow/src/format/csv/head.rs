//! The header of a file: the lines before its first row.

use super::Csv;
use super::delimiter::{DELIMITERS, delimiter};
use super::fields::Fields;
use super::table::Table;

/// The kind of the next line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    /// One of several lines to skip before the column names.
    Before(u32),
    /// The column names.
    Names,
    /// One of several lines to skip before the rows.
    After(u32),
    /// A row.
    Over,
}

/// Lines of units and kinds of values that follow the names in TOA5.
const TOA5: u32 = 2;

/// Reads the header of a file.
pub struct Reader {
    pub next: Head,
    /// Whether no line was read yet.
    first: bool,
    after: u32,
    /// The delimiter, if it is known.
    pub delimiter: Option<u8>,
}

impl Reader {
    /// Creates the reader from settings, which may contain the column names.
    ///
    /// # Errors   invalid settings
    pub fn new(settings: &Csv) -> Result<Self, String> {
        let next = match (settings.skip, settings.columns.is_empty(), settings.skip_after) {
            (0, true, _) => Head::Names,
            (0, false, 0) => Head::Over,
            (0, false, after) => Head::After(after),
            (before, ..) => Head::Before(before),
        };
        Ok(Self { next, first: true, after: settings.skip_after, delimiter: settings.set_delimiter()? })
    }

    /// Reads a line of the header; returns the table when the column names are known.
    pub fn line(&mut self, line: &[u8], set: &Csv, fields: &mut Fields) -> Result<Option<Table>, String> {
        let first = std::mem::take(&mut self.first);
        let line = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let excel = first.then(|| separator(line)).flatten();
        if let Some(delimiter) = excel {
            self.delimiter = self.delimiter.or(Some(delimiter));
        }
        let rows = |after| if after == 0 { Head::Over } else { Head::After(after) };
        match self.next {
            Head::Before(1) if set.columns.is_empty() => self.next = Head::Names,
            Head::Before(1) => self.next = rows(self.after),
            Head::Before(more) => self.next = Head::Before(more - 1),
            Head::After(more) => self.next = rows(more - 1),
            Head::Over => {}
            Head::Names if excel.is_some() || line.trim_ascii().is_empty() => {}
            Head::Names if set.comment.as_deref().is_some_and(|sign| line.starts_with(sign.as_bytes())) => {}
            Head::Names if first && (line.starts_with(b"\"TOA5\",") || line.starts_with(b"TOA5,")) => {
                self.after = self.after.max(TOA5);
            }
            Head::Names => {
                let table = self.names(line, set, fields)?;
                self.next = rows(self.after);
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// The columns, split by the known delimiter, or by the one that gives the mapped columns.
    fn names(&mut self, line: &[u8], set: &Csv, fields: &mut Fields) -> Result<Table, String> {
        if let Some(delimiter) = self.delimiter {
            return Table::of_line(line, delimiter, fields, set);
        }
        let tables = DELIMITERS
            .iter()
            .filter_map(|delimiter| Some((*delimiter, Table::of_line(line, *delimiter, fields, set).ok()?)));
        // of several delimiters that give the mapped columns, the one with the most columns
        let most = tables.reduce(|most, next| if next.1.width > most.1.width { next } else { most });
        match most {
            Some((delimiter, table)) => {
                self.delimiter = Some(delimiter);
                Ok(table)
            }
            None => Table::of_line(line, delimiter(line), fields, set),
        }
    }

    /// The delimiter of a row, if there is no header line.
    pub fn of_row(&mut self, line: &[u8], width: usize, fields: &mut Fields) -> u8 {
        if let Some(delimiter) = self.delimiter {
            return delimiter;
        }
        let fits = |delimiter: &&u8| fields.split(line, **delimiter).is_ok() && fields.len() == width;
        match DELIMITERS.iter().find(fits) {
            Some(delimiter) => *self.delimiter.insert(*delimiter),
            None => delimiter(line),
        }
    }
}

/// The delimiter in a line `sep=;` of Excel.
fn separator(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', one] if !one.is_ascii_alphanumeric() => Some(*one),
        // a trailing tab was trimmed as white space
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => Some(b'\t'),
        _ => None,
    }
}
