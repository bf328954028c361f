//! A learned model: prediction, and its JSON.

use crate::estimator::{Estimator, Kind};
use crate::samples::{argmax, softmax};
use crate::validate::Interval;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "passband-model";
const VERSION: u32 = 1;

/// A classifier of rows of features.
///
/// Features are rounded to 32 bits, the precision of its parameters; everything else is computed in 64 bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    format: String,
    version: u32,
    pub(crate) label: String,
    pub(crate) group: String,
    pub(crate) feature_version: String,
    pub(crate) features: Vec<String>,
    pub(crate) classes: Vec<String>,
    pub(crate) temperature: f32,
    pub(crate) threshold: f32,
    pub(crate) seed: u64,
    pub(crate) data_hash: String,
    pub(crate) trained: Trained,
    pub(crate) estimator: Estimator,
}

/// What a model was trained on, and how well it did by group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Number of training rows.
    pub rows: usize,
    /// Number of groups.
    pub groups: usize,
    /// Accuracy on groups outside of the training rows.
    pub accuracy: Interval,
}

/// Probabilities of the classes of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction<'a> {
    classes: &'a [String],
    /// Probabilities in the order of the classes; their sum is 1.
    pub probabilities: Vec<f64>,
}

impl<'a> Prediction<'a> {
    /// The most probable class and its probability; of equal ones the first.
    pub fn best(&self) -> (&'a str, f64) {
        let best = argmax(&self.probabilities);
        (&self.classes[best], self.probabilities[best])
    }

    /// The most probable class, or none if its probability is below the threshold.
    pub fn decide(&self, threshold: f64) -> Option<&'a str> {
        let (class, probability) = self.best();
        (probability >= threshold).then_some(class)
    }
}

/// Values that identify a model.
pub(crate) struct Identity {
    pub(crate) label: String,
    pub(crate) group: String,
    pub(crate) feature_version: String,
    pub(crate) features: Vec<String>,
    pub(crate) classes: Vec<String>,
    pub(crate) seed: u64,
    pub(crate) data_hash: String,
}

