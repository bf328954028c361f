//! Training with validation by group.

use crate::dataset::Dataset;
use crate::estimator::{Kind, Settings};
use crate::folds;
use crate::model::{Identity, Model, Trained};
use crate::report::{ModelScores, Report};
use crate::samples::{ClassWeight, Samples};
use crate::validate::{self, Fold, Plan};
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};

/// Which models are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// All kinds; the one with the lowest log-loss by group is used.
    #[default]
    Auto,
    /// Logistic regression.
    Logistic,
    /// Gradient boosting.
    Boosted,
}

/// How a model is learned.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which models are tried.
    pub model: Choice,
    /// Number of folds. Default: 5, or the number of groups if there are fewer.
    pub folds: Option<usize>,
    /// The same data, options and seed give the same bytes, whatever the number of threads.
    pub seed: u64,
    /// How much rows count.
    pub class_weight: ClassWeight,
    /// Probability below which predictions abstain unless another is given, 0 to 1.
    pub threshold: f64,
    /// Number of bootstrap samples of the intervals.
    pub resamples: usize,
    /// Number of times that the leak test shuffles the labels.
    pub shuffles: usize,
    /// Number of threads; each fits another fold.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            model: Choice::Auto,
            folds: None,
            seed: 0,
            class_weight: ClassWeight::Uniform,
            threshold: 0.5,
            resamples: 1000,
            shuffles: 5,
            threads: 1,
        }
    }
}

/// A model and the report of its validation.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The model, fitted to all rows.
    pub model: Model,
    /// The validation.
    pub report: Report,
}

/// Validates models by group, and fits the better one to all rows.
///
/// Each fold holds out whole groups. Settings (strength of regularisation, size and number of trees) and the
/// temperature are chosen by folds of groups within the training rows, so that the rows of a fold have no influence on
/// their own predictions. The model is fitted to all rows in the same way.
///
/// # Errors
/// More folds than groups, fewer than two folds, a threshold outside of 0 to 1.
///
/// ```
/// use passband_learn::{Dataset, Kind, Options, Rows, learn};
/// // The class is the sign of x; ten singers have four rows each.
/// let x: Vec<f64> = (0..40).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 } + (i % 7) as f64 / 10.0).collect();
/// let labels = (0..40).map(|i| if i % 2 == 0 { "high" } else { "low" }.to_owned()).collect();
/// let data = Dataset::new(Rows {
///     columns: vec![("x".into(), x)],
///     labels,
///     groups: (0..40).map(|i| format!("singer {}", i / 4)).collect(),
///     ids: (0..40).map(|i| format!("{i}.wav")).collect(),
///     label: "register".into(),
///     group: "singer".into(),
///     feature_version: "1".into(),
/// })?;
/// let learned = learn(&data, &Options::default())?;
/// assert_eq!(learned.report.scores().accuracy.value, 1.0);
/// assert_eq!(learned.model.predict(&[1.2])?.best().0, "high");
/// assert_eq!(learned.model.predict(&[1.2])?.decide(1.0), None);
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub fn learn(data: &Dataset, options: &Options) -> Result<Learned> {
    let count = fold_count(data, options)?;
    if !(0.0..=1.0).contains(&options.threshold) {
        return Err(Fault::new(format!("threshold is {}", options.threshold))
            .why("it is compared with a probability")
            .fix("use a value from 0 to 1"));
    }
    let classes = data.classes.len();
    let plan = Plan {
        folds: folds::stratified(&data.labels, &data.group_of, classes, count, options.seed),
        count,
        testable: data.untestable().iter().map(|single| !single).collect(),
        threads: options.threads,
        seed: options.seed,
    };
    let rows: Vec<usize> = (0..data.rows()).collect();
    let samples = Samples {
        data,
        labels: &data.labels,
        groups: &data.group_of,
        rows: &rows,
        weighting: options.class_weight,
    };
    let kinds: &[Kind] = match options.model {
        Choice::Auto => &[Kind::Logistic, Kind::Boosted],
        Choice::Logistic => &[Kind::Logistic],
        Choice::Boosted => &[Kind::Boosted],
    };
    let mut best: Option<(Vec<Fold>, ModelScores)> = None;
    let mut tried = Vec::new();
    for &kind in kinds {
        let folds = plan.run(kind, samples);
        let scores = validate::scores(samples, &folds, options.resamples, options.seed);
        let scored = ModelScores { kind, scores };
        tried.push(scored.clone());
        let loss = |scored: &ModelScores| scored.scores.log_loss.value;
        if best.as_ref().is_none_or(|(_, so_far)| loss(&scored) < loss(so_far)) {
            best = Some((folds, scored));
        }
    }
    let Some((folds, chosen)) = best else { return Err(Fault::new("no kind of model was tried")) };
    let (settings, temperature) = Settings::tuned(chosen.kind, samples, options.seed);
    let trained = Trained { rows: data.rows(), groups: data.groups.len(), accuracy: chosen.scores.accuracy };
    let identity = Identity {
        label: data.label.clone(),
        group: data.group.clone(),
        feature_version: data.feature_version.clone(),
        features: data.features.clone(),
        classes: data.classes.clone(),
        seed: options.seed,
        data_hash: data.hash.clone(),
    };
    let estimator = settings.fit(samples, options.seed);
    let report = Report {
        label: data.label.clone(),
        group: data.group.clone(),
        feature_version: data.feature_version.clone(),
        features: data.features.len(),
        data_hash: data.hash.clone(),
        seed: options.seed,
        rows: data.rows(),
        groups: data.groups.len(),
        folds: count,
        class_weight: options.class_weight,
        threshold: options.threshold,
        resamples: options.resamples,
        classes: class_counts(data),
        chosen: chosen.kind,
        settings: settings.to_string(),
        temperature,
        tried,
        majority: validate::majority(samples, &plan),
        coverage: validate::coverage(samples, &folds),
        importances: validate::importances(samples, &plan, &folds),
        learning_curve: validate::learning_curve(samples, &plan, &folds),
        leak_test: validate::leak_test(samples, &plan, &folds, options.shuffles),
        remarks: data.remarks().to_vec(),
    };
    Ok(Learned { model: Model::new(identity, estimator, temperature, options.threshold, trained), report })
}

fn fold_count(data: &Dataset, options: &Options) -> Result<usize> {
    let groups = data.groups.len();
    let count = options.folds.unwrap_or(groups.min(5));
    if count > groups {
        return Err(Fault::new(format!("{count} folds, but column {} has {groups} values", data.group))
            .why("all rows of a group are in one fold, so some folds would be empty")
            .fix(format!("use {groups} folds or fewer")));
    }
    if count < 2 {
        return Err(Fault::new(format!("{count} folds"))
            .why("each fold is tested with a model of the others")
            .fix("use 2 folds or more"));
    }
    Ok(count)
}

/// Rows and groups of each class.
fn class_counts(data: &Dataset) -> Vec<(String, usize, usize)> {
    let count = |(class, name): (usize, &String)| {
        let rows = || (0..data.rows()).filter(move |&row| data.labels[row] == class);
        let mut groups: Vec<usize> = rows().map(|row| data.group_of[row]).collect();
        groups.sort_unstable();
        groups.dedup();
        (name.clone(), rows().count(), groups.len())
    };
    data.classes.iter().enumerate().map(count).collect()
}
