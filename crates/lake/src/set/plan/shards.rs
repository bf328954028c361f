//! Cuts splits into shards.

use super::balance::MOST_LABELS;
use super::{SetPlan, ShardCount, Split};
use crate::set::labels::Table;
use passband_signal::{Fault, Result};

/// Maximum number of shards in a split: their numbers have five digits.
const MOST: u32 = 99_999;

/// Default size of the samples in a shard, in bytes: small enough to shuffle shards and read many in
/// parallel, large enough for sequential reads.
const SIZE: u128 = 256 << 20;

/// A planned shard: consecutive records of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedShard {
    /// The number of records.
    pub records: u64,
    /// The range of its rows in the plan's order.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Records of the first row that are in the previous shard.
    pub(super) skip: u32,
    /// Records of the last row up to the end of this shard.
    pub(super) last: u32,
}

/// Cuts the splits of a plan whose order is known.
pub(super) fn cut(
    table: &Table,
    plan: &SetPlan,
    names: &[String],
    of: &[u8],
    (shards, values): (ShardCount, u64),
) -> Result<Vec<Split>> {
    let labels = if table.classes().len() <= MOST_LABELS { table.classes().len() } else { 0 };
    let mut splits = vec![];
    let mut start = 0;
    for (number, name) in names.iter().enumerate() {
        let rows = plan.order[start..].partition_point(|row| usize::from(of[*row as usize]) <= number);
        let mut split = Split {
            name: name.clone(),
            shards: vec![],
            records: 0,
            labels: vec![0; labels],
            rows: start..start + rows,
        };
        for place in split.rows.clone() {
            let records = u64::from(plan.records_at(place));
            split.records += records;
            if let Some(count) = split.labels.get_mut(table.class(plan.order[place] as usize)) {
                *count += records;
            }
        }
        start = split.rows.end;
        splits.push(split);
    }
    let records: Vec<u64> = splits.iter().map(|split| split.records).collect();
    for (split, count) in splits.iter_mut().zip(counts(&records, values, shards)?) {
        let mut place = split.rows.start;
        // records of the split up to this point
        let mut before = 0;
        for shard in 0..u128::from(count) {
            let bound = |shard: u128| (shard * u128::from(split.records) / u128::from(count)) as u64;
            let (from, to) = (bound(shard), bound(shard + 1));
            // skips the rows that end at or before this record; returns the next row, and its records before
            // this one
            let mut pass = |all: u64| {
                while place < split.rows.end && before + u64::from(plan.records_at(place)) <= all {
                    before += u64::from(plan.records_at(place));
                    place += 1;
                }
                (place, (all - before) as u32)
            };
            let (start, skip) = pass(from);
            let (end, last) = match to.checked_sub(1).filter(|last| *last >= from) {
                Some(all) => {
                    let (place, before) = pass(all);
                    (place + 1, before + 1)
                }
                None => (start, 0),
            };
            split.shards.push(PlannedShard { records: to - from, start, end, skip, last });
        }
    }
    Ok(splits)
}

/// The number of shards of each split: at least one if it has records, and never more than it has records.
fn counts(records: &[u64], values: u64, shards: ShardCount) -> Result<Vec<u32>> {
    let filled = records.iter().filter(|records| **records > 0).count();
    let least = match shards {
        ShardCount::Total(_) => u32::try_from(filled).unwrap_or(MOST).max(1),
        ShardCount::Each(_) | ShardCount::BySize => 1,
    };
    if let ShardCount::Each(number) | ShardCount::Total(number) = shards
        && (number < least || number > MOST)
    {
        let fault = Fault::new(format!("{number} shards cannot hold the set"));
        return Err(fault
            .why(match filled {
                2.. => {
                    format!(
                        "{filled} splits have records and need at least one shard each; the maximum is {MOST}"
                    )
                }
                _ => format!("the number must be from 1 to {MOST}"),
            })
            .fix(format!("set --shards to {least} or more, or remove it to choose the number by size")));
    }
    let most = |records: u64| u32::try_from(records).map_or(MOST, |records| records.min(MOST));
    match shards {
        ShardCount::Each(number) => Ok(records.iter().map(|records| number.min(most(*records))).collect()),
        ShardCount::BySize => {
            let all: u64 = records.iter().sum();
            let size = |records: u64| u128::from(values) * 4 * u128::from(records) / u128::from(all.max(1));
            let wanted = |records: u64| u32::try_from(size(records).div_ceil(SIZE)).unwrap_or(MOST).max(1);
            Ok(records.iter().map(|records| wanted(*records).min(most(*records))).collect())
        }
        ShardCount::Total(number) => {
            // one shard each, then one at a time for the split with the largest shards (D'Hondt)
            let mut counts: Vec<u32> = records.iter().map(|records| most(*records).min(1)).collect();
            let length = |at: usize, count: u32| {
                std::cmp::Reverse(u128::from(records[at]) * (1 << 32) / u128::from(count.max(1)))
            };
            for _ in counts.iter().sum::<u32>()..number {
                let room = (0..records.len()).filter(|at| counts[*at] < most(records[*at]));
                let Some(longest) = room.min_by_key(|at| length(*at, counts[*at])) else { break };
                counts[longest] += 1;
            }
            Ok(counts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_in_all_are_shared_out_by_length() {
        let total = |records: &[u64], number| counts(records, 0, ShardCount::Total(number));
        assert_eq!(total(&[800, 100, 100], 10).unwrap(), [8, 1, 1]);
        assert_eq!(total(&[800, 100, 100], 20).unwrap(), [16, 2, 2]);
        assert_eq!(counts(&[5, 9], 0, ShardCount::Each(4)).unwrap(), [4, 4]);
        for wrong in [ShardCount::Total(1), ShardCount::Each(0), ShardCount::Each(100_000)] {
            assert!(counts(&[5, 1], 0, wrong).is_err());
        }
    }

    #[test]
    fn no_shard_is_empty_and_no_split_is_without() {
        let total = |records: &[u64], number| counts(records, 0, ShardCount::Total(number)).unwrap();
        assert_eq!(total(&[5, 0, 0], 4), [4, 0, 0]);
        assert_eq!(total(&[5, 0, 1], 2), [1, 0, 1]);
        assert_eq!(total(&[2, 1], 40), [2, 1]);
        assert_eq!(total(&[], 1), [0; 0]);
        assert_eq!(total(&[0], 3), [0]);
        assert_eq!(counts(&[5, 0, 1], 0, ShardCount::Each(3)).unwrap(), [3, 0, 1]);
    }

    #[test]
    fn without_a_number_their_size_decides() {
        let by_size = |records: &[u64], values| counts(records, values, ShardCount::BySize).unwrap();
        assert_eq!(by_size(&[8, 0, 1], 0), [1, 0, 1]);
        // 4 bytes per value: 900 records of 1 MiB
        assert_eq!(by_size(&[800, 100], 900 << 18), [4, 1]);
        assert_eq!(by_size(&[2], u64::MAX), [2]);
        assert_eq!(by_size(&[1 << 40], u64::MAX), [MOST]);
        assert_eq!(by_size(&[], 0), [0; 0]);
    }
}
