//! Rows of the list that cannot be used.

use super::Texts;
use super::ids::RowLines;

/// A refused row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its number, from 1 after the header.
    pub row: u32,
    /// The line of the file on which it begins, from 1.
    pub line: u32,
    /// The blob's name, as far as it could be read.
    pub blob: String,
    /// The reason.
    pub reason: String,
}

/// All refused rows of a list, in its order, stored compactly.
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
    /// The number of refused rows.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
    /// The refused rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Refused> + '_ {
        (0..self.len()).map(|at| self.get(at))
    }
    /// The row number of a refused row.
    pub(crate) fn row(&self, at: usize) -> Option<u32> {
        (at < self.len()).then(|| self.row_lines.get(at).0)
    }
    /// A refused row by index.
    pub(crate) fn get(&self, at: usize) -> Refused {
        let (row, line) = self.row_lines.get(at);
        Refused { row, line, blob: self.blobs.get(at), reason: self.reasons.get(at) }
    }
}