impl Model {
    pub(crate) fn new(
        identity: Identity,
        estimator: Estimator,
        temperature: f64,
        threshold: f64,
        trained: Trained,
    ) -> Self {
        let Identity { label, group, feature_version, features, classes, seed, data_hash } = identity;
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            label,
            group,
            feature_version,
            features,
            classes,
            temperature: temperature as f32,
            threshold: threshold as f32,
            seed,
            data_hash,
            trained,
            estimator,
        }
    }

    /// Probabilities of the classes for the values of all features, in their order; `NaN` means missing.
    ///
    /// # Errors
    /// Another number of values, or an infinite value (also one beyond 32 bits).
    pub fn predict(&self, values: &[f64]) -> Result<Prediction<'_>> {
        if values.len() != self.features.len() {
            return Err(Fault::new(format!("{} values for {} features", values.len(), self.features.len())));
        }
        let row: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        if let Some(i) = row.iter().position(|value| value.is_infinite()) {
            return Err(Fault::new(format!("feature {} has the value {:e}", self.features[i], values[i]))
                .why("the model has no answer for infinite values")
                .fix("replace it by null"));
        }
        let mut probabilities = self.estimator.scores(&row);
        softmax(&mut probabilities, f64::from(self.temperature));
        Ok(Prediction { classes: &self.classes, probabilities })
    }

    /// For each feature of the model, its position among the columns of a table.
    ///
    /// # Errors
    /// Another feature version; missing columns, which are named.
    pub fn bind(&self, feature_version: &str, columns: &[impl AsRef<str>]) -> Result<Vec<usize>> {
        if feature_version != self.feature_version {
            return Err(Fault::new(format!(
                "the model was trained on feature version {}, the rows have version {feature_version}",
                self.feature_version
            ))
            .why("features of different versions are not comparable")
            .fix("measure the recordings again, or train the model again on rows of this version"));
        }
        let position = |feature: &String| columns.iter().position(|column| column.as_ref() == feature);
        let positions: Vec<_> = self.features.iter().map(position).collect();
        let missing: Vec<&str> = self
            .features
            .iter()
            .zip(&positions)
            .filter_map(|(feature, position)| position.is_none().then_some(feature.as_str()))
            .collect();
        if !missing.is_empty() {
            let named = missing[..missing.len().min(8)].join(", ");
            let more = missing.len().saturating_sub(8);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            return Err(Fault::new(format!("the table lacks columns of the model: {named}{more}"))
                .fix("measure the recordings with the features and settings of the training rows"));
        }
        Ok(positions.into_iter().flatten().collect())
    }

    /// The model as JSON. The same model gives the same bytes.
    pub fn to_json(&self) -> String {
        // Fails only for maps with keys that are not text, of which a model has none.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// Reads a model.
    ///
    /// # Errors
    /// Text that is no model, a model of a newer version, parameters that do not fit each other.
    pub fn from_json(text: &str) -> Result<Self> {
        let broken = |e: serde_json::Error| {
            Fault::new("the model cannot be read").why(e).fix("copy the file again, or train the model again")
        };
        let header: Header = serde_json::from_str(text).map_err(broken)?;
        if header.format != FORMAT {
            return Err(Fault::new(format!("this is no model but {}", header.format))
                .fix("use the JSON file that passband learn wrote"));
        }
        if header.version != VERSION {
            return Err(Fault::new(format!("the model has version {}", header.version))
                .why(format!("this program reads version {VERSION}"))
                .fix("use the program that wrote it, or train the model again"));
        }
        let model: Self = serde_json::from_str(text).map_err(broken)?;
        model
            .check()
            .map_err(|fault| fault.within("model").fix("copy the file again, or train the model again"))?;
        Ok(model)
    }

    fn check(&self) -> Result<()> {
        let (features, classes) = (self.features.len(), self.classes.len());
        if features == 0 || classes < 2 {
            return Err(Fault::new(format!("a model of {features} features and {classes} classes")));
        }
        if !(self.temperature.is_finite() && self.temperature > 0.0 && self.threshold.is_finite()) {
            return Err(Fault::new("temperature or threshold is not a positive number"));
        }
        let sizes = |what: &str, found: usize| match found == classes {
            true => Ok(()),
            false => Err(Fault::new(format!("{found} {what} for {classes} classes"))),
        };
        match &self.estimator {
            Estimator::Logistic(model) => {
                model.standardizer.check(features)?;
                sizes("rows of weights", model.weights.len())?;
                sizes("intercepts", model.intercepts.len())?;
                let width = model.standardizer.width();
                let numbers = model.weights.iter().flatten().chain(&model.intercepts);
                let finite = numbers.chain(model.standardizer.numbers()).all(|w| w.is_finite());
                if !finite || model.weights.iter().any(|row| row.len() != width) {
                    return Err(Fault::new(format!("weights are not {width} finite numbers per class")));
                }
            }
            Estimator::Boosted(model) => {
                sizes("base scores", model.base.len())?;
                if model.base.iter().any(|b| !b.is_finite()) {
                    return Err(Fault::new("a base score is infinite"));
                }
                for trees in &model.rounds {
                    sizes("trees in a round", trees.len())?;
                    trees.iter().try_for_each(|tree| tree.check(features))?;
                }
            }
        }
        Ok(())
    }

    /// Names of the features, in the order of the inputs.
    pub fn features(&self) -> &[String] {
        &self.features
    }
    /// Names of the classes, in the order of the probabilities.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }
    /// Name of the column that the model predicts.
    pub fn label(&self) -> &str {
        &self.label
    }
    /// The feature version of the training rows.
    pub fn feature_version(&self) -> &str {
        &self.feature_version
    }
    /// The kind of the model.
    pub fn kind(&self) -> Kind {
        self.estimator.kind()
    }
    /// The threshold of [`Prediction::decide`] that was set in training.
    pub fn threshold(&self) -> f64 {
        f64::from(self.threshold)
    }
    /// The seed of the training.
    pub fn seed(&self) -> u64 {
        self.seed
    }
    /// Hash of the training data ([`Dataset::hash`](crate::Dataset::hash)).
    pub fn data_hash(&self) -> &str {
        &self.data_hash
    }
    /// What the model was trained on, and its accuracy.
    pub fn trained(&self) -> &Trained {
        &self.trained
    }
}

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}
