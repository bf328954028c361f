//! Stratified folds of whole groups.

use crate::random::Random;

/// Fold of each row: all rows of a group are in one fold, and the shares of the classes are as even as groups allow
/// (the greedy method of scikit-learn's `StratifiedGroupKFold`: groups of the most uneven classes first).
///
/// No fold is empty if there are at least `folds` groups.
pub(crate) fn stratified(
    labels: &[usize],
    groups: &[usize],
    classes: usize,
    folds: usize,
    seed: u64,
) -> Vec<usize> {
    let n = groups.iter().max().map_or(0, |last| last + 1);
    let mut counts = vec![vec![0.0; classes]; n];
    for (&label, &group) in labels.iter().zip(groups) {
        counts[group][label] += 1.0;
    }
    let mut totals = vec![0.0f64; classes];
    counts.iter().for_each(|c| c.iter().zip(&mut totals).for_each(|(c, t)| *t += c));
    let mut order: Vec<usize> = (0..n).filter(|&g| counts[g].iter().sum::<f64>() > 0.0).collect();
    Random::new(seed, "folds").shuffle(&mut order);
    order.sort_by(|&a, &b| deviation(&counts[b]).total_cmp(&deviation(&counts[a])));

    let mut fold_of = vec![0; n];
    let mut sums = vec![vec![0.0; classes]; folds];
    let mut members = vec![0; folds];
    for (position, &group) in order.iter().enumerate() {
        // As many groups are left as folds are empty: each of these folds needs one.
        let empty = members.iter().filter(|m| **m == 0).count();
        let must = order.len() - position <= empty;
        let best = (0..folds).filter(|&fold| !must || members[fold] == 0).min_by(|&a, &b| {
            let cost = |fold: usize| unevenness(&mut sums.clone(), fold, &counts[group], &totals);
            let size = |fold: usize| sums[fold].iter().sum::<f64>();
            cost(a).total_cmp(&cost(b)).then(size(a).total_cmp(&size(b)))
        });
        let fold = best.unwrap_or(0);
        fold_of[group] = fold;
        members[fold] += 1;
        counts[group].iter().zip(&mut sums[fold]).for_each(|(c, s)| *s += c);
    }
    groups.iter().map(|&group| fold_of[group]).collect()
}

/// Mean over the classes of the deviation of the folds' shares, after adding a group to one fold.
fn unevenness(sums: &mut [Vec<f64>], fold: usize, group: &[f64], totals: &[f64]) -> f64 {
    group.iter().zip(&mut sums[fold]).for_each(|(c, s)| *s += c);
    let shares =
        |class: usize| -> Vec<f64> { sums.iter().map(|sum| sum[class] / totals[class].max(1.0)).collect() };
    (0..totals.len()).map(|class| deviation(&shares(class))).sum::<f64>() / totals.len().max(1) as f64
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt()
}

/// Rows in and outside of a fold.
pub(crate) fn split(folds: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..folds.len()).partition(|&row| folds[row] != fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stay_together_and_classes_are_even() {
        let mut random = Random::new(3, "test");
        let groups: Vec<usize> = (0..600).map(|_| random.below(40)).collect();
        let labels: Vec<usize> = groups.iter().map(|g| g % 3).collect();
        let folds = stratified(&labels, &groups, 3, 5, 1);
        for group in 0..40 {
            let mut of: Vec<_> = (0..600).filter(|&r| groups[r] == group).map(|r| folds[r]).collect();
            of.dedup();
            assert_eq!(of.len(), 1);
        }
        for fold in 0..5 {
            for class in 0..3 {
                let n = (0..600).filter(|&r| folds[r] == fold && labels[r] == class).count();
                assert!((25..60).contains(&n), "fold {fold}, class {class}: {n} of about 40");
            }
        }
    }

    #[test]
    fn no_fold_is_empty() {
        for groups in 3..12 {
            for folds in 2..=groups {
                // One group holds nearly all rows.
                let group_of: Vec<usize> = (0..100).map(|r| if r < groups { r } else { 0 }).collect();
                let labels: Vec<usize> = (0..100).map(|r| r % 2).collect();
                let mut used = stratified(&labels, &group_of, 2, folds, 0);
                used.sort();
                used.dedup();
                assert_eq!(used.len(), folds, "{groups} groups, {folds} folds");
            }
        }
    }
}
