//! Multinomial logistic regression: the baseline.

mod standardize;

use crate::lbfgs;
use crate::samples::{Samples, gather, softmax};
use serde::{Deserialize, Serialize};
pub(crate) use standardize::Standardizer;

/// Inverse strengths of the regularisation that are tried, as scikit-learn's `C`, from strong to weak.
pub(crate) const STRENGTHS: [f64; 8] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0];

/// Scores are linear in the standardised features: `s = W·z + b`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Logistic {
    pub(crate) standardizer: Standardizer,
    /// A row of weights per class.
    pub(crate) weights: Vec<Vec<f32>>,
    pub(crate) intercepts: Vec<f32>,
}

impl Logistic {
    /// Fits one model per strength; each starts from the weights of the one before.
    ///
    /// Minimises `Σ w·(-log p) + |W|² / 2C` (scikit-learn's `LogisticRegression`); intercepts are not regularised.
    pub(crate) fn path(samples: Samples, strengths: &[f64]) -> Vec<Self> {
        let standardizer = Standardizer::fit(samples);
        let width = standardizer.width();
        let mut row = Vec::new();
        let mut inputs = vec![0.0; samples.rows.len() * width];
        for (&index, z) in samples.rows.iter().zip(inputs.chunks_exact_mut(width)) {
            gather(samples.data, index, &mut row);
            standardizer.apply(&row, z);
        }
        let problem = Problem {
            inputs: &inputs,
            width,
            classes: samples.classes(),
            labels: samples.rows.iter().map(|&row| samples.labels[row]).collect(),
            weights: samples.weights(),
        };
        let mut at = vec![0.0; problem.classes * (width + 1)];
        let priors = samples.log_priors(&problem.weights);
        priors.iter().enumerate().for_each(|(class, prior)| at[class * (width + 1) + width] = *prior);
        let mut models = Vec::new();
        for &strength in strengths {
            lbfgs::minimize(&mut at, |at, gradient| problem.loss(at, 1.0 / strength, gradient));
            let rows = at.chunks_exact(width + 1);
            models.push(Self {
                standardizer: standardizer.clone(),
                weights: rows.clone().map(|r| r[..width].iter().map(|w| *w as f32).collect()).collect(),
                intercepts: rows.map(|r| r[width] as f32).collect(),
            });
        }
        models
    }

    /// Scores of the classes, before the softmax.
    pub(crate) fn scores(&self, row: &[f32]) -> Vec<f64> {
        let mut z = vec![0.0; self.standardizer.width()];
        self.standardizer.apply(row, &mut z);
        let dot = |weights: &[f32]| weights.iter().zip(&z).map(|(w, z)| f64::from(*w) * z).sum::<f64>();
        self.weights.iter().zip(&self.intercepts).map(|(w, b)| dot(w) + f64::from(*b)).collect()
    }
}

struct Problem<'a> {
    /// Standardised values by row, `width` each.
    inputs: &'a [f64],
    width: usize,
    classes: usize,
    labels: Vec<usize>,
    weights: Vec<f64>,
}

impl Problem<'_> {
    /// Loss and its gradient; `at` holds weights and intercept of each class in turn.
    fn loss(&self, at: &[f64], penalty: f64, gradient: &mut [f64]) -> f64 {
        let stride = self.width + 1;
        gradient.fill(0.0);
        let mut loss = 0.0;
        let mut p = vec![0.0; self.classes];
        for ((z, &label), weight) in self.inputs.chunks_exact(self.width).zip(&self.labels).zip(&self.weights)
        {
            for (score, w) in p.iter_mut().zip(at.chunks_exact(stride)) {
                *score = w[self.width] + w.iter().zip(z).map(|(w, z)| w * z).sum::<f64>();
            }
            softmax(&mut p, 1.0);
            loss -= weight * libm::log(p[label].max(f64::MIN_POSITIVE));
            for (class, g) in gradient.chunks_exact_mut(stride).enumerate() {
                let d = weight * (p[class] - f64::from(u8::from(class == label)));
                g.iter_mut().zip(z).for_each(|(g, z)| *g += d * z);
                g[self.width] += d;
            }
        }
        for (g, w) in gradient.chunks_exact_mut(stride).zip(at.chunks_exact(stride)) {
            for (g, w) in g[..self.width].iter_mut().zip(w) {
                loss += 0.5 * penalty * w * w;
                *g += penalty * w;
            }
        }
        loss
    }
}
