//! Which row goes where: splits without leaks, shards of equal size, an order from a seed.
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
//! **No leak.** Rows of one group are in one split, and so are rows of one content; where a content ties two groups,
//! both are. What is tied together is a *bundle*, and goes to one split as a whole.
//!
//! **SplitShares.** The largest bundle goes first, each to the split that lacks most of it: of each of its labels, and of
//! records in all, by the share of that label's records that is still to come. Without stratification no split exceeds
//! its share by more than the largest bundle. As long as there are bundles for it, no split stays empty.
//!
//! **Splits that the list gives** stay as they are, and so does the group of such a row. A group to which the list
//! gives two splits is a fault: no plan could keep to both. A content that has two is left out of all but the split
//! that has fewest rows, where it would be missed most; [`SetPlan::left_out`] says so for each row.
//!
//! **Order.** With a seed, row *n* of the list has as key the *n*-th number of SplitMix64 (Steele, Lea and Flood 2014)
//! begun at the seed; rows of a split lie in the order of their keys. So a row that is refused moves no other,
//! and neither threads nor machines matter.
//!
//! **ShardCount.** Each split is cut, in its order, into shards that differ by one record at most. None is empty: a split
//! has no more of them than records. If their number is not given, each holds some 256 MiB of samples.

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

/// What a plan is made for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Decides splits and order.
    pub seed: u64,
    /// The order in each split.
    pub order: Order,
    /// How many shards.
    pub shards: ShardCount,
    /// The splits and their shares. If not given: those of the list; else one split without a name.
    pub shares: Option<SplitShares>,
    /// Whether labels are spread evenly.
    pub labels: Stratify,
}

impl Default for Options {
    /// One shard in the order of the seed 0.
    fn default() -> Self {
        let (order, shards, labels) = (Order::Shuffled, ShardCount::Each(1), Stratify::Labels);
        Self { seed: 0, order, shards, shares: None, labels }
    }
}

/// The order of the rows of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the seed.
    Shuffled,
    /// As in the list. (The seed decides the splits nevertheless.)
    Listed,
}

/// How many shards there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardCount {
    /// So many of each split.
    Each(u32),
    /// So many in all, so that shards of all splits are of like size; each split with records has one at least.
    Total(u32),
    /// As many as hold some 256 MiB of samples each, and one at least for each split with records.
    BySize,
}

/// Whether labels are spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stratify {
    /// Each split has of each label its share, as far as groups allow. With more than 65,536 different labels it is
    /// [`Stratify::No`].
    Labels,
    /// Only the number of records counts.
    No,
}

/// Which row goes where.
#[derive(Clone, Debug)]
pub struct SetPlan {
    splits: Vec<Split>,
    order: Vec<u32>,
    /// By row, unless each makes one record.
    records: Option<Ids>,
    left_out: Vec<LeftOut>,
    duplicates: usize,
    warnings: Vec<String>,
}

impl SetPlan {
    /// Makes the plan for the rows of a list and what was found in their blobs: the same on every machine, whatever
    /// the order in which they were inspected.
    ///
    /// # Errors
    /// If a row is not inspected, a group has two splits by the list, or there are no shards to be.
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
    /// The splits with their shards and counts: those with shares in the order given, then others of the list by name.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }
    /// The rows of a split, in order, each once.
    pub fn rows(&self, split: usize) -> &[u32] {
        &self.order[self.splits[split].rows.clone()]
    }
    /// Rows with a good blob that are in no split all the same, in order, and why.
    pub fn left_out<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = (usize, String)> + 'a {
        (0..self.left_out.len()).filter_map(|at| self.left_out_at(at, table))
    }
    fn left_out_at(&self, at: usize, table: &Table) -> Option<(usize, String)> {
        let left = self.left_out.get(at)?;
        let reason = match left.split {
            NONE => "the list gives it no split, and there are no shares to give it one".into(),
            split => {
                let (split, row) = (&self.splits[split as usize].name, table.number(left.other as usize));
                format!("the same audio is in split '{split}' already, in row {row}")
            }
        };
        Some((left.row as usize, reason))
    }
    /// Forgets which rows are left out: while shards are built nobody asks.
    pub fn forget_left_out(&mut self) {
        self.left_out = vec![];
    }
    /// How many good rows have a content that a row before them has.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }
    /// What a person should know: a bundle that no share can hold, splits and shards that are empty.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// Whether there are fewer shards than were asked for.
fn fewer(splits: &[Split], shards: ShardCount) -> Option<String> {
    let there = splits.iter().map(|split| split.shards.len() as u64).sum::<u64>();
    let filled = splits.iter().filter(|split| split.records > 0).count() as u64;
    let wanted = match shards {
        ShardCount::Each(number) => filled.saturating_mul(number.into()),
        ShardCount::Total(number) => number.into(),
        ShardCount::BySize => 0,
    };
    (there < wanted).then(|| format!("there are {there} shards and not {wanted}: none is empty"))
}

/// A fault of an interface that is used wrongly, told by the row.
fn not_inspected(table: &Table, row: usize) -> Fault {
    Fault::new(format!("row {} of the list has not been inspected", table.number(row)))
}

#[cfg(test)]
mod fsdd_tests;
#[cfg(test)]
mod tests;
