//! Part of a data set on which a model is fitted or tested.

use crate::dataset::Dataset;

/// How much each row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassWeight {
    /// Every row counts the same, which favours frequent classes.
    #[default]
    Uniform,
    /// Every class counts the same: rows of a class of `n_c` of `n` rows count `n / (classes · n_c)`.
    Balanced,
}

/// Rows of a data set with labels and groups, which may differ from those of the data set: a leak test changes them.
#[derive(Clone, Copy)]
pub(crate) struct Samples<'a> {
    pub(crate) data: &'a Dataset,
    /// Labels of all rows of the data set.
    pub(crate) labels: &'a [usize],
    /// Groups of all rows of the data set; a leak test makes each row its own group.
    pub(crate) groups: &'a [usize],
    /// The rows that belong to the part.
    pub(crate) rows: &'a [usize],
    pub(crate) weighting: ClassWeight,
}

impl<'a> Samples<'a> {
    pub(crate) fn of(self, rows: &'a [usize]) -> Self {
        Self { rows, ..self }
    }

    pub(crate) fn classes(&self) -> usize {
        self.data.classes.len()
    }

    /// Weight of each row of the part.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let mut counts = vec![0.0; self.classes()];
        self.rows.iter().for_each(|&row| counts[self.labels[row]] += 1.0);
        let present = counts.iter().filter(|n| **n > 0.0).count() as f64;
        let weight = |class: usize| match self.weighting {
            ClassWeight::Uniform => 1.0,
            ClassWeight::Balanced => self.rows.len() as f64 / (present * counts[class]),
        };
        self.rows.iter().map(|&row| weight(self.labels[row])).collect()
    }

    /// Logarithms of the classes' shares, each class counted once more than it occurs.
    pub(crate) fn log_priors(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![1.0; self.classes()];
        self.rows.iter().zip(weights).for_each(|(&row, weight)| sums[self.labels[row]] += weight);
        let total: f64 = sums.iter().sum();
        sums.iter().map(|sum| libm::log(sum / total)).collect()
    }
}

/// Values of one row in 32 bits, written over `row`.
pub(crate) fn gather(data: &Dataset, index: usize, row: &mut Vec<f32>) {
    row.clear();
    row.extend(data.columns.iter().map(|column| column[index]));
}

/// Turns scores into probabilities that sum to 1, in place; scores are divided by the temperature first.
pub(crate) fn softmax(scores: &mut [f64], temperature: f64) {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|s| *s = libm::exp((*s - max) / temperature));
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
}

/// The index of the largest value; of several, the first.
pub(crate) fn argmax(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// The index of the smallest value; of several, the first.
pub(crate) fn argmin(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] < values[best] { i } else { best })
}
