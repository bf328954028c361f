//! Assigns bundles to splits.

use super::balance::Balance;
use super::bundles::Bundles;
use super::splits::{NONE, Splits};
use super::{Inspections, Options, order};
use crate::set::labels::Table;
use std::cmp::Reverse;

/// Maximum number of passes over all bundles to improve the splits.
const PASSES: usize = 4;

/// Assigns a split to every row without one, bundle by bundle. Reorders the rows.
pub(super) fn assign(
    table: &Table,
    inspections: &Inspections,
    options: &Options,
    bundles: &Bundles<'_>,
    rows: &mut [u32],
    splits: &mut Splits,
) {
    let mut balance = Balance::new(table, inspections, options.labels, rows, splits);
    let mut loose = 0;
    for at in 0..rows.len() {
        if splits.of[rows[at] as usize] == NONE {
            rows.swap(at, loose);
            loose += 1;
        }
    }
    let rows = &mut rows[..loose];
    // the largest first; equal ones in a seeded order
    rows.sort_unstable_by_key(|row| {
        let root = bundles.root(*row);
        let first = table.number(bundles.first(root) as usize);
        (Reverse(bundles.records(root)), order::key(options.seed, first), *row)
    });
    let same = |a: &u32, b: &u32| bundles.root(*a) == bundles.root(*b);
    let mut warning = None;
    let mut left = rows.chunk_by(same).count();
    for bundle in rows.chunk_by(same) {
        balance.take(table, inspections, bundle);
        if warning.is_none() {
            warning = Some(balance.warning());
        }
        let split = balance.lacking(left);
        balance.put(split);
        bundle.iter().for_each(|row| splits.of[*row as usize] = split as u8);
        left -= 1;
    }
    splits.warning = warning.flatten();
    for _ in 0..PASSES {
        let mut moved = false;
        for bundle in rows.chunk_by(same) {
            balance.take(table, inspections, bundle);
            let from = splits.of[bundle[0] as usize] as usize;
            if let Some(to) = balance.better(from) {
                balance.lift(from);
                balance.put(to);
                bundle.iter().for_each(|row| splits.of[*row as usize] = to as u8);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
}
