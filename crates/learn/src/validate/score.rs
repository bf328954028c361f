//! Scores of predictions, with intervals.

use super::{Fold, Plan, calibrated, expected_calibration_error};
use crate::random::Random;
use crate::samples::{Samples, argmax, softmax};
use serde::{Deserialize, Serialize};

/// A score with its 95 % interval: the 2.5 % and 97.5 % quantiles over bootstrap samples of whole groups, since rows of
/// a group are not independent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The score of all tested rows.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Scores of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class.
    pub class: String,
    /// Tested rows of the class.
    pub rows: usize,
    /// Share of the rows predicted as this class that are of this class; 0 if none is predicted.
    pub precision: f64,
    /// Share of the rows of this class that are predicted as this class; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of precision and recall; 0 if both are 0.
    pub f1: f64,
}

/// Scores of a kind of model over all folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Tested rows.
    pub rows: usize,
    /// Share of rows whose most probable class is theirs.
    pub accuracy: Interval,
    /// Mean recall of the tested classes.
    pub balanced_accuracy: Interval,
    /// Mean F1 of the tested classes.
    pub macro_f1: Interval,
    /// Mean of `-ln p` of the rows' classes, after calibration within the training rows, in nats.
    pub log_loss: Interval,
    /// Expected calibration error before calibration.
    pub ece_before: f64,
    /// Expected calibration error after calibration within the training rows of each fold.
    pub ece_after: f64,
    /// Scores by class.
    pub classes: Vec<ClassScore>,
    /// Rows by true class, then by predicted class.
    pub confusion: Vec<Vec<u32>>,
    /// The settings that each fold chose.
    pub settings: Vec<String>,
}

/// How often and how well a model decides if it abstains below a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// The least probability.
    pub threshold: f64,
    /// Share of rows that are decided.
    pub decided: f64,
    /// Accuracy of the decided rows; 0 if there are none.
    pub accuracy: f64,
}

/// Confusion matrix, loss and rows of a group, or of several.
#[derive(Clone)]
struct Tally {
    confusion: Vec<Vec<f64>>,
    loss: f64,
    rows: f64,
}

impl Tally {
    fn new(classes: usize) -> Self {
        Self { confusion: vec![vec![0.0; classes]; classes], loss: 0.0, rows: 0.0 }
    }
    fn add(&mut self, other: &Self) {
        self.confusion.iter_mut().flatten().zip(other.confusion.iter().flatten()).for_each(|(a, b)| *a += b);
        self.loss += other.loss;
        self.rows += other.rows;
    }
    fn accuracy(&self) -> f64 {
        (0..self.confusion.len()).map(|c| self.confusion[c][c]).sum::<f64>() / self.rows.max(1.0)
    }
    /// Rows, precision, recall and F1 of a class.
    fn class(&self, class: usize) -> (f64, f64, f64, f64) {
        let hits = self.confusion[class][class];
        let rows: f64 = self.confusion[class].iter().sum();
        let predicted: f64 = self.confusion.iter().map(|row| row[class]).sum();
        let share = |of: f64| if of > 0.0 { hits / of } else { 0.0 };
        (rows, share(predicted), share(rows), if hits > 0.0 { 2.0 * hits / (rows + predicted) } else { 0.0 })
    }
    /// Mean of a score over the classes that have rows.
    fn mean(&self, score: impl Fn((f64, f64, f64, f64)) -> f64) -> f64 {
        let classes = (0..self.confusion.len()).map(|c| self.class(c)).filter(|class| class.0 > 0.0);
        let (sum, n) = classes.fold((0.0, 0.0), |(sum, n), class| (sum + score(class), n + 1.0));
        if n > 0.0 { sum / n } else { 0.0 }
    }
}

