//! Models of labelled features: training, validation by group, prediction, export.
//!
//! [`learn`] trains a classifier on a [`Dataset`] and validates it by group (artist, speaker, day), never by random
//! rows: rows of one group resemble each other, so a random split measures how well a model recognises groups. It
//! compares logistic regression, the baseline, with gradient boosting, and gives a [`Model`] and a [`Report`].
//!
//! Sums are computed in a fixed order and logarithms by `libm`, so the same data, options and seed give the same
//! bytes on every machine.

mod boosted;
mod card;
mod dataset;
mod estimator;
mod folds;
mod harmony;
mod lbfgs;
mod logistic;
mod model;
mod onnx;
mod random;
mod report;
mod samples;
mod train;
mod validate;

pub use dataset::{Dataset, Rows};
pub use estimator::Kind;
pub use harmony::{ChordModel, Degree, HarmonyScores, Key, Mode, Progression, Quality, Tune, degrees};
pub use model::{Model, Prediction, Trained};
pub use report::{ModelScores, Report};
pub use samples::ClassWeight;
pub use train::{Choice, Learned, Options, learn};
pub use validate::{ClassScore, Coverage, Importance, Interval, LeakTest, LearningPoint, Scores};
