//! The deviation of splits from their shares.

use super::splits::{OUT, Splits};
use super::{Inspections, Stratify};
use crate::set::labels::Table;

/// With more distinct labels, labels are neither counted nor stratified.
pub(super) const MOST_LABELS: usize = 1 << 16;
/// A gain below this is a rounding error.
const NOTHING: f64 = 1e-9;

/// The excess of each split over its share, by label and in total; negative for a deficit.
///
/// The deviation of a plan is the sum over splits and labels of excess² / records of the label, with all records as one
/// more label, so a rare label has the weight of a common one. All sums are f64 in a fixed order, so the result is the
/// same on every machine.
pub(super) struct Balance {
    shares: Vec<f64>,
    /// Records of each label, then of all.
    totals: Vec<f64>,
    /// By split, in the order of the totals.
    excess: Vec<Vec<f64>>,
    /// Bundles and rows in each split; only whether it is 0 matters.
    holds: Vec<usize>,
    /// The current bundle: index into the totals, and records.
    bundle: Vec<(usize, f64)>,
    /// The records of the current bundle by label; all 0 between bundles.
    counted: Vec<f64>,
}

impl Balance {
    pub fn new(
        table: &Table,
        inspections: &Inspections,
        stratify: Stratify,
        rows: &[u32],
        splits: &Splits,
    ) -> Self {
        let labels = match stratify {
            Stratify::Labels if table.classes().len() <= MOST_LABELS => table.classes().len(),
            _ => 0,
        };
        let count = splits.names.len();
        let (mut totals, mut excess, mut holds) =
            (vec![0.0; labels + 1], vec![vec![0.0; labels + 1]; count], vec![0; count]);
        for row in rows {
            let split = splits.of[*row as usize] as usize;
            let records = f64::from(inspections.records_of(*row));
            for at in
                [Some(table.class(*row as usize)).filter(|_| labels > 0), Some(labels)].into_iter().flatten()
            {
                if split != OUT as usize {
                    totals[at] += records;
                }
                if let Some(excess) = excess.get_mut(split) {
                    excess[at] += records;
                }
            }
            if let Some(holds) = holds.get_mut(split) {
                *holds += 1;
            }
        }
        for (excess, share) in excess.iter_mut().zip(&splits.shares) {
            excess.iter_mut().zip(&totals).for_each(|(excess, total)| *excess -= share * total);
        }
        Self {
            shares: splits.shares.clone(),
            totals,
            excess,
            holds,
            bundle: vec![],
            counted: vec![0.0; labels],
        }
    }

    /// Sets the current bundle.
    pub fn take(&mut self, table: &Table, inspections: &Inspections, rows: &[u32]) {
        self.bundle.clear();
        let mut all = 0.0;
        for row in rows {
            let records = f64::from(inspections.records_of(*row));
            all += records;
            let label = table.class(*row as usize);
            if let Some(counted) = self.counted.get_mut(label) {
                if *counted == 0.0 {
                    self.bundle.push((label, 0.0));
                }
                *counted += records;
            }
        }
        // in a fixed order, because sums of f64 depend on it
        self.bundle.sort_unstable_by_key(|(label, _)| *label);
        self.bundle.iter_mut().for_each(|(label, sum)| *sum = std::mem::take(&mut self.counted[*label]));
        self.bundle.push((self.totals.len() - 1, all));
    }

    /// The split with the greatest deficit for the current bundle. If the number of remaining bundles
    /// (`left`, including this one) does not exceed the number of empty splits, an empty split is chosen.
    pub fn lacking(&self, left: usize) -> usize {
        let empty = |split: &usize| self.holds[*split] == 0;
        let needy = self.wished().filter(empty).count();
        let lack = |split: usize| {
            let excess =
                self.bundle.iter().map(|(at, records)| records * self.excess[split][*at] / self.totals[*at]);
            -excess.sum::<f64>()
        };
        let fit = self.wished().filter(|split| needy < left || empty(split));
        most(fit.map(|split| (split, lack(split)))).map_or(0, |(split, _)| split)
    }

    /// The split to which moving the current bundle from `from` reduces the deviation most, if there is one. A move
    /// never empties a split.
    pub fn better(&self, from: usize) -> Option<usize> {
        if self.holds[from] < 2 {
            return None;
        }
        let gain = |to: usize| {
            let step = |(at, records): &(usize, f64)| {
                2.0 * records * (self.excess[from][*at] - self.excess[to][*at] - records) / self.totals[*at]
            };
            self.bundle.iter().map(step).sum::<f64>()
        };
        let others = self.wished().filter(|to| *to != from);
        most(others.map(|to| (to, gain(to)))).filter(|(_, gain)| *gain > NOTHING).map(|(to, _)| to)
    }

    /// Adds the current bundle to a split.
    pub fn put(&mut self, split: usize) {
        self.bundle.iter().for_each(|(at, records)| self.excess[split][*at] += records);
        self.holds[split] += 1;
    }
    /// Removes the current bundle from a split.
    pub fn lift(&mut self, split: usize) {
        self.bundle.iter().for_each(|(at, records)| self.excess[split][*at] -= records);
        self.holds[split] -= 1;
    }

    /// A warning if the current bundle, which is the largest, exceeds every split's share.
    pub fn warning(&self) -> Option<String> {
        let &(all, records) = self.bundle.last()?;
        let most = self.wished().map(|split| self.shares[split] * self.totals[all]).fold(0.0, f64::max);
        (self.wished().count() > 1 && records > most).then(|| {
            let total = self.totals[all];
            format!("{records} of {total} records must stay together because of groups and identical audio: more than the share of any split")
        })
    }

    /// The splits with a share.
    fn wished(&self) -> impl Iterator<Item = usize> {
        (0..self.shares.len()).filter(|split| self.shares[*split] > 0.0)
    }
}

/// The maximum; of equal values, the first.
fn most(all: impl Iterator<Item = (usize, f64)>) -> Option<(usize, f64)> {
    all.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
