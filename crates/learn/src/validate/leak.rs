//! What the amount of data decides, and whether a score comes from a leak.

use super::{Fold, Plan, hits, tested};
use crate::estimator::Settings;
use crate::random::Random;
use crate::samples::Samples;
use serde::{Deserialize, Serialize};

/// Accuracy with a part of the training groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// Share of the training groups of each fold.
    pub share: f64,
    /// Mean number of training groups.
    pub groups: f64,
    /// Mean number of training rows.
    pub rows: f64,
    /// Accuracy over all folds.
    pub accuracy: f64,
}

/// Accuracy with a quarter, a half, three quarters and all of the training groups. Settings are those that each fold
/// chose with all groups.
pub(crate) fn learning_curve(samples: Samples, plan: &Plan, folds: &[Fold]) -> Vec<LearningPoint> {
    let total: usize = folds.iter().map(|fold| fold.test.len()).sum();
    let point = |quarters: usize| {
        let parts = plan.each_fold(|index| {
            let (train, _) = plan.rows(samples, index);
            let kept = groups_of(samples, &train, quarters, plan.seed);
            let part: Vec<usize> =
                train.into_iter().filter(|&row| kept.contains(&samples.data.group_of[row])).collect();
            let fold = &folds[index];
            let estimator = fold.settings.fit(samples.of(&part), plan.seed);
            let scores = tested(&estimator, samples, &fold.test);
            (kept.len(), part.len(), hits(samples, &fold.test, &scores))
        });
        let mean = |of: &dyn Fn(&(usize, usize, usize)) -> usize| {
            parts.iter().map(of).sum::<usize>() as f64 / parts.len().max(1) as f64
        };
        LearningPoint {
            share: quarters as f64 / 4.0,
            groups: mean(&|part| part.0),
            rows: mean(&|part| part.1),
            accuracy: parts.iter().map(|part| part.2).sum::<usize>() as f64 / total.max(1) as f64,
        }
    };
    let mut points: Vec<LearningPoint> = (1..=4).map(point).collect();
    // With few groups, two shares can mean the same groups.
    points.dedup_by(|b, a| a.groups == b.groups);
    points
}

/// A share of the groups of the training rows, at least one, drawn with the seed.
fn groups_of(samples: Samples, train: &[usize], quarters: usize, seed: u64) -> Vec<usize> {
    let mut groups: Vec<usize> = train.iter().map(|&row| samples.data.group_of[row]).collect();
    groups.sort_unstable();
    groups.dedup();
    Random::new(seed, "learning curve").shuffle(&mut groups);
    groups.truncate((groups.len() * quarters).div_ceil(4).max(1));
    groups
}

/// Whether a score could come from the procedure or from the groups rather than from the classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakTest {
    /// Accuracies after shuffling the labels among all rows: they must be near chance.
    pub shuffled: Vec<f64>,
    /// The largest of the classes' shares of the tested rows, which is chance for a model without information.
    pub chance: f64,
    /// Accuracy with folds of random rows, whose groups are on both sides of a split. What exceeds the accuracy by
    /// group is knowledge about groups, which a new group does not have. Never quote it as a score.
    pub random_rows: f64,
    /// Pairs of rows of different groups with the same values of all features: the same recording under two names?
    pub twins: usize,
}

pub(crate) fn leak_test(samples: Samples, plan: &Plan, folds: &[Fold], shuffles: usize) -> LeakTest {
    let mut random = Random::new(plan.seed, "leak test");
    let all = vec![true; samples.classes()];
    let mut shuffled = Vec::with_capacity(shuffles);
    for _ in 0..shuffles {
        let mut labels = samples.labels.to_vec();
        random.shuffle(&mut labels);
        let samples = Samples { labels: &labels, ..samples };
        let plan = plan.with(plan.folds.clone(), all.clone());
        let settings = |fold: usize, _: Samples| folds[fold].settings;
        shuffled.push(accuracy(samples, &plan, settings));
    }
    let mut counts = vec![0usize; samples.classes()];
    samples.labels.iter().for_each(|&label| counts[label] += 1);
    let n = samples.labels.len();
    let mut rows: Vec<usize> = (0..n).collect();
    let each: Vec<usize> = rows.clone();
    random.shuffle(&mut rows);
    let mut by_row = vec![0; n];
    rows.iter().enumerate().for_each(|(i, &row)| by_row[row] = i % plan.count);
    // Settings are chosen by random rows too: those chosen by group avoid what only helps within a group.
    let tuned = |fold: usize, train: Samples| {
        Settings::tuned(folds[fold].settings.kind(), Samples { groups: &each, ..train }, plan.seed).0
    };
    LeakTest {
        shuffled,
        chance: counts.iter().max().map_or(0.0, |&most| most as f64 / n as f64),
        random_rows: accuracy(samples, &plan.with(by_row, plan.testable.clone()), tuned),
        twins: twins(samples),
    }
}

/// Accuracy over the folds of a plan; `settings` gives those of a fold for its training rows.
fn accuracy(samples: Samples, plan: &Plan, settings: impl Fn(usize, Samples) -> Settings + Sync) -> f64 {
    let results = plan.each_fold(|fold| {
        let (train, test) = plan.rows(samples, fold);
        let train = samples.of(&train);
        let estimator = settings(fold, train).fit(train, plan.seed);
        (hits(samples, &test, &tested(&estimator, samples, &test)), test.len())
    });
    let (hits, rows) = results.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    hits as f64 / rows.max(1) as f64
}

/// Adjacent pairs of equal rows of different groups, after sorting all rows by their values.
fn twins(samples: Samples) -> usize {
    let data = samples.data;
    let key = |row: usize| data.columns.iter().map(move |column| column[row].to_bits());
    let mut order: Vec<usize> = (0..data.labels.len()).collect();
    order.sort_by(|&a, &b| key(a).cmp(key(b)));
    let twins =
        |pair: &&[usize]| data.group_of[pair[0]] != data.group_of[pair[1]] && key(pair[0]).eq(key(pair[1]));
    order.windows(2).filter(twins).count()
}
