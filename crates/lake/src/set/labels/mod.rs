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
//! A row that cannot be used is refused with its number, its line and the reason; the others go on. Rows are counted
//! from 1 after the header, without blank lines; lines are those of the file, from 1. A row is on the line on which
//! it begins.
//!
//! The file is read once, front to back, in flat memory. The table takes per row the label (1 to 4 bytes, by the
//! number of different ones), the same for a group, 1 byte for a split, and of each text what it does not share with
//! the one before it ([`Texts`]).

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

/// How a list of labels is read. The default is the list `Label,Blob Name` with integers or names as labels.
///
/// Columns are named as in the header, else whatever the case, spaces and underscores; without a header by their
/// number from 1.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What stands between columns; found from the first line (comma, semicolon or tab), if not given.
    pub delimiter: Option<u8>,
    /// The encoding of the list. If not given, UTF-8, or UTF-16 where its first bytes show it; a list that is neither is
    /// refused.
    pub encoding: Encoding,
    /// Whether the first line names the columns.
    pub header: Header,
    /// The column of labels. If not given: `Label`, else one that is plainly called so, such as `class`; of two columns
    /// the one that is not the blobs' names.
    pub label: Option<String>,
    /// The column of the blobs' names. If not given: `Blob Name`, else one that is plainly called so, such as `filename`,
    /// or that has names of recordings in it. A list whose columns could be mistaken is refused.
    pub blob: Option<String>,
    /// The column of splits that are given already; a row's may be empty.
    pub split: Option<String>,
    /// What must not be torn apart by splits: a column, or a pattern on the blob's name, whose first group in brackets
    /// is the key (`_(\w+)_`). The pattern looks at the whole name, with its folders.
    pub group: Option<String>,
    /// Further columns that are kept, `*` for all.
    pub carry: Vec<String>,
    /// What labels are.
    pub labels: Labels,
    /// Whether columns that may tell what splits should not tear apart are kept in mind ([`Table::group_candidates`]).
    pub watch: bool,
}

/// Whether the first line names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does.
    #[default]
    Present,
    /// It is a row already.
    Absent,
}

/// What labels are.
#[derive(Clone, Debug, Default)]
pub enum Labels {
    /// Integers if at least half of the first 1,000 are, else names.
    #[default]
    Detect,
    /// Integers. What is none is refused.
    Integers,
    /// Names, which have the numbers 0, 1, … in the order of their bytes.
    Names,
    /// Names that have numbers already.
    Map(LabelMap, NewLabels),
}

/// What happens to labels that a given map does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewLabels {
    /// Their rows are refused.
    Refused,
    /// They have the numbers after the map's greatest, in the order of their bytes.
    Added,
}

#[cfg(test)]
mod tests;