pub(crate) fn scores(samples: Samples, folds: &[Fold], resamples: usize, seed: u64) -> Scores {
    let data = samples.data;
    let classes = data.classes.len();
    let tested: Vec<usize> = folds.iter().flat_map(|fold| &fold.test).copied().collect();
    let labels: Vec<usize> = tested.iter().map(|&row| samples.labels[row]).collect();
    let raw: Vec<Vec<f64>> = folds.iter().flat_map(|fold| &fold.scores).cloned().collect();
    let calibrated = calibrated(folds);

    let mut by_group = vec![Tally::new(classes); data.groups.len()];
    for (&row, scores) in tested.iter().zip(&calibrated) {
        let tally = &mut by_group[data.group_of[row]];
        let mut p = scores.clone();
        softmax(&mut p, 1.0);
        tally.confusion[samples.labels[row]][argmax(scores)] += 1.0;
        tally.loss -= libm::log(p[samples.labels[row]].max(1e-15));
        tally.rows += 1.0;
    }
    by_group.retain(|tally| tally.rows > 0.0);
    let mut all = Tally::new(classes);
    by_group.iter().for_each(|tally| all.add(tally));
    let drawn = bootstrap(&by_group, classes, resamples, seed);
    let interval = |score: &dyn Fn(&Tally) -> f64| quantiles(score(&all), drawn.iter().map(score).collect());
    let class = |index: usize| {
        let (rows, precision, recall, f1) = all.class(index);
        ClassScore { class: data.classes[index].clone(), rows: rows as usize, precision, recall, f1 }
    };
    Scores {
        rows: tested.len(),
        accuracy: interval(&Tally::accuracy),
        balanced_accuracy: interval(&|tally| tally.mean(|class| class.2)),
        macro_f1: interval(&|tally| tally.mean(|class| class.3)),
        log_loss: interval(&|tally| tally.loss / tally.rows.max(1.0)),
        ece_before: expected_calibration_error(&labels, &raw),
        ece_after: expected_calibration_error(&labels, &calibrated),
        classes: (0..classes).map(class).collect(),
        confusion: all.confusion.iter().map(|row| row.iter().map(|n| *n as u32).collect()).collect(),
        settings: folds.iter().map(|fold| fold.settings.to_string()).collect(),
    }
}

/// Sums over groups drawn with replacement.
fn bootstrap(groups: &[Tally], classes: usize, resamples: usize, seed: u64) -> Vec<Tally> {
    let mut random = Random::new(seed, "bootstrap");
    let mut draw = || {
        let mut sum = Tally::new(classes);
        groups.iter().for_each(|_| sum.add(&groups[random.below(groups.len())]));
        sum
    };
    (0..resamples).map(|_| draw()).collect()
}

fn quantiles(value: f64, mut drawn: Vec<f64>) -> Interval {
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| match drawn.len() {
        0 => value,
        n => drawn[((n - 1) as f64 * share).round() as usize],
    };
    Interval { value, low: at(0.025), high: at(0.975) }
}

/// Accuracy of always predicting the most frequent class of the training rows.
pub(crate) fn majority(samples: Samples, plan: &Plan) -> f64 {
    let (mut hits, mut rows) = (0, 0);
    for fold in 0..plan.count {
        let (train, test) = plan.rows(samples, fold);
        let mut counts = vec![0.0; samples.classes()];
        train.iter().for_each(|&row| counts[samples.labels[row]] += 1.0);
        let most = argmax(&counts);
        hits += test.iter().filter(|row| samples.labels[**row] == most).count();
        rows += test.len();
    }
    hits as f64 / rows.max(1) as f64
}

/// Coverage at thresholds from 0 to 0.9, with calibrated probabilities.
pub(crate) fn coverage(samples: Samples, folds: &[Fold]) -> Vec<Coverage> {
    let rows = folds.iter().flat_map(|fold| &fold.test);
    let best: Vec<(f64, bool)> = rows
        .zip(calibrated(folds))
        .map(|(&row, mut p)| {
            softmax(&mut p, 1.0);
            let best = argmax(&p);
            (p[best], best == samples.labels[row])
        })
        .collect();
    let at = |tenths: u32| {
        let threshold = f64::from(tenths) / 10.0;
        let decided: Vec<_> = best.iter().filter(|(p, _)| *p >= threshold).collect();
        let hits = decided.iter().filter(|(_, hit)| *hit).count();
        Coverage {
            threshold,
            decided: decided.len() as f64 / best.len().max(1) as f64,
            accuracy: hits as f64 / decided.len().max(1) as f64,
        }
    };
    [0, 3, 4, 5, 6, 7, 8, 9].map(at).to_vec()
}
