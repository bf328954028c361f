//! Rows that the list assigns to splits, and rows that must stay together.

use super::Inspections;
use super::bundles::Bundles;
use super::splits::{NONE, OUT, Splits};
use crate::set::labels::Table;
use passband_signal::{Fault, Result};

/// Assigns all rows to the only split.
pub(super) fn one(inspections: &Inspections, rows: &mut [u32], splits: &mut Splits) {
    rows.sort_unstable_by_key(|row| (inspections.content(*row), *row));
    splits.duplicates = rows.len() - alike(rows, inspections).count();
    rows.iter().for_each(|row| splits.of[*row as usize] = 0);
}

/// Assigns the rows that have a split in the list, and all rows tied to them; ties the others into bundles.
pub(super) fn place<'a>(
    table: &'a Table,
    inspections: &'a Inspections,
    rows: &mut [u32],
    splits: &mut Splits,
) -> Result<Bundles<'a>> {
    rows.iter().for_each(|row| splits.of[*row as usize] = splits.given(table, *row));
    let grouped = groups(table, inspections, rows, splits)?;
    // rows with identical audio next to each other
    rows.sort_unstable_by_key(|row| (inspections.content(*row), *row));
    let ties = || rows.len() - alike(rows, inspections).count();
    let mut bundles = grouped.unwrap_or_else(|| Bundles::rows(table, inspections, ties()));
    let rank = rank(rows, splits);
    for same in alike(rows, inspections) {
        splits.duplicates += same.len() - 1;
        let kept = kept(same, splits, &rank);
        let mut loose = None;
        for row in same {
            match (splits.of[*row as usize], kept) {
                (NONE, _) => match loose {
                    None => loose = Some(*row),
                    Some(first) => bundles.tie(first, *row),
                },
                (split, Some((best, other))) if split != best => splits.leave_out(*row, best, other),
                _ => {}
            }
        }
    }
    bundles.close();
    if table.splits().is_some() {
        follow(inspections, rows, splits, &bundles, &rank);
    }
    if splits.shares.iter().all(|share| *share == 0.0) {
        for row in rows {
            if splits.of[*row as usize] == NONE {
                splits.leave_out(*row, NONE, 0);
            }
        }
    }
    Ok(bundles)
}

/// Assigns a group to the split in which the list has one of its rows; a group without a split becomes a bundle.
fn groups<'a>(
    table: &'a Table,
    inspections: &'a Inspections,
    rows: &[u32],
    splits: &mut Splits,
) -> Result<Option<Bundles<'a>>> {
    let Some(groups) = table.groups() else { return Ok(None) };
    let mut bundles = Bundles::groups(table, inspections, groups);
    let group = |row: u32| table.group(row as usize).unwrap_or(0);
    // by group, a row with a split, or else its first row
    let mut first = vec![u32::MAX; groups];
    let mut torn = vec![];
    for row in rows {
        let told = &mut first[group(*row)];
        let split = splits.of[*row as usize];
        if *told == u32::MAX || (split != NONE && splits.of[*told as usize] == NONE) {
            *told = *row;
        } else if split != NONE && split != splits.of[*told as usize] {
            torn.push((group(*row), *told, *row));
        }
    }
    if let Some((group, one, other)) = torn.first() {
        let name = |row: u32| &splits.names[splits.of[row as usize] as usize];
        let number = |row: u32| table.number(row as usize);
        let mut all: Vec<usize> = torn.iter().map(|(group, ..)| *group).collect();
        all.sort_unstable();
        all.dedup();
        let more = if all.len() > 1 {
            format!(", and {} more groups are in two splits", all.len() - 1)
        } else {
            String::new()
        };
        return Err(Fault::new(format!(
            "the list assigns group '{}' to two splits",
            table.group_key(*group)
        ))
        .at(format!("line {}", table.line(*other as usize)))
        .why(format!(
            "row {} is in '{}' and row {} in '{}'{more}",
            number(*one),
            name(*one),
            number(*other),
            name(*other)
        ))
        .fix("correct the list, or remove --group-by or --split-column"));
    }
    for row in rows {
        let told = first[group(*row)];
        match splits.of[told as usize] {
            NONE => bundles.join(*row),
            split => splits.of[*row as usize] = split,
        }
    }
    Ok(Some(bundles))
}

/// Assigns a bundle that shares audio with assigned rows to their split. If these are in several splits, the bundle is
/// assigned to the one with the fewest rows, and its rows whose audio is in another split are left out.
fn follow(
    inspections: &Inspections,
    rows: &[u32],
    splits: &mut Splits,
    bundles: &Bundles<'_>,
    rank: &[usize],
) {
    let mut pulled = vec![NONE; bundles.len()];
    let runs = || alike(rows, inspections).filter_map(|same| Some((same, kept(same, splits, rank)?)));
    for (same, (best, _)) in runs() {
        for row in same.iter().filter(|row| splits.of[**row as usize] == NONE) {
            let pull = &mut pulled[bundles.root(*row) as usize];
            if *pull == NONE || rank[best as usize] < rank[*pull as usize] {
                *pull = best;
            }
        }
    }
    let mut out = vec![];
    for (same, (best, other)) in runs() {
        let loose = same.iter().filter(|row| splits.of[**row as usize] == NONE);
        out.extend(
            loose.filter(|row| pulled[bundles.root(**row) as usize] != best).map(|row| (*row, best, other)),
        );
    }
    out.into_iter().for_each(|(row, best, other)| splits.leave_out(row, best, other));
    for row in rows {
        let split = &mut splits.of[*row as usize];
        if *split == NONE {
            *split = pulled[bundles.root(*row) as usize];
        }
    }
}

/// Runs of rows with identical audio.
fn alike<'a>(rows: &'a [u32], inspections: &'a Inspections) -> impl Iterator<Item = &'a [u32]> {
    rows.chunk_by(|a, b| inspections.content(*a) == inspections.content(*b))
}

/// Of the splits that rows with identical audio are assigned to, the one that keeps it, with its first row there.
fn kept(same: &[u32], splits: &Splits, rank: &[usize]) -> Option<(u8, u32)> {
    let placed = same.iter().map(|row| (splits.of[*row as usize], *row));
    placed.filter(|(split, _)| *split < OUT).min_by_key(|(split, row)| (rank[*split as usize], *row))
}

/// The rank of each split by its assigned rows, the fewest first.
fn rank(rows: &[u32], splits: &Splits) -> Vec<usize> {
    let mut counts = vec![0_usize; splits.names.len()];
    for row in rows {
        if let Some(count) = counts.get_mut(splits.of[*row as usize] as usize) {
            *count += 1;
        }
    }
    let mut by_count: Vec<usize> = (0..counts.len()).collect();
    by_count.sort_by_key(|split| counts[*split]);
    let mut rank = vec![0; counts.len()];
    by_count.iter().enumerate().for_each(|(place, split)| rank[*split] = place);
    rank
}
