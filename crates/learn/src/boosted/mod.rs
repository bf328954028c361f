//! Gradient boosting of decision trees on histograms, with a softmax over the classes.
//!
//! A round adds one tree per class, fitted to the gradient of the log-loss (Friedman 2001) with second-order leaf
//! values (Chen and Guestrin 2016), grown leaf by leaf on quantised features (Ke et al. 2017).

mod bins;
mod grow;
mod tree;

use crate::random::Random;
use crate::samples::{Samples, argmin, gather, softmax};
use crate::validate::loss;
pub(crate) use bins::Bins;
use serde::{Deserialize, Serialize};
pub(crate) use tree::{Node, Tree};

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Growth {
    pub(crate) leaves: usize,
    pub(crate) rows_per_leaf: usize,
    /// Share of the features that each tree may use.
    pub(crate) features: f64,
    pub(crate) rate: f64,
}

/// Settings that are tried: stumps of a few leaves, and trees with interactions.
pub(crate) const GROWTHS: [Growth; 2] = [
    Growth { leaves: 4, rows_per_leaf: 5, features: 0.3, rate: 0.1 },
    Growth { leaves: 12, rows_per_leaf: 5, features: 0.3, rate: 0.1 },
];
/// Most rounds of a model.
pub(crate) const ROUNDS: usize = 300;
/// Rounds without a lower loss before the search for the number of rounds ends.
pub(crate) const PATIENCE: usize = 30;

/// Temperatures at which the number of rounds is judged: few rounds are underconfident, many are overconfident, and
/// calibration corrects both.
pub(crate) const TEMPERATURES: [f64; 5] = [0.4, 0.65, 1.0, 1.6, 2.5];

/// Scores are sums of the values of the leaves that a row reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Boosted {
    /// Score of each class before the first tree.
    pub(crate) base: Vec<f32>,
    /// Trees by round, then by class.
    pub(crate) rounds: Vec<Vec<Tree>>,
}

impl Boosted {
    /// Fits `rounds` rounds. After each round, `observe` sees the model's newest trees and can end the fit.
    pub(crate) fn fit(
        samples: Samples,
        growth: Growth,
        rounds: usize,
        seed: u64,
        mut observe: impl FnMut(&[Tree]) -> bool,
    ) -> Self {
        let bins = Bins::new(samples);
        let weights = samples.weights();
        let classes = samples.classes();
        let base: Vec<f32> = samples.log_priors(&weights).iter().map(|p| tree::quantized(*p)).collect();
        let mut scores: Vec<Vec<f64>> =
            samples.rows.iter().map(|_| base.iter().map(|b| f64::from(*b)).collect()).collect();
        let mut random = Random::new(seed, "trees");
        let mut model = Self { base, rounds: Vec::new() };
        let mut gradients = vec![vec![(0.0, 0.0); samples.rows.len()]; classes];
        let mut p = vec![0.0; classes];
        for _ in 0..rounds {
            for (i, (&row, scores)) in samples.rows.iter().zip(&scores).enumerate() {
                p.copy_from_slice(scores);
                softmax(&mut p, 1.0);
                for (class, gradients) in gradients.iter_mut().enumerate() {
                    let target = f64::from(u8::from(samples.labels[row] == class));
                    gradients[i] =
                        (weights[i] * (p[class] - target), weights[i] * p[class] * (1.0 - p[class]));
                }
            }
            let mut trees = Vec::with_capacity(classes);
            for (class, gradients) in gradients.iter().enumerate() {
                let (tree, leaf_of) = grow::grow(&bins, gradients, growth, &mut random);
                for (scores, leaf) in scores.iter_mut().zip(leaf_of) {
                    scores[class] += tree.value(leaf);
                }
                trees.push(tree);
            }
            let goes_on = observe(&trees);
            model.rounds.push(trees);
            if !goes_on {
                break;
            }
        }
        model
    }

    /// Mean loss of held-out rows at each temperature after each round, up to `PATIENCE` rounds after the lowest.
    pub(crate) fn losses(
        train: Samples,
        test: Samples,
        growth: Growth,
        seed: u64,
    ) -> Vec<[f64; TEMPERATURES.len()]> {
        let mut rows = vec![Vec::new(); test.rows.len()];
        rows.iter_mut().zip(test.rows).for_each(|(values, &row)| gather(test.data, row, values));
        let labels: Vec<usize> = test.rows.iter().map(|&row| test.labels[row]).collect();
        let base = train.log_priors(&train.weights());
        let base: Vec<f64> = base.iter().map(|p| f64::from(tree::quantized(*p))).collect();
        let mut scores = vec![base; test.rows.len()];
        let (mut losses, mut lowest) = (Vec::new(), Vec::new());
        Self::fit(train, growth, ROUNDS, seed, |trees| {
            for (values, scores) in rows.iter().zip(&mut scores) {
                trees.iter().zip(scores.iter_mut()).for_each(|(tree, score)| *score += tree.score(values));
            }
            let at = TEMPERATURES.map(|t| loss(&labels, &scores, t) / labels.len().max(1) as f64);
            lowest.push(at.iter().copied().fold(f64::MAX, f64::min));
            losses.push(at);
            losses.len() < argmin(&lowest) + 1 + PATIENCE
        });
        losses
    }

    /// Scores of the classes, before the softmax.
    pub(crate) fn scores(&self, row: &[f32]) -> Vec<f64> {
        let mut scores: Vec<f64> = self.base.iter().map(|b| f64::from(*b)).collect();
        for trees in &self.rounds {
            trees.iter().zip(&mut scores).for_each(|(tree, score)| *score += tree.score(row));
        }
        scores
    }
}
