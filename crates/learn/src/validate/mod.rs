//! Validation by group: no group has rows on both sides of a split.

mod calibration;
mod leak;
mod permute;
mod score;

use crate::estimator::{Estimator, Kind, Settings};
use crate::folds;
use crate::samples::{Samples, argmax, gather, softmax};
pub(crate) use calibration::{calibrated, expected_calibration_error, temperature};
pub use leak::{LeakTest, LearningPoint};
pub(crate) use leak::{leak_test, learning_curve};
pub use permute::Importance;
pub(crate) use permute::importances;
pub use score::{ClassScore, Coverage, Interval, Scores};
pub(crate) use score::{coverage, majority, scores};
use std::sync::Mutex;

/// Folds of all rows, and which of their rows are tested.
pub(crate) struct Plan {
    pub(crate) folds: Vec<usize>,
    pub(crate) count: usize,
    /// Whether each class occurs in several groups; rows of the others are never tested.
    pub(crate) testable: Vec<bool>,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
}

/// A fold's model with its settings.
pub(crate) struct Fold {
    pub(crate) settings: Settings,
    /// Chosen within the training rows, as the settings are.
    pub(crate) temperature: f64,
    pub(crate) estimator: Estimator,
    /// The rows that were tested.
    pub(crate) test: Vec<usize>,
    /// Scores of these rows, before the temperature.
    pub(crate) scores: Vec<Vec<f64>>,
}

impl Plan {
    /// The same number of folds with other rows.
    pub(crate) fn with(&self, folds: Vec<usize>, testable: Vec<bool>) -> Self {
        Self { folds, testable, ..*self }
    }

    /// Training and tested rows of a fold.
    pub(crate) fn rows(&self, samples: Samples, fold: usize) -> (Vec<usize>, Vec<usize>) {
        let (train, mut test) = folds::split(&self.folds, fold);
        test.retain(|&row| self.testable[samples.labels[row]]);
        (train, test)
    }

    /// Tunes, fits and tests a model per fold.
    pub(crate) fn run(&self, kind: Kind, samples: Samples) -> Vec<Fold> {
        self.each_fold(|fold| {
            let (train, test) = self.rows(samples, fold);
            let (settings, temperature) = Settings::tuned(kind, samples.of(&train), self.seed);
            let estimator = settings.fit(samples.of(&train), self.seed);
            let scores = tested(&estimator, samples, &test);
            Fold { settings, temperature, estimator, test, scores }
        })
    }

    /// The results of all folds in order, computed on `threads` threads; each depends on its fold only.
    pub(crate) fn each_fold<T: Send>(&self, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        if self.threads <= 1 {
            return (0..self.count).map(work).collect();
        }
        let next = Mutex::new(0..self.count);
        let done = Mutex::new((0..self.count).map(|_| None).collect::<Vec<Option<T>>>());
        // A poisoned lock means that a fold panicked, which the scope passes on.
        let take = || next.lock().ok().and_then(|mut folds| folds.next());
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(self.count) {
                scope.spawn(|| {
                    while let Some(fold) = take() {
                        let result = work(fold);
                        if let Ok(mut done) = done.lock() {
                            done[fold] = Some(result);
                        }
                    }
                });
            }
        });
        done.into_inner().unwrap_or_default().into_iter().flatten().collect()
    }
}

/// Scores of rows.
pub(crate) fn tested(estimator: &Estimator, samples: Samples, rows: &[usize]) -> Vec<Vec<f64>> {
    let mut values = Vec::new();
    let scores = |&row: &usize| {
        gather(samples.data, row, &mut values);
        estimator.scores(&values)
    };
    rows.iter().map(scores).collect()
}

/// Share of rows whose highest score is that of their label.
pub(crate) fn hits(samples: Samples, rows: &[usize], scores: &[Vec<f64>]) -> usize {
    rows.iter().zip(scores).filter(|(row, scores)| argmax(scores) == samples.labels[**row]).count()
}

/// Sum of the losses of rows at a temperature.
pub(crate) fn loss(labels: &[usize], scores: &[Vec<f64>], temperature: f64) -> f64 {
    let mut p = Vec::new();
    let loss = |(label, scores): (&usize, &Vec<f64>)| {
        p.clone_from(scores);
        softmax(&mut p, temperature);
        -libm::log(p[*label].max(1e-15))
    };
    labels.iter().zip(scores).map(loss).sum()
}
