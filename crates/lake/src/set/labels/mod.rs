//! The list of labels: a CSV of labels and the names of blobs, as a [`Table`].
//!
//! ```
//! use passband_lake::set::labels::{Options, read};
//! let csv = "Label,Blob Name\r\n3,three.wav\r\nx,broken.wav\r\n5,\"five, again.wav\"\r\n";
//! let (table, refused) = read(csv.as_bytes(), &Options::default()).unwrap();
//! assert_eq!((table.len(), table.blob(1), table.label(1)), (2, "five, again.wav".to_owned(), 5));
//! let no = refused.iter().next().unwrap();
//! assert_eq!((no.row, no.line, no.blob.as_str()), (2, 3, "broken.wav"));
//! ```
//!
//! A row that cannot be used is refused with its number, its line and the reason; the others are kept. Rows
//! are counted from 1 after the header, without blank lines; lines are those of the file, from 1. The line of
//! a row is its first one.
//!
//! The file is read once, sequentially, in constant memory. Per row, the table takes 1 to 4 bytes each for
//! the label and the group, 1 byte for the split, and for each text the difference to the previous one
//! ([`Texts`]).

mod checksum;
mod classes;
mod detect_columns;
mod group_candidates;
mod header;
mod ids;
mod map;
mod name;
mod names;
mod reader;
mod records;
mod refused;
mod table;
mod texts;

pub use checksum::ChecksumReader;
pub use group_candidates::GroupCandidate;
pub(crate) use ids::Ids;
pub use map::LabelMap;
pub use reader::{read, read_beside};
pub use refused::{Refusals, Refused};
pub use table::{Column, Kind, Table};
pub use texts::Texts;

use passband_flow::format::Encoding;

/// The options for reading a list. The default reads `Label,Blob Name` with integers or names as labels.
///
/// Columns are identified by their name in the header, exactly or ignoring case, spaces, hyphens and underscores;
/// without a header, by their number from 1.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The delimiter of columns. Default: detected from the first line (comma, semicolon or tab).
    pub delimiter: Option<u8>,
    /// The encoding of the list. Default: UTF-8, or UTF-16 if it is detected; any other list is refused.
    pub encoding: Encoding,
    /// Whether the first line names the columns.
    pub header: Header,
    /// The column of labels. Default: `Label`, or another unambiguous name, such as `class`; of two columns,
    /// the one that does not contain the names.
    pub label: Option<String>,
    /// The column of the blobs' names. Default: `Blob Name`, or another unambiguous name, such as `filename`, or the
    /// column whose values are names of recordings. A list with ambiguous columns is refused.
    pub blob: Option<String>,
    /// The column that assigns rows to splits; it may be empty in a row.
    pub split: Option<String>,
    /// The key of rows that must stay in one split: a column, or a pattern on the blob's name whose first
    /// capture group is the key (`_(\w+)_`). The pattern is matched against the whole name, including
    /// folders.
    pub group: Option<String>,
    /// Further columns to keep, `*` for all.
    pub carry: Vec<String>,
    /// The kind of labels.
    pub labels: Labels,
    /// Whether columns that may be groups are recorded ([`Table::group_candidates`]).
    pub watch: bool,
}

/// Whether the first line names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// The first line names the columns.
    #[default]
    Present,
    /// The first line is a row.
    Absent,
}

/// The kind of labels.
#[derive(Clone, Debug, Default)]
pub enum Labels {
    /// Integers if at least half of the first 1,000 labels are integers, otherwise names.
    #[default]
    Detect,
    /// Integers; other labels are refused.
    Integers,
    /// Names, numbered 0, 1, … in byte order.
    Names,
    /// Names with given numbers.
    Map(LabelMap, NewLabels),
}

/// The handling of labels that are not in a given map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewLabels {
    /// Their rows are refused.
    Refused,
    /// They are added in byte order, numbered after the greatest existing number.
    Added,
}

#[cfg(test)]
mod tests;
