//! Bundles: rows that must stay in one split.

use super::Inspections;
use crate::set::labels::Table;
use std::collections::HashMap;

/// Flags the entry of a root, which holds its records; any other entry is the unit's parent.
const ROOT: u32 = 1 << 31;
/// If fewer than one in this many rows are tied, only tied rows have entries.
const FEW: usize = 16;

/// Union-find over units: groups if rows are grouped, otherwise single rows. The root of a bundle is the unit
/// with its first row, regardless of the order of the ties.
pub(super) struct Bundles<'a> {
    table: &'a Table,
    inspections: &'a Inspections,
    up: Up,
    /// The first row of each group; `None` if units are rows.
    first: Option<Vec<u32>>,
}

/// The entry of each unit.
enum Up {
    All(Vec<u32>),
    /// A row without an entry is not tied to another.
    Few(HashMap<u32, u32>),
}

impl<'a> Bundles<'a> {
    /// Groups as units, initially empty.
    pub fn groups(table: &'a Table, inspections: &'a Inspections, count: usize) -> Self {
        let (up, first) = (Up::All(vec![ROOT; count]), Some(vec![u32::MAX; count]));
        Self { table, inspections, up, first }
    }
    /// Rows as units; `ties` is the expected number of ties.
    pub fn rows(table: &'a Table, inspections: &'a Inspections, ties: usize) -> Self {
        let alone = |row| ROOT | inspections.records_of(row).min(ROOT - 1);
        let up = match ties < table.len() / FEW {
            true => Up::Few(HashMap::with_capacity(2 * ties)),
            false => Up::All((0..table.len() as u32).map(alone).collect()),
        };
        Self { table, inspections, up, first: None }
    }
    fn up(&self, unit: u32) -> u32 {
        match &self.up {
            Up::All(up) => up[unit as usize],
            Up::Few(up) => {
                let alone = || ROOT | self.inspections.records_of(unit).min(ROOT - 1);
                up.get(&unit).copied().unwrap_or_else(alone)
            }
        }
    }
    fn set(&mut self, unit: u32, to: u32) {
        match &mut self.up {
            Up::All(up) => up[unit as usize] = to,
            Up::Few(up) => drop(up.insert(unit, to)),
        }
    }
    /// Adds a row to its group.
    pub fn join(&mut self, row: u32) {
        let unit = self.unit(row);
        if let Some(first) = &mut self.first {
            let first = &mut first[unit as usize];
            *first = row.min(*first);
            self.set(unit, sum(self.up(unit), self.inspections.records_of(row)));
        }
    }
    /// Ties two rows together.
    pub fn tie(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(self.unit(a)), self.find(self.unit(b)));
        if a != b {
            let (root, other) = if self.first(a) < self.first(b) { (a, b) } else { (b, a) };
            self.set(root, sum(self.up(root), self.up(other) & !ROOT));
            self.set(other, root);
        }
    }
    fn unit(&self, row: u32) -> u32 {
        self.table.group(row as usize).map_or(row, |group| group as u32)
    }
    fn find(&mut self, mut unit: u32) -> u32 {
        loop {
            let up = self.up(unit);
            if up & ROOT != 0 {
                return unit;
            }
            let next = self.up(up);
            if next & ROOT != 0 {
                return up;
            }
            // path halving
            self.set(unit, next);
            unit = next;
        }
    }
    /// Ends tying: every unit's parent becomes its root.
    pub fn close(&mut self) {
        let units: Vec<u32> = match &self.up {
            Up::All(_) => vec![],
            Up::Few(up) => up.keys().copied().collect(),
        };
        let all = if units.is_empty() { 0..self.len() as u32 } else { 0..0 };
        for unit in all.chain(units) {
            let root = self.find(unit);
            if root != unit {
                self.set(unit, root);
            }
        }
    }
    /// The number of units.
    pub fn len(&self) -> usize {
        self.first.as_ref().map_or(self.table.len(), Vec::len)
    }
    /// The root of a row's bundle.
    pub fn root(&self, row: u32) -> u32 {
        let unit = self.unit(row);
        let up = self.up(unit);
        if up & ROOT == 0 { up } else { unit }
    }
    /// The first row of the bundle of a root.
    pub fn first(&self, root: u32) -> u32 {
        self.first.as_ref().map_or(root, |first| first[root as usize])
    }
    /// The records of the bundle of a root, at most 2³¹ - 1.
    pub fn records(&self, root: u32) -> u32 {
        self.up(root) & !ROOT
    }
}

fn sum(root: u32, records: u32) -> u32 {
    ROOT | (root & !ROOT).saturating_add(records).min(ROOT - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::labels::{Options, read};

    #[test]
    fn the_root_is_the_first_row_whatever_the_order_of_ties() {
        let rows: Vec<String> = (0..10).map(|row| format!("0,{row}.wav\n")).collect();
        let list = format!("Label,Blob Name\n{}", rows.concat());
        let (table, _) = read(list.as_bytes(), &Options::default()).unwrap();
        let ties = [(7, 3), (3, 9), (1, 2), (9, 2), (5, 6), (8, 8)];
        let none = Inspections::new(10);
        for turn in 0..2 * ties.len() {
            // with entries for all rows, and for few rows
            let mut bundles = Bundles::rows(&table, &none, 10);
            if turn >= ties.len() {
                bundles.up = Up::Few(HashMap::new());
            }
            ties.iter().cycle().skip(turn).take(ties.len()).for_each(|(a, b)| bundles.tie(*a, *b));
            bundles.close();
            let roots = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|row| bundles.root(row));
            assert_eq!(roots, [0, 1, 1, 1, 4, 5, 5, 1, 8, 1]);
            assert_eq!([0, 1, 5].map(|root| bundles.records(root)), [1, 5, 2]);
        }
    }

    #[test]
    fn a_group_is_one_unit() {
        let list = "Label,Blob Name,Who\n0,a,z\n0,b,y\n0,c,z\n0,d,x\n0,e,y\n";
        let options = Options { group: Some("Who".into()), ..Options::default() };
        let (table, _) = read(list.as_bytes(), &options).unwrap();
        let mut inspections = Inspections::new(5);
        // the first row of z is refused
        (1..5).for_each(|row| inspections.good(row, row as u128, row as u32 + 1));
        let mut bundles = Bundles::groups(&table, &inspections, 3);
        (1..5).for_each(|row| bundles.join(row));
        bundles.tie(2, 4);
        bundles.close();
        let roots = [1, 2, 3, 4].map(|row| bundles.root(row));
        assert_eq!(roots.map(|root| bundles.first(root)), [1, 1, 3, 1]);
        assert_eq!(roots.map(|root| bundles.records(root)), [10, 10, 4, 10]);
    }
}
