//! Features as a linear model needs them: without gaps, with mean 0 and deviation 1.

use crate::samples::Samples;
use passband_signal::Fault;
use serde::{Deserialize, Serialize};

/// Replaces missing values by the median, standardises, and appends a 1 for each missing value (0 otherwise) of the
/// features that had missing values in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standardizer {
    pub(crate) medians: Vec<f32>,
    pub(crate) means: Vec<f32>,
    /// Factors; 0 for a feature that was constant in training, whose other values say nothing.
    pub(crate) scales: Vec<f32>,
    /// Features with an indicator of missing values.
    pub(crate) indicators: Vec<usize>,
}

impl Standardizer {
    pub(crate) fn fit(samples: Samples) -> Self {
        let n = samples.data.columns.len();
        let mut fitted = Self { medians: vec![], means: vec![], scales: vec![], indicators: vec![] };
        for feature in 0..n {
            let column = &samples.data.columns[feature];
            let mut present: Vec<f32> =
                samples.rows.iter().map(|&row| column[row]).filter(|v| !v.is_nan()).collect();
            let missing = samples.rows.len() - present.len();
            if missing > 0 {
                fitted.indicators.push(feature);
            }
            present.sort_by(f32::total_cmp);
            let median = match present.len() {
                0 => 0.0,
                m => (f64::from(present[(m - 1) / 2]) + f64::from(present[m / 2])) / 2.0,
            } as f32;
            let filled =
                || present.iter().copied().chain(std::iter::repeat_n(median, missing)).map(f64::from);
            let count = samples.rows.len().max(1) as f64;
            let mean = filled().sum::<f64>() / count;
            let deviation = (filled().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
            // Rounding alone gives a constant feature a deviation above 0.
            let scale = (1.0 / deviation) as f32;
            let constant = deviation <= 1e-6 * mean.abs() || !scale.is_finite();
            fitted.medians.push(median);
            fitted.means.push(mean as f32);
            fitted.scales.push(if constant { 0.0 } else { scale });
        }
        fitted
    }

    /// Number of inputs of the linear model.
    pub(crate) fn width(&self) -> usize {
        self.medians.len() + self.indicators.len()
    }

    pub(crate) fn apply(&self, row: &[f32], out: &mut [f64]) {
        for (i, &value) in row.iter().enumerate() {
            let value = if value.is_nan() { self.medians[i] } else { value };
            out[i] = (f64::from(value) - f64::from(self.means[i])) * f64::from(self.scales[i]);
        }
        for (&feature, out) in self.indicators.iter().zip(&mut out[row.len()..]) {
            *out = f64::from(u8::from(row[feature].is_nan()));
        }
    }

    /// All parameters.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &f32> {
        self.medians.iter().chain(&self.means).chain(&self.scales)
    }

    /// Whether the lengths fit a model of so many features.
    pub(crate) fn check(&self, features: usize) -> Result<(), Fault> {
        let lengths = [self.medians.len(), self.means.len(), self.scales.len()];
        let indices = self.indicators.iter().all(|&feature| feature < features);
        match lengths.iter().all(|&length| length == features) && indices {
            true => Ok(()),
            false => Err(Fault::new(format!("the standardizer does not fit {features} features"))),
        }
    }
}
