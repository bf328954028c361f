//! The kinds of models behind one interface: settings, fit, scores.

use crate::boosted::{Boosted, GROWTHS, Growth, TEMPERATURES};
use crate::folds;
use crate::logistic::{Logistic, STRENGTHS};
use crate::samples::{Samples, argmin};
use crate::validate::{self, tested};
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
    /// The settings with the lowest loss over folds of groups within the samples, each at its best temperature, and
    /// this temperature. With a single group there is nothing to compare, and they are moderate.
    pub(crate) fn tuned(kind: Kind, samples: Samples, seed: u64) -> (Self, f64) {
        let folds = inner_folds(samples, seed);
        let settings = match kind {
            Kind::Logistic => return Self::tuned_logistic(samples, &folds),
            Kind::Boosted => Self::tuned_boosted(samples, &folds, seed),
        };
        let (mut labels, mut scores) = (Vec::new(), Vec::new());
        for (train, test) in &folds {
            labels.extend(test.iter().map(|&row| samples.labels[row]));
            scores.extend(tested(&settings.fit(samples.of(train), seed), samples, test));
        }
        (settings, validate::temperature(&labels, &scores))
    }

    fn tuned_logistic(samples: Samples, folds: &[Split]) -> (Self, f64) {
        let strengths = strengths(samples);
        let mut labels = Vec::new();
        let mut scores = vec![Vec::new(); strengths.len()];
        for (train, test) in folds {
            labels.extend(test.iter().map(|&row| samples.labels[row]));
            let models = Logistic::path(samples.of(train), &strengths).into_iter();
            for (scores, model) in scores.iter_mut().zip(models) {
                scores.extend(tested(&Estimator::Logistic(model), samples, test));
            }
        }
        if folds.is_empty() {
            return (Self::Logistic { strength: 0.03 }, 1.0);
        }
        let temperatures: Vec<f64> =
            scores.iter().map(|scores| validate::temperature(&labels, scores)).collect();
        let losses = scores.iter().zip(&temperatures);
        let losses: Vec<f64> = losses.map(|(scores, t)| validate::loss(&labels, scores, *t)).collect();
        let best = argmin(&losses);
        (Self::Logistic { strength: strengths[best] }, temperatures[best])
    }

    fn tuned_boosted(samples: Samples, folds: &[Split], seed: u64) -> Self {
        let best = |growth: &Growth| {
            let curves: Vec<_> = folds
                .iter()
                .map(|(train, test)| {
                    let losses = Boosted::losses(samples.of(train), samples.of(test), *growth, seed);
                    (losses, test.len() as f64)
                })
                .collect();
            let curve = mean_curve(&curves);
            let best = (!curve.is_empty()).then(|| argmin(&curve))?;
            Some((curve[best], *growth, best + 1))
        };
        let best = GROWTHS.iter().filter_map(best).reduce(|a, b| if b.0 < a.0 { b } else { a });
        let (_, growth, rounds) = best.unwrap_or((0.0, GROWTHS[0], 50));
        Self::Boosted { growth, rounds }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Logistic { .. } => Kind::Logistic,
            Self::Boosted { .. } => Kind::Boosted,
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

/// Training and test rows.
type Split = (Vec<usize>, Vec<usize>);

/// Up to four folds of groups.
fn inner_folds(samples: Samples, seed: u64) -> Vec<Split> {
    let of = |by_row: &[usize]| -> Vec<usize> { samples.rows.iter().map(|&row| by_row[row]).collect() };
    let groups = of(samples.groups);
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

/// At each round the lowest loss of all temperatures of [`Boosted::losses`], as the mean over folds weighted by rows.
/// A curve that ended early goes on at its last value.
fn mean_curve(curves: &[(Vec<[f64; TEMPERATURES.len()]>, f64)]) -> Vec<f64> {
    let length = curves.iter().map(|(curve, _)| curve.len()).max().unwrap_or(0);
    let total: f64 = curves.iter().map(|(_, rows)| rows).sum();
    let mean = |round: usize, t: usize| {
        let at = |(curve, rows): &(Vec<[f64; TEMPERATURES.len()]>, f64)| {
            curve.get(round).or(curve.last()).map_or(0.0, |losses| losses[t] * rows)
        };
        curves.iter().map(at).sum::<f64>() / total
    };
    let best = |round| (0..TEMPERATURES.len()).map(|t| mean(round, t)).fold(f64::MAX, f64::min);
    (0..length).map(best).collect()
}
