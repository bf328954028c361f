//! Splits, during planning and in the finished plan.

use super::{PlannedShard, SplitShares};
use crate::set::labels::Table;
use std::ops::Range;

/// Maximum number of splits with shares, so that one byte numbers them together with those of the list.
pub(super) const MOST: usize = 50;
/// A row without a split.
pub(super) const NONE: u8 = 255;
/// A row that is left out.
pub(super) const OUT: u8 = 254;

/// A planned split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its name; empty if the set is not split.
    pub name: String,
    /// Its shards, in order.
    pub shards: Vec<PlannedShard>,
    /// Its records.
    pub records: u64,
    /// Its records by label, as in [`Table::classes`]; empty with more than 65,536 distinct labels.
    pub labels: Vec<u64>,
    pub(super) rows: Range<usize>,
}

/// A row with a good blob that is in no split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LeftOut {
    pub row: u32,
    /// The split with identical audio, and a row in it; NONE if no split is available for the row.
    pub split: u8,
    pub other: u32,
}

/// The split of each row, during planning.
pub(super) struct Splits {
    pub names: Vec<String>,
    /// The share of each; 0 for splits that only the list has.
    pub shares: Vec<f64>,
    /// By row.
    pub of: Vec<u8>,
    pub left_out: Vec<LeftOut>,
    pub duplicates: usize,
    /// A warning about bundles.
    pub warning: Option<String>,
    /// The splits of the list, by their index in the list.
    listed: Vec<u8>,
}

impl Splits {
    pub fn new(table: &Table, shares: Option<&SplitShares>) -> Self {
        let listed = table.splits();
        let mut names: Vec<String> = vec![];
        let mut weights = vec![];
        for (name, share) in shares.iter().flat_map(|shares| shares.iter()) {
            names.push(name.into());
            weights.push(share);
        }
        let mut more: Vec<&str> =
            listed.iter().flatten().copied().filter(|name| !has(&names, name)).collect();
        more.sort_unstable();
        names.extend(more.into_iter().map(String::from));
        if names.is_empty() && listed.is_none() {
            names.push(String::new());
            weights.push(1.0);
        }
        weights.resize(names.len(), 0.0);
        let place = |name: &&str| names.iter().position(|other| other == name).map_or(NONE, |at| at as u8);
        let listed = listed.iter().flatten().map(place).collect();
        let of = vec![NONE; table.len()];
        Self { names, shares: weights, of, left_out: vec![], duplicates: 0, warning: None, listed }
    }

    /// The split of a row in the list, or NONE.
    pub fn given(&self, table: &Table, row: u32) -> u8 {
        table.split(row as usize).map_or(NONE, |at| self.listed[at])
    }

    /// Leaves a row out.
    pub fn leave_out(&mut self, row: u32, split: u8, other: u32) {
        self.of[row as usize] = OUT;
        self.left_out.push(LeftOut { row, split, other });
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}
