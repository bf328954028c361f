//! Bundles to the splits that lack them.

use super::balance::Balance;
use super::bundles::Bundles;
use super::splits::{NONE, Splits};
use super::{Inspections, Options, order};
use crate::set::labels::Table;
use std::cmp::Reverse;

/// So often all bundles are looked at for one that would be better elsewhere.
const PASSES: usize = 4;

/// Gives a split to every row that has none, bundle by bundle. Leaves the rows in another order.
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
    // the largest first; of one size as the seed has it
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
