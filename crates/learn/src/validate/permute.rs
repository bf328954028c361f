//! Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019).

use super::{Fold, Plan, loss};
use crate::random::Random;
use crate::samples::{Samples, gather};
use serde::{Deserialize, Serialize};

/// How much a model relies on a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// A feature, or a list of features such as `mfcc_mean`, all of whose values are permuted together.
    pub feature: String,
    /// Increase of the log-loss of held-out rows when the values are permuted among them, in nats. A redundant feature
    /// has a low importance, since others replace it; a negative one is noise.
    pub log_loss: f64,
}

/// Rows of a fold that are permuted at most, which bounds the time for large data.
const MOST_ROWS: usize = 1000;
const REPEATS: usize = 3;

/// Importances of all features in descending order, where the values of a list count as one feature.
pub(crate) fn importances(samples: Samples, plan: &Plan, folds: &[Fold]) -> Vec<Importance> {
    let lists = lists(&samples.data.features);
    let sums = plan.each_fold(|index| {
        let fold = &folds[index];
        let rows = &fold.test[..fold.test.len().min(MOST_ROWS)];
        let labels: Vec<usize> = rows.iter().map(|&row| samples.labels[row]).collect();
        let before = loss(&labels, &fold.scores[..rows.len()], 1.0);
        let mut random = Random::new(plan.seed, &format!("importance {index}"));
        let mut values = vec![Vec::new(); rows.len()];
        rows.iter().zip(&mut values).for_each(|(&row, values)| gather(samples.data, row, values));
        let increase = |(_, columns): &(String, Vec<usize>)| {
            let mut sum = 0.0;
            for _ in 0..REPEATS {
                let mut order: Vec<usize> = (0..rows.len()).collect();
                random.shuffle(&mut order);
                let scores: Vec<Vec<f64>> = (0..rows.len())
                    .map(|i| {
                        let mut row = values[i].clone();
                        columns.iter().for_each(|&column| row[column] = values[order[i]][column]);
                        fold.estimator.scores(&row)
                    })
                    .collect();
                sum += loss(&labels, &scores, 1.0) - before;
            }
            sum / REPEATS as f64
        };
        (lists.iter().map(increase).collect::<Vec<f64>>(), rows.len())
    });
    let total: usize = sums.iter().map(|(_, rows)| rows).sum();
    let mut importances: Vec<Importance> = lists
        .iter()
        .enumerate()
        .map(|(i, (name, _))| Importance {
            feature: name.clone(),
            log_loss: sums.iter().map(|(sums, _)| sums[i]).sum::<f64>() / total.max(1) as f64,
        })
        .collect();
    importances.sort_by(|a, b| b.log_loss.total_cmp(&a.log_loss));
    importances
}

/// Names without their index, and the columns of each.
fn lists(features: &[String]) -> Vec<(String, Vec<usize>)> {
    let mut lists: Vec<(String, Vec<usize>)> = Vec::new();
    for (column, feature) in features.iter().enumerate() {
        let name = match feature.split_once('[') {
            Some((name, rest)) if rest.ends_with(']') => name,
            _ => feature,
        };
        match lists.iter_mut().find(|(list, _)| list == name) {
            Some((_, columns)) => columns.push(column),
            None => lists.push((name.to_owned(), vec![column])),
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_list_are_one_feature() {
        let names = ["tempo", "mfcc[0]", "mfcc[1]", "chroma[0]"].map(String::from);
        let lists = lists(&names);
        assert_eq!(lists[1], ("mfcc".to_owned(), vec![1, 2]));
        assert_eq!(lists.len(), 3);
    }
}
