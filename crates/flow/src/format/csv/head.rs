//! The lines before the first row of a file.

use super::Csv;
use super::delimiter::{DELIMITERS, delimiter};
use super::fields::Fields;
use super::table::Table;

/// Which line comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    /// So many that are passed over, and then the names.
    Before(u32),
    /// The names of the columns.
    Names,
    /// So many that are passed over, and then the rows.
    After(u32),
    /// A row.
    Over,
}

/// Lines of units and of kinds of values that follow the names in TOA5.
const TOA5: u32 = 2;

/// Reads the head of a file.
pub struct Reader {
    pub next: Head,
    /// No line was read yet.
    first: bool,
    after: u32,
    /// What stands between fields, as far as it is known.
    pub delimiter: Option<u8>,
}

impl Reader {
    /// Of settings, where the names of columns are given or not; the error says what is wrong with them.
    pub fn new(settings: &Csv) -> Result<Self, String> {
        let next = match (settings.skip, settings.columns.is_empty(), settings.skip_after) {
            (0, true, _) => Head::Names,
            (0, false, 0) => Head::Over,
            (0, false, after) => Head::After(after),
            (before, ..) => Head::Before(before),
        };
        Ok(Self { next, first: true, after: settings.skip_after, delimiter: settings.set_delimiter()? })
    }

    /// Takes a line of the head, and gives the table when it has names.
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

    /// The columns, by the delimiter that is known, or by the one that gives them.
    fn names(&mut self, line: &[u8], set: &Csv, fields: &mut Fields) -> Result<Table, String> {
        if let Some(delimiter) = self.delimiter {
            return Table::of_line(line, delimiter, fields, set);
        }
        let tables = DELIMITERS
            .iter()
            .filter_map(|delimiter| Some((*delimiter, Table::of_line(line, *delimiter, fields, set).ok()?)));
        // of several that give the wanted columns it is the one by which there are most
        let most = tables.reduce(|most, next| if next.1.width > most.1.width { next } else { most });
        match most {
            Some((delimiter, table)) => {
                self.delimiter = Some(delimiter);
                Ok(table)
            }
            None => Table::of_line(line, delimiter(line), fields, set),
        }
    }

    /// The delimiter of a row, where no line named the columns.
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

/// The delimiter that Excel's line `sep=;` names.
fn separator(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', one] if !one.is_ascii_alphanumeric() => Some(*one),
        // a tab is white space at the end
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => Some(b'\t'),
        _ => None,
    }
}
