//! The result of a validation.

use crate::estimator::Kind;
use crate::samples::ClassWeight;
use crate::validate::{Coverage, Importance, LeakTest, LearningPoint, Scores};
use serde::{Deserialize, Serialize};

/// Scores of a kind of model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelScores {
    /// The kind.
    pub kind: Kind,
    /// Its scores over all folds.
    pub scores: Scores,
}

/// Everything that is known about a model. As a [model card](Report::to_markdown) it is written for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the column that is predicted.
    pub label: String,
    /// Name of the column of groups.
    pub group: String,
    /// The feature version of the rows.
    pub feature_version: String,
    /// Number of features.
    pub features: usize,
    /// Hash of the data ([`Dataset::hash`](crate::Dataset::hash)).
    pub data_hash: String,
    /// The seed.
    pub seed: u64,
    /// Number of rows.
    pub rows: usize,
    /// Number of groups.
    pub groups: usize,
    /// Number of folds.
    pub folds: usize,
    /// How much rows counted in training. Scores count each row once.
    pub class_weight: ClassWeight,
    /// Probability below which the model abstains by default.
    pub threshold: f64,
    /// Number of bootstrap samples of the intervals.
    pub resamples: usize,
    /// Name, rows and groups of each class.
    pub classes: Vec<(String, usize, usize)>,
    /// The kind with the lowest log-loss.
    pub chosen: Kind,
    /// The settings of the model that was fitted to all rows.
    pub settings: String,
    /// The temperature by which this model divides its scores.
    pub temperature: f64,
    /// The scores of all kinds that were tried.
    pub tried: Vec<ModelScores>,
    /// Accuracy of always predicting the most frequent class of the training rows.
    pub majority: f64,
    /// How often and how well the model decides, by threshold.
    pub coverage: Vec<Coverage>,
    /// Importances of the features, in descending order.
    pub importances: Vec<Importance>,
    /// Accuracy by amount of training data.
    pub learning_curve: Vec<LearningPoint>,
    /// Whether the scores come from a leak.
    pub leak_test: LeakTest,
    /// What was dropped, and what cannot be tested.
    pub remarks: Vec<String>,
}

impl Report {
    /// Scores of the chosen kind.
    pub fn scores(&self) -> &Scores {
        let chosen = self.tried.iter().position(|tried| tried.kind == self.chosen);
        &self.tried[chosen.unwrap_or(0)].scores
    }
}
