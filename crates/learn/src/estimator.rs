//! The kinds of models behind one interface: settings, fit, scores.

use crate::boosted::{Boosted, GROWTHS, Growth};
use crate::folds;
use crate::logistic::{Logistic, STRENGTHS};
use crate::samples::{Samples, argmin, gather, softmax};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Multinomial logistic regression.
    Logistic,
    /// Gradient boosting of decision trees.
    Boosted,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Logistic => "logistic",
            Self::Boosted => "boosted",
        })
    }
}

/// What is chosen by validation within the training rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Settings {
    Logistic { strength: f64 },
    Boosted { growth: Growth, rounds: usize },
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logistic { strength } => write!(f, "C = {strength}"),
            Self::Boosted { growth, rounds } => {
                write!(f, "{rounds} rounds of trees with up to {} leaves", growth.leaves)
            }
        }
    }
}

/// A fitted model without its calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Estimator {
    Logistic(Logistic),
    Boosted(Boosted),
}

impl Estimator {
    /// Scores of the classes: their softmax gives probabilities.
    pub(crate) fn scores(&self, row: &[f32]) -> Vec<f64> {
        match self {
            Self::Logistic(model) => model.scores(row),
            Self::Boosted(model) => model.scores(row),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Logistic(_) => Kind::Logistic,
            Self::Boosted(_) => Kind::Boosted,
        }
    }
}

impl Settings {
    /// The settings with the lowest mean loss over folds of groups within the samples. With a single group there is
    /// nothing to compare, and they are moderate.
    pub(crate) fn tuned(kind: Kind, samples: Samples, seed: u64) -> Self {
        let folds = inner_folds(samples, seed);
        match kind {
            Kind::Logistic => {
                let strengths = strengths(samples);
                let losses = folds.iter().fold(vec![0.0; strengths.len()], |mut sums, (train, test)| {
                    let models = Logistic::path(samples.of(train), &strengths);
                    for (sum, model) in sums.iter_mut().zip(&models) {
                        *sum += total_loss(samples.of(test), |row| model.scores(row));
                    }
                    sums
                });
                let strength = if folds.is_empty() { 0.03 } else { strengths[argmin(&losses)] };
                Self::Logistic { strength }
            }
            Kind::Boosted => {
                let curve = |growth: &Growth| {
                    let curves: Vec<_> = folds
                        .iter()
                        .map(|(train, test)| {
                            let losses = Boosted::losses(samples.of(train), samples.of(test), *growth, seed);
                            (losses, test.len() as f64)
                        })
                        .collect();
                    mean_curve(&curves)
                };
                let candidates = GROWTHS.iter().filter_map(|growth| {
                    let curve = curve(growth);
                    let best = (!curve.is_empty()).then(|| argmin(&curve))?;
                    Some((curve[best], *growth, best + 1))
                });
                let best = candidates.reduce(|a, b| if b.0 < a.0 { b } else { a });
                let (_, growth, rounds) = best.unwrap_or((0.0, GROWTHS[0], 50));
                Self::Boosted { growth, rounds }
            }
        }
    }

    pub(crate) fn fit(self, samples: Samples, seed: u64) -> Estimator {
        match self {
            Self::Logistic { strength } => {
                let mut path = Logistic::path(samples, &[strength]);
                Estimator::Logistic(path.remove(0))
            }
            Self::Boosted { growth, rounds } => {
                Estimator::Boosted(Boosted::fit(samples, growth, rounds, seed, |_| true))
            }
        }
    }
}

/// Training and test rows of up to four folds of groups.
fn inner_folds(samples: Samples, seed: u64) -> Vec<(Vec<usize>, Vec<usize>)> {
    let of = |by_row: &[usize]| -> Vec<usize> { samples.rows.iter().map(|&row| by_row[row]).collect() };
    let groups = of(&samples.data.group_of);
    let mut distinct = groups.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 2 {
        return Vec::new();
    }
    let count = distinct.len().min(4);
    let fold_of = folds::stratified(&of(samples.labels), &groups, samples.classes(), count, seed);
    let rows = |positions: Vec<usize>| positions.into_iter().map(|i| samples.rows[i]).collect();
    (0..count)
        .map(|fold| folds::split(&fold_of, fold))
        .map(|(train, test)| (rows(train), rows(test)))
        .collect()
}

/// Large data decides with fewer strengths, since each costs minutes.
fn strengths(samples: Samples) -> Vec<f64> {
    let values = samples.rows.len() * samples.data.columns.len() * samples.classes();
    let step = if values > 20_000_000 { 2 } else { 1 };
    STRENGTHS.iter().copied().step_by(step).collect()
}

/// Sum of the weighted losses of rows.
fn total_loss(samples: Samples, scores: impl Fn(&[f32]) -> Vec<f64>) -> f64 {
    let mut values = Vec::new();
    let loss = |(&row, weight): (&usize, f64)| {
        gather(samples.data, row, &mut values);
        let mut p = scores(&values);
        softmax(&mut p, 1.0);
        -weight * libm::log(p[samples.labels[row]].max(1e-15))
    };
    samples.rows.iter().zip(samples.weights()).map(loss).sum()
}

/// Mean of curves weighted by rows. A curve that ended early goes on at its last value.
fn mean_curve(curves: &[(Vec<f64>, f64)]) -> Vec<f64> {
    let length = curves.iter().map(|(curve, _)| curve.len()).max().unwrap_or(0);
    let total: f64 = curves.iter().map(|(_, rows)| rows).sum();
    let at = |curve: &[f64], i: usize| curve.get(i).or(curve.last()).copied().unwrap_or(f64::MAX);
    (0..length).map(|i| curves.iter().map(|(curve, rows)| at(curve, i) * rows).sum::<f64>() / total).collect()
}
