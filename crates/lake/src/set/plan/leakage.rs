//! Warns of possible leakage: columns that look like a source of recordings, with values in more than one split.

use super::SetPlan;
use crate::set::labels::{GroupCandidate, Table};

/// Minimum number of values, and of mean rows per value, of a column that its name does not identify.
const VALUES: usize = 3;
const ROWS: usize = 5;

/// The warnings for a list that is split without groups.
///
/// A column is reported if a value has rows in two splits, and either its name is that of a source (speaker, session,
/// patient, album, site, device …, also with the suffix `id`), or it has at least three non-numeric values with at
/// least five rows each on average, and neither determines the label nor is determined by it (as super-classes are).
/// Columns with the name of a trait (gender, language, format …) are not reported.
pub fn leakage_warnings(table: &Table, plan: &SetPlan) -> Vec<String> {
    if plan.splits().iter().filter(|split| split.records > 0).count() < 2 {
        return vec![];
    }
    table.group_candidates().iter().filter_map(|column| said(table, plan, column)).collect()
}

/// For a value or a label: the first item it occurred with, and whether it also occurred with others.
#[derive(Clone, Copy, Default)]
struct Met {
    first: Option<usize>,
    others: bool,
}

impl Met {
    fn meet(&mut self, what: usize) {
        self.others |= *self.first.get_or_insert(what) != what;
    }
}

fn said(table: &Table, plan: &SetPlan, column: &GroupCandidate) -> Option<String> {
    let mut splits = vec![Met::default(); column.values()];
    let mut labels = splits.clone();
    let mut values = vec![Met::default(); table.classes().len()];
    let mut rows = 0;
    for split in 0..plan.splits().len() {
        for row in plan.rows(split) {
            let (row, value) = (*row as usize, column.value(*row as usize));
            if value > 0 {
                rows += 1;
                splits[value].meet(split);
                labels[value].meet(table.class(row));
                values[table.class(row)].meet(value);
            }
        }
    }
    let there = splits.iter().filter(|met| met.first.is_some()).count();
    let torn = splits.iter().filter(|met| met.others).count();
    let mixed = labels.iter().any(|met| met.others) && values.iter().any(|met| met.others);
    let alike = there >= VALUES && rows >= ROWS * there && column.has_text && mixed;
    if torn == 0 || there < 2 || !(column.has_group_name || alike) {
        return None;
    }
    let name = &column.name;
    Some(format!(
        "{torn} of the {there} values of column '{name}' are in more than one split: to keep each value in one split, set \
         --group-by '{name}'"
    ))
}
