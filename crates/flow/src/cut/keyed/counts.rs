//! Windows of a fixed number of readings of a key, in order of arrival.

use super::{Closed, Each, Fate, Window};
use crate::data::Reading;
use crate::part::{Cell, Sheet};
use passband_signal::Result;
use std::collections::{BTreeSet, HashMap};

/// The windows of all keys.
pub struct Counts {
    length: u64,
    open: HashMap<u32, Run>,
    /// Windows that are full.
    full: Vec<(u32, Run)>,
    /// Offset of the first reading of each open window.
    begins: BTreeSet<i64>,
}

struct Run {
    offset: i64,
    first: i64,
    last: i64,
    cell: Cell,
}

impl Counts {
    /// Windows of this number of readings.
    pub fn new(length: u64) -> Self {
        Self { length, open: HashMap::new(), full: vec![], begins: BTreeSet::new() }
    }
}

impl Window for Counts {
    fn fold(&mut self, reading: &Reading<'_>, key: u32, sheet: &Sheet, _: i64) -> Fate {
        let (time, offset) = (reading.time, reading.arrival.offset);
        let begins = &mut self.begins;
        let run = self.open.entry(key).or_insert_with(|| {
            begins.insert(offset);
            Run { offset, first: time, last: time, cell: sheet.cell() }
        });
        (run.first, run.last) = (run.first.min(time), run.last.max(time));
        sheet.add(&mut run.cell.sums, &mut run.cell.kept, time, reading.values);
        if run.cell.sums[0] as u64 >= self.length {
            self.begins.remove(&run.offset);
            self.full.extend(self.open.remove_entry(&key));
        }
        Fate::Folded
    }

    fn next(&self) -> Option<i64> {
        (!self.full.is_empty()).then_some(i64::MIN)
    }

    fn last(&self) -> Option<i64> {
        (!self.open.is_empty()).then_some(i64::MAX)
    }

    fn close(&mut self, watermark: i64, _: &Sheet, give: Each<'_>) -> Result<()> {
        if watermark == i64::MAX {
            // at the end of the input, incomplete windows are emitted too
            let mut rest: Vec<_> = self.open.drain().collect();
            rest.sort_unstable_by_key(|(_, run)| run.offset);
            self.full.append(&mut rest);
            self.begins.clear();
        }
        self.full.drain(..).try_for_each(|(key, Run { first, last, cell, .. })| {
            give(Closed {
                key,
                start: first,
                end: last + 1,
                early: false,
                sums: &cell.sums,
                kept: &cell.kept,
            })
        })
    }

    fn needs(&self, key: &mut dyn FnMut(u32)) {
        self.open.keys().chain(self.full.iter().map(|(key, _)| key)).for_each(|number| key(*number));
    }

    fn oldest(&self) -> Option<i64> {
        self.begins.first().copied()
    }

    fn replays(&self) -> Option<i64> {
        Some(i64::MIN)
    }
}
