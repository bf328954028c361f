//! The results of inspecting the blobs.

use crate::set::labels::{Ids, Table, Texts};
use passband_signal::Result;
use std::collections::HashMap;

/// Flags a usable blob; the other bits are those of its hash.
const GOOD: u64 = 1 << 63;
/// Maximum number of distinct reasons that are stored once each: a reason that contains a name differs in
/// each row.
const KNOWN: usize = 4096;

/// The result for one blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspection {
    /// It can be used.
    Good {
        /// 63 bits of the hash of its samples.
        content: u64,
        /// The number of its records.
        records: u32,
    },
    /// It cannot be used, for this reason.
    Refused(String),
}

/// The results for all blobs of a list, by row, in 8 bytes each; they may be added in any order.
///
/// Of each hash 63 bits are stored. Among ten million recordings, a collision has a probability of 1 in 180,000; its
/// only effect is that two recordings are in the same split.
#[derive(Clone, Debug)]
pub struct Inspections {
    /// 0 before the inspection, then GOOD and the hash, or the number of the reason plus one.
    found: Vec<u64>,
    /// By row, unless every row has one record.
    records: Option<Ids>,
    /// The least and the greatest rate.
    rates: Option<(f64, f64)>,
    /// Samples of all records of good blobs.
    values: u64,
    reasons: Texts,
    known: HashMap<Box<str>, u64>,
}

impl Inspections {
    /// Inspections of this many rows, none inspected yet.
    pub fn new(rows: usize) -> Self {
        let (records, rates, values, reasons) = (None, None, 0, Texts::default());
        Self { found: vec![0; rows], records, rates, values, reasons, known: HashMap::new() }
    }
    /// Adds a good blob: the hash of its samples, and the number of its records. A blob without records is refused.
    pub fn good(&mut self, row: usize, content: u128, records: u32) {
        if records == 0 {
            return self.refuse(row, "the recording is too short for one record");
        }
        if records != 1 {
            self.records.get_or_insert_with(|| Ids::of(1, self.found.len()));
        }
        if let Some(kept) = &mut self.records {
            kept.set(row, records);
        }
        self.found[row] = GOOD | (content as u64 ^ (content >> 64) as u64);
    }
    /// Adds the sample rate of a good blob.
    pub fn add_rate(&mut self, rate: f64) {
        let (least, most) = self.rates.unwrap_or((rate, rate));
        self.rates = Some((least.min(rate), most.max(rate)));
    }
    /// The least and the greatest rate of good blobs.
    pub fn rates(&self) -> Option<(f64, f64)> {
        self.rates
    }
    /// Adds the number of samples of a good blob's records.
    pub fn add_values(&mut self, values: u64) {
        self.values = self.values.saturating_add(values);
    }
    /// Samples of all records.
    pub fn values(&self) -> u64 {
        self.values
    }
    /// Refuses the blob of a row. The reason should not contain the blob's name, so that equal reasons are stored once.
    pub fn refuse(&mut self, row: usize, reason: &str) {
        let number = self.known.get(reason).copied().unwrap_or_else(|| {
            self.reasons.push(reason);
            let number = self.reasons.len() as u64;
            if self.known.len() < KNOWN {
                self.known.insert(reason.into(), number);
            }
            number
        });
        self.found[row] = number;
    }
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.found.len()
    }
    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
    /// The result for a row, if it was inspected.
    pub fn get(&self, row: usize) -> Option<Inspection> {
        match self.found[row] {
            0 => None,
            found if found & GOOD != 0 => {
                Some(Inspection::Good { content: found & !GOOD, records: self.records_of(row as u32) })
            }
            number => Some(Inspection::Refused(self.reasons.get(number as usize - 1))),
        }
    }
    /// The first refused row from `row` on, and the reason.
    pub fn refused_from(&self, row: usize) -> Option<(usize, String)> {
        let found = self.found.get(row..)?;
        let row = row + found.iter().position(|found| *found & GOOD == 0 && *found != 0)?;
        Some((row, self.reasons.get(self.found[row] as usize - 1)))
    }

    /// All rows with good blobs.
    pub(super) fn all_good(&self, table: &Table) -> Result<Vec<u32>> {
        if let Some(row) = (0..table.len()).find(|row| self.found.get(*row).is_none_or(|found| *found == 0)) {
            return Err(super::not_inspected(table, row));
        }
        Ok((0..table.len() as u32).filter(|row| self.found[*row as usize] & GOOD != 0).collect())
    }
    pub(super) fn content(&self, row: u32) -> u64 {
        self.found[row as usize]
    }
    pub(super) fn records_of(&self, row: u32) -> u32 {
        self.records.as_ref().map_or(1, |records| records.get(row as usize))
    }
    /// The records of each row, unless every row has one.
    pub(super) fn several(&self) -> Option<&Ids> {
        self.records.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_back() {
        let mut all = Inspections::new(3 * KNOWN);
        for row in (0..3 * KNOWN).rev() {
            match row % 3 {
                0 => all.good(row, row as u128, 1 + row as u32 % 2),
                1 => all.refuse(row, "missing"),
                _ => all.refuse(row, &format!("no {row}")),
            }
        }
        for row in 0..3 * KNOWN {
            let found = match row % 3 {
                0 => Inspection::Good { content: row as u64, records: 1 + row as u32 % 2 },
                1 => Inspection::Refused("missing".into()),
                _ => Inspection::Refused(format!("no {row}")),
            };
            assert_eq!(all.get(row), Some(found));
        }
        let next = |from: usize| all.refused_from(from).map(|(row, _)| row);
        let count = std::iter::successors(next(0), |row| next(row + 1)).count();
        assert_eq!(count, 2 * KNOWN);
        assert_eq!(Inspections::new(1).get(0), None);
        let mut none = Inspections::new(1);
        none.good(0, 5, 0);
        assert!(matches!(none.get(0), Some(Inspection::Refused(_))));
    }
}
