//! The plan of a set: splits without leakage, shards of equal size, an order from a seed.
//!
//! ```
//! use passband_lake::set::{labels, plan};
//! let csv = "Label,Blob Name\n0,a_ann_1.wav\n1,a_ben_1.wav\n0,b_ann_2.wav\n1,b_ben_2.wav\n";
//! let options = labels::Options { group: Some(r"_(\w+)_".into()), ..Default::default() };
//! let (table, _) = labels::read(csv.as_bytes(), &options).unwrap();
//! let mut inspections = plan::Inspections::new(table.len());
//! for row in 0..table.len() {
//!     inspections.good(row, row as u128, 1);
//! }
//! let options = plan::Options { shares: Some("train=0.5,test=0.5".parse().unwrap()), ..Default::default() };
//! let plan = plan::SetPlan::new(&table, &inspections, &options).unwrap();
//! let [train, test] = &plan.splits()[..] else { panic!() };
//! assert_eq!((train.name.as_str(), train.records, test.records), ("train", 2, 2));
//! let speaker = |row: u32| table.group(row as usize);
//! assert!(plan.rows(0).iter().all(|train| plan.rows(1).iter().all(|test| speaker(*train) != speaker(*test))));
//! ```
//!
//! **No leakage.** Rows of one group are in one split, and so are rows with identical audio; if identical audio
//! connects two groups, both are. Rows that must stay together are a *bundle*, which is assigned to one split as a
//! whole.
//!
//! **Shares.** Bundles are assigned from the largest to the smallest, each to the split with the greatest deficit of
//! its labels and of records in total. Without stratification no split exceeds its share by more than the largest
//! bundle. No split stays empty as long as there are bundles for it.
//!
//! **Splits in the list** are kept, also for the group of such a row. A group that the list assigns to two splits is a
//! fault. Identical audio in two splits is kept only in the split with the fewest rows; [`SetPlan::left_out`] lists the
//! rows that are left out.
//!
//! **Order.** The sort key of row *n* is the *n*-th number of SplitMix64 (Steele, Lea and Flood 2014) with the seed. So
//! a refused row moves no other row, and the order does not depend on threads or machines.
//!
//! **Shards.** Each split is cut, in its order, into shards that differ by at most one record. No shard is
//! empty. By default, each shard has about 256 MiB of samples.

mod assign;
mod balance;
mod bundles;
mod entries;
mod inspections;
mod leakage;
mod order;
mod preset;
mod quarantine;
mod shards;
mod split_shares;
mod splits;

pub use entries::{Entries, Entry};
pub use inspections::{Inspection, Inspections};
pub use leakage::leakage_warnings;
pub use quarantine::{Quarantine, QuarantineCursor, quarantine_row, write_quarantine};
pub use shards::PlannedShard;
pub use split_shares::SplitShares;
pub(crate) use split_shares::is_split_name;
pub use splits::Split;

use crate::set::labels::{Ids, Table};
use passband_signal::{Fault, Result};
use splits::{LeftOut, NONE, Splits};

/// The options of a plan.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of splits and order.
    pub seed: u64,
    /// The order within a split.
    pub order: Order,
    /// The number of shards.
    pub shards: ShardCount,
    /// The splits and their shares. Default: those of the list, or one split without a name.
    pub shares: Option<SplitShares>,
    /// Whether splits are stratified.
    pub labels: Stratify,
}

impl Default for Options {
    /// One shard, shuffled with the seed 0.
    fn default() -> Self {
        let (order, shards, labels) = (Order::Shuffled, ShardCount::Each(1), Stratify::Labels);
        Self { seed: 0, order, shards, shares: None, labels }
    }
}

/// The order of the rows of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Shuffled by the seed.
    Shuffled,
    /// As in the list. (The seed still decides the splits.)
    Listed,
}

/// The number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardCount {
    /// This many in each split.
    Each(u32),
    /// This many in total, so that the shards of all splits have similar sizes; each split with records has at least
    /// one.
    Total(u32),
    /// About 256 MiB of samples in each, and at least one for each split with records.
    BySize,
}

