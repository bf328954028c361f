//! Rows of the list that cannot be used.

use super::Texts;
use super::ids::RowLines;

/// A row that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its number, from 1 after the header.
    pub row: u32,
    /// The line of the file on which it begins, from 1.
    pub line: u32,
    /// The blob's name, as far as it could be read.
    pub blob: String,
    /// Why.
    pub reason: String,
}

/// All rows of a list that are refused, in its order; in little memory, for it may be all of them.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    row_lines: RowLines,
    blobs: Texts,
    reasons: Texts,
}

impl Refusals {
    pub(super) fn push(&mut self, row: u32, line: u32, blob: &str, reason: &str) {
        self.row_lines.push(row, line);
        self.blobs.push(blob);
        self.reasons.push(reason);
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
    /// They, in the order of their rows.
    pub fn iter(&self) -> impl Iterator<Item = Refused> + '_ {
        (0..self.len()).map(|at| self.get(at))
    }
    /// The number of the row of one of them.
    pub(crate) fn row(&self, at: usize) -> Option<u32> {
        (at < self.len()).then(|| self.row_lines.get(at).0)
    }
    /// One of them.
    pub(crate) fn get(&self, at: usize) -> Refused {
        let (row, line) = self.row_lines.get(at);
        Refused { row, line, blob: self.blobs.get(at), reason: self.reasons.get(at) }
    }
}
