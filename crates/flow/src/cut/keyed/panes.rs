//! Windows of equal length, made of panes: segments of time between the starts and ends of windows. Each reading is
//! folded into one pane, and a window is the merge of its panes. A window of a day that hops every minute therefore
//! costs one fold per reading.

use super::keys::Keys;
use super::pane::Pane;
use super::{Closed, Each, Fate, Window};
use crate::data::PanePart as Part;
use crate::data::Reading;
use crate::part::Sheet;
use passband_signal::Result;
use std::collections::{BTreeMap, VecDeque};

/// Windows of one length, a hop apart, counted from 1970.
pub struct Panes {
    length: i64,
    hop: i64,
    grace: i64,
    /// Panes with readings that a future result needs, by start.
    panes: VecDeque<Pane>,
    /// Index of the pane of the newest reading.
    hot: usize,
    /// Windows that start before this time have been emitted.
    given: i64,
    /// Whether panes are stored, and the removals that are pending.
    saved: Option<Vec<Part>>,
}

impl Panes {
    /// Windows of this length, hop and grace (µs); those that `watermark` closes were emitted before.
    pub fn new(length: i64, hop: i64, grace: i64, watermark: i64, carried: bool) -> Self {
        let saved = carried.then(Vec::new);
        let mut panes = Self { length, hop, grace, panes: VecDeque::new(), hot: 0, given: i64::MIN, saved };
        panes.given = panes.closed(watermark);
        panes
    }

    /// The start of the first window that is not closed: a window is closed when end + grace <= watermark.
    fn closed(&self, watermark: i64) -> i64 {
        match watermark.checked_sub(self.grace + self.length) {
            Some(last) => last.div_euclid(self.hop) * self.hop + self.hop,
            None => i64::MIN,
        }
    }

    /// The earliest window with the first pane that has not been emitted.
    fn first(&self) -> Option<i64> {
        Some((self.panes.front()?.start - self.length + self.hop).max(self.given))
    }

    /// The panes of a window.
    fn of(&self, start: i64) -> impl Iterator<Item = &Pane> + Clone {
        let from = self.panes.partition_point(|pane| pane.start < start);
        self.panes.range(from..).take_while(move |pane| pane.start < start + self.length)
    }

    fn window(&self, start: i64, sheet: &Sheet, give: Each<'_>) -> Result<()> {
        let mut keys: Vec<u32> = self.of(start).flat_map(Pane::keys).collect();
        if self.of(start).nth(1).is_some() {
            keys.sort_unstable();
            keys.dedup();
        }
        self.rows(start, &keys, sheet, false, give)
    }

    /// Emits the results of a window for these keys.
    fn rows(&self, start: i64, keys: &[u32], sheet: &Sheet, early: bool, give: Each<'_>) -> Result<()> {
        let end = start + self.length;
        let panes = self.of(start);
        for &key in keys {
            let mut each = panes.clone().filter_map(|pane| pane.of(sheet, key));
            let Some((sums, kept)) = each.next() else { continue };
            let Some(second) = each.next() else {
                give(Closed { key, start, end, early, sums, kept })?;
                continue;
            };
            let mut cell = sheet.cell();
            for (sums, kept) in [(sums, kept), second].into_iter().chain(each) {
                sheet.merge(&mut cell, sums, kept);
            }
            give(Closed { key, start, end, early, sums: &cell.sums, kept: &cell.kept })?;
        }
        Ok(())
    }

    /// The index of the pane with this start, which is created if it is missing.
    fn pane(&mut self, start: i64) -> usize {
        let at = self.panes.partition_point(|pane| pane.start < start);
        if self.panes.get(at).is_none_or(|pane| pane.start != start) {
            self.panes.insert(at, Pane::new(start));
        }
        at
    }
}

impl Window for Panes {
    fn fold(&mut self, reading: &Reading<'_>, key: u32, sheet: &Sheet, watermark: i64) -> Fate {
        let hot = self.panes.get(self.hot).map(|pane| pane.start);
        let start = match hot {
            Some(start) if (start..start + self.hop).contains(&reading.time) => start,
            _ => reading.time.div_euclid(self.hop) * self.hop,
        };
        // the last window with this reading starts with its pane
        if start < self.given || start.saturating_add(self.length + self.grace) <= watermark {
            return Fate::Late;
        }
        if hot != Some(start) {
            // windows that closed without a reading are not reopened by a pane that they share with later ones
            self.given = self.given.max(self.closed(watermark));
            self.hot = self.pane(start);
        }
        let pane = &mut self.panes[self.hot];
        if reading.arrival.id.is_some_and(|id| !pane.is_new(id, self.saved.is_some())) {
            return Fate::Duplicate;
        }
        pane.add(sheet, key, reading.arrival.offset, reading.time, reading.values);
        Fate::Folded
    }

    fn next(&self) -> Option<i64> {
        Some(self.first()?.saturating_add(self.length + self.grace))
    }

    fn last(&self) -> Option<i64> {
        self.panes.back().map(|last| last.start + self.length + self.grace)
    }

    fn close(&mut self, watermark: i64, sheet: &Sheet, give: Each<'_>) -> Result<()> {
        let until = self.closed(watermark);
        while let Some(start) = self.first().filter(|start| *start < until) {
            self.window(start, sheet, give)?;
            self.given = start + self.hop;
            // panes that no later window contains
            while let Some(pane) = self.panes.pop_front_if(|pane| pane.start < self.given) {
                self.hot = self.hot.saturating_sub(1);
                if let Some(saved) = &mut self.saved {
                    pane.forget(&mut |part| saved.push(part));
                }
            }
        }
        self.given = self.given.max(until);
        Ok(())
    }

    fn early(&mut self, sheet: &Sheet, give: Each<'_>) -> Result<()> {
        let mut changed: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        let mut keys = vec![];
        for pane in &mut self.panes {
            keys.clear();
            pane.changed(&mut keys);
            let mut window = pane.start;
            while !keys.is_empty() && window > pane.start - self.length && window >= self.given {
                changed.entry(window).or_default().extend(&keys);
                window -= self.hop;
            }
        }
        for (start, mut keys) in changed {
            keys.sort_unstable();
            keys.dedup();
            self.rows(start, &keys, sheet, true, give)?;
        }
        Ok(())
    }

    fn oldest(&self) -> Option<i64> {
        self.panes.iter().filter_map(|pane| pane.unsaved).min()
    }

    fn needs(&self, key: &mut dyn FnMut(u32)) {
        self.panes.iter().flat_map(Pane::keys).for_each(key);
    }

    fn save(&mut self, all: bool, keys: &Keys, sheet: &Sheet, give: &mut dyn FnMut(Part)) {
        let Some(saved) = &mut self.saved else { return };
        saved.drain(..).for_each(&mut *give);
        if all {
            self.panes.iter_mut().for_each(|pane| pane.save(keys, sheet, give));
        }
    }

    fn restore(&mut self, part: &Part, keys: &mut Keys, sheet: &Sheet) -> Option<()> {
        let Some(bytes) = &part.bytes else { return Some(()) };
        if part.start % self.hop != 0 {
            return None;
        }
        if part.start < self.given {
            self.forget(part);
            return Some(());
        }
        let at = self.pane(part.start);
        self.panes[at].restore(&part.name, bytes, keys, sheet)
    }

    fn forget(&mut self, part: &Part) {
        self.saved.iter_mut().for_each(|saved| saved.push(Part { bytes: None, ..part.clone() }));
    }
}