/// Whether labels are spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stratify {
    /// Each label is distributed by the shares, as far as groups allow. With more than 65,536 distinct
    /// labels, this is equivalent to [`Stratify::No`].
    Labels,
    /// Only the total number of records is distributed by the shares.
    No,
}

/// The plan of a set: the split, shard and order of every row.
#[derive(Clone, Debug)]
pub struct SetPlan {
    splits: Vec<Split>,
    order: Vec<u32>,
    /// By row, unless every row has one record.
    records: Option<Ids>,
    left_out: Vec<LeftOut>,
    duplicates: usize,
    warnings: Vec<String>,
}

impl SetPlan {
    /// Makes the plan for the rows of a list and the inspections of their blobs. It is the same on every machine, and
    /// does not depend on the order of inspection.
    ///
    /// # Errors
    /// If a row is not inspected, the list assigns a group to two splits, or the number of shards is impossible.
    pub fn new(table: &Table, inspections: &Inspections, options: &Options) -> Result<Self> {
        let mut splits = Splits::new(table, options.shares.as_ref());
        let mut rows = inspections.all_good(table)?;
        if splits.names.len() == 1 && table.splits().is_none() {
            preset::one(inspections, &mut rows, &mut splits);
        } else {
            let bundles = preset::place(table, inspections, &mut rows, &mut splits)?;
            assign::assign(table, inspections, options, &bundles, &mut rows, &mut splits);
        }
        order::sort(table, options, &mut rows, &splits.of);
        let mut plan = Self {
            splits: vec![],
            records: inspections.several().cloned(),
            order: rows,
            left_out: splits.left_out,
            duplicates: splits.duplicates,
            warnings: splits.warning.into_iter().collect(),
        };
        plan.left_out.sort_unstable();
        plan.splits =
            shards::cut(table, &plan, &splits.names, &splits.of, (options.shards, inspections.values()))?;
        for split in plan.splits.iter().filter(|split| split.records == 0) {
            let name =
                if split.name.is_empty() { "the set".into() } else { format!("split '{}'", split.name) };
            plan.warnings.push(format!("{name} is empty"));
        }
        plan.warnings.extend(fewer(&plan.splits, options.shards));
        Ok(plan)
    }
    /// The splits with their shards and counts: those with shares in the given order, then others of the list by name.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }
    /// The rows of a split, in order, each once.
    pub fn rows(&self, split: usize) -> &[u32] {
        &self.order[self.splits[split].rows.clone()]
    }
    /// Rows with a good blob that are in no split, in order, with the reason.
    pub fn left_out<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = (usize, String)> + 'a {
        (0..self.left_out.len()).filter_map(|at| self.left_out_at(at, table))
    }
    fn left_out_at(&self, at: usize, table: &Table) -> Option<(usize, String)> {
        let left = self.left_out.get(at)?;
        let reason = match left.split {
            NONE => "the list assigns it to no split, and there are no shares".into(),
            split => {
                let (split, row) = (&self.splits[split as usize].name, table.number(left.other as usize));
                format!("identical audio is in split '{split}', in row {row}")
            }
        };
        Some((left.row as usize, reason))
    }
    /// Frees the list of left-out rows, which is not needed while shards are built.
    pub fn forget_left_out(&mut self) {
        self.left_out = vec![];
    }
    /// The number of good rows whose audio is identical to that of an earlier row.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }
    /// Warnings: a bundle that exceeds every share, empty splits, fewer shards than requested.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// A warning if there are fewer shards than requested.
fn fewer(splits: &[Split], shards: ShardCount) -> Option<String> {
    let there = splits.iter().map(|split| split.shards.len() as u64).sum::<u64>();
    let filled = splits.iter().filter(|split| split.records > 0).count() as u64;
    let wanted = match shards {
        ShardCount::Each(number) => filled.saturating_mul(number.into()),
        ShardCount::Total(number) => number.into(),
        ShardCount::BySize => 0,
    };
    (there < wanted)
        .then(|| format!("there are {there} shards instead of {wanted}, because no shard may be empty"))
}

/// The fault if a row was not inspected.
fn not_inspected(table: &Table, row: usize) -> Fault {
    Fault::new(format!("row {} of the list has not been inspected", table.number(row)))
}

#[cfg(test)]
mod fsdd_tests;
#[cfg(test)]
mod tests;
