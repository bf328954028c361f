//! Columns whose values a plan tears apart, although they look like what splits should keep together.

use super::SetPlan;
use crate::set::labels::{GroupCandidate, Table};

/// A column whose name says nothing has at least so many values, each with so many rows in the mean.
const VALUES: usize = 3;
const ROWS: usize = 5;

/// What a person should know of the columns of a list that is split without groups.
///
/// A column is named if one of its values at least has rows in two splits, and either its name is that of a source
/// (speaker, session, patient, album, site, device …, also with `id` behind it), or it has three values or more that are
/// no numbers, each with five rows or more in the mean, and neither follows from the label nor tells it (a column of
/// super-classes is no source). Columns whose names are those of a trait (gender, language, format …) are not named.
pub fn leakage_warnings(table: &Table, plan: &SetPlan) -> Vec<String> {
    if plan.splits().iter().filter(|split| split.records > 0).count() < 2 {
        return vec![];
    }
    table.group_candidates().iter().filter_map(|column| said(table, plan, column)).collect()
}

/// What is known of one value, or of one label: what it came with first, and whether with another too.
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
        "{torn} of the {there} values of column '{name}' are in more than one split: if what is tested must not be known \
         from training, give --group-by '{name}'"
    ))
}
