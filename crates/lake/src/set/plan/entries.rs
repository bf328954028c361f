//! The content of each shard.

use super::{PlannedShard, SetPlan};

/// The records of one row in a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row's index in the table.
    pub row: u32,
    /// The first of its records, from 0.
    pub first: u32,
    /// The number of records.
    pub records: u32,
}

impl SetPlan {
    /// The content of a shard, in order.
    ///
    /// If every row has one record, an entry is a row. If recordings are cut into several records, those of one row are
    /// consecutive, and may continue in the next shard.
    ///
    /// Access is random: `entries(…).skip(n)` takes constant time.
    pub fn entries(&self, split: usize, shard: usize) -> Entries<'_> {
        let shard = &self.splits[split].shards[shard];
        Entries { plan: self, shard, next: shard.start }
    }
    pub(super) fn records_at(&self, place: usize) -> u32 {
        self.records.as_ref().map_or(1, |records| records.get(self.order[place] as usize))
    }
}

/// The content of a shard, in order; from [`SetPlan::entries`].
#[derive(Clone)]
pub struct Entries<'a> {
    plan: &'a SetPlan,
    shard: &'a PlannedShard,
    next: usize,
}

impl Iterator for Entries<'_> {
    type Item = Entry;
    fn next(&mut self) -> Option<Entry> {
        let (place, &PlannedShard { start, end, skip, last, .. }) = (self.next, self.shard);
        if place >= end {
            return None;
        }
        let first = if place == start { skip } else { 0 };
        let to = if place + 1 == end { last } else { self.plan.records_at(place) };
        self.next += 1;
        Some(Entry { row: self.plan.order[place], first, records: to - first })
    }
    fn nth(&mut self, n: usize) -> Option<Entry> {
        self.next = self.next.saturating_add(n);
        self.next()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.shard.end.saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

#[cfg(test)]
mod tests {
    use crate::set::labels::{self, read};
    use crate::set::plan::{Entry, Inspections, Options, Order, SetPlan, ShardCount};

    #[test]
    fn entries_have_random_access() {
        let rows: Vec<String> = (0..20).map(|row| format!("0,{row}.wav\n")).collect();
        let list = format!("Label,Blob Name\n{}", rows.concat());
        let (table, _) = read(list.as_bytes(), &labels::Options::default()).unwrap();
        for pieces in [1, 3, 40, 300] {
            let mut inspections = Inspections::new(20);
            (0..20).for_each(|row| inspections.good(row, row as u128, 1 + row as u32 * 7 % pieces));
            let options = Options { order: Order::Listed, shards: ShardCount::Each(7), ..Options::default() };
            let plan = SetPlan::new(&table, &inspections, &options).unwrap();
            let mut next = [0; 20];
            for shard in 0..7 {
                let all: Vec<Entry> = plan.entries(0, shard).collect();
                assert_eq!(plan.entries(0, shard).len(), all.len());
                let records: u64 = all.iter().map(|entry| u64::from(entry.records)).sum();
                assert_eq!(records, plan.splits()[0].shards[shard].records);
                for (at, entry) in all.iter().enumerate() {
                    assert_eq!(plan.entries(0, shard).nth(at), Some(*entry));
                    assert_eq!(
                        std::mem::replace(&mut next[entry.row as usize], entry.first + entry.records),
                        entry.first
                    );
                }
                assert_eq!(plan.entries(0, shard).nth(all.len()), None);
            }
            assert!((0..20).all(|row| next[row] == 1 + row as u32 * 7 % pieces));
        }
    }
}
