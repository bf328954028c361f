//! Splits cut into shards.

use super::balance::MOST_LABELS;
use super::{Plan, Shards, Split};
use crate::labels::Table;
use passband_signal::{Fault, Result};

/// The most shards of a split: their numbers have five digits.
const MOST: u32 = 99_999;

/// A shard: so many records of a split, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// How many records.
    pub records: u64,
    /// The places in the plan's order of its rows: the first, and one past the last.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Records of the first row that the shard before has.
    pub(super) skip: u32,
    /// Records of the last row that this shard and those before it have.
    pub(super) last: u32,
}

/// The splits of a plan whose order is made.
pub(super) fn cut(
    table: &Table,
    plan: &Plan,
    names: &[String],
    of: &[u8],
    shards: Shards,
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
    for (split, count) in splits.iter_mut().zip(counts(&records, shards)?) {
        let mut place = split.rows.start;
        // records of the split up to this place
        let mut before = 0;
        for shard in 0..u128::from(count) {
            let bound = |shard: u128| (shard * u128::from(split.records) / u128::from(count)) as u64;
            let (from, to) = (bound(shard), bound(shard + 1));
            // past the rows that end with this record or before it: where the next one is, and after how many there
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
            split.shards.push(Shard { records: to - from, start, end, skip, last });
        }
    }
    Ok(splits)
}

/// How many shards each split has.
fn counts(records: &[u64], shards: Shards) -> Result<Vec<u32>> {
    let (Shards::Each(number) | Shards::Total(number)) = shards;
    let least = if let Shards::Total(_) = shards { records.len() as u32 } else { 1 };
    if number < least || number > MOST {
        let fault = Fault::new(format!("shards is {number}"));
        return Err(fault
            .why(format!("each split has one at least, and {MOST} at most can be"))
            .fix(format!("give it {least} or more: --shards {least}")));
    }
    if let Shards::Each(number) = shards {
        return Ok(vec![number; records.len()]);
    }
    // one for each, and each further one to the split whose shards are longest (Jefferson, D'Hondt)
    let mut counts = vec![1_u32; records.len()];
    for _ in least..number {
        let length =
            |at: &usize| std::cmp::Reverse(u128::from(records[*at]) * (1 << 32) / u128::from(counts[*at]));
        let longest = (0..records.len()).min_by_key(length).unwrap_or(0);
        counts[longest] += 1;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_in_all_are_shared_out_by_length() {
        assert_eq!(counts(&[800, 100, 100], Shards::Total(10)).unwrap(), [8, 1, 1]);
        assert_eq!(counts(&[800, 100, 100], Shards::Total(20)).unwrap(), [16, 2, 2]);
        assert_eq!(counts(&[5, 0, 0], Shards::Total(4)).unwrap(), [2, 1, 1]);
        assert_eq!(counts(&[5, 0], Shards::Each(4)).unwrap(), [4, 4]);
        for wrong in [Shards::Total(1), Shards::Each(0), Shards::Each(100_000)] {
            assert!(counts(&[5, 0], wrong).is_err());
        }
    }
}
