//! Calibration: probabilities that agree with frequencies.

use super::Fold;
use crate::samples::{argmax, softmax};

/// The temperature that minimises the loss of `softmax(scores / temperature)` (Guo et al. 2017), between 1/20 and 20.
///
/// Of `n` rows, `1 / (n + 2)` of a row is counted as of any class (Platt 1999): a model that makes no error in `n` rows
/// is still not certain.
pub(crate) fn temperature(labels: &[usize], scores: &[Vec<f64>]) -> f64 {
    if labels.is_empty() {
        return 1.0;
    }
    // The loss is convex in 1 / temperature: golden-section search on its logarithm.
    let (mut low, mut high) = (-libm::log(20.0), libm::log(20.0));
    let golden = (5.0f64.sqrt() - 1.0) / 2.0;
    let at = |x: f64| smoothed_loss(labels, scores, libm::exp(x));
    for _ in 0..40 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if at(a) <= at(b) {
            high = b;
        } else {
            low = a;
        }
    }
    // Rounded as it is stored.
    f64::from(libm::exp((low + high) / 2.0) as f32)
}

fn smoothed_loss(labels: &[usize], scores: &[Vec<f64>], temperature: f64) -> f64 {
    let any = 1.0 / (labels.len() as f64 + 2.0);
    let loss = |(label, scores): (&usize, &Vec<f64>)| {
        let max = scores[argmax(scores)];
        let sum: f64 = scores.iter().map(|s| libm::exp((s - max) / temperature)).sum();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        libm::log(sum) + (max - (1.0 - any) * scores[*label] - any * mean) / temperature
    };
    labels.iter().zip(scores).map(loss).sum()
}

/// Scores of all tested rows, each fold divided by its temperature.
pub(crate) fn calibrated(folds: &[Fold]) -> Vec<Vec<f64>> {
    let scaled = |fold: &Fold| -> Vec<Vec<f64>> {
        fold.scores.iter().map(|row| row.iter().map(|s| s / fold.temperature).collect()).collect()
    };
    folds.iter().flat_map(scaled).collect()
}

/// Expected calibration error: the mean distance of confidence and accuracy over ten bins of confidence of equal
/// width, weighted by rows (Naeini et al. 2015).
pub(crate) fn expected_calibration_error(labels: &[usize], scores: &[Vec<f64>]) -> f64 {
    let mut bins = [(0.0, 0.0); 10];
    let mut p = Vec::new();
    for (label, scores) in labels.iter().zip(scores) {
        p.clone_from(scores);
        softmax(&mut p, 1.0);
        let best = argmax(&p);
        let bin = &mut bins[((p[best] * 10.0) as usize).min(9)];
        bin.0 += p[best];
        bin.1 += f64::from(u8::from(best == *label));
    }
    bins.iter().map(|(confidence, hits)| (confidence - hits).abs()).sum::<f64>() / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Labels drawn from the softmax of the scores, which are then multiplied by a factor.
    fn drawn(factor: f64) -> (Vec<usize>, Vec<Vec<f64>>) {
        let mut random = Random::new(5, "test");
        let mut uniform = || random.below(1 << 30) as f64 / (1u64 << 30) as f64;
        (0..20_000)
            .map(|_| {
                let scores: Vec<f64> = (0..3).map(|_| uniform() * 4.0 - 2.0).collect();
                let mut p = scores.clone();
                softmax(&mut p, 1.0);
                let draw = uniform();
                let label = if draw < p[0] {
                    0
                } else if draw < p[0] + p[1] {
                    1
                } else {
                    2
                };
                (label, scores.iter().map(|s| s * factor).collect::<Vec<_>>())
            })
            .unzip()
    }

    #[test]
    fn the_temperature_undoes_overconfidence() {
        let (labels, scores) = drawn(3.0);
        let t = temperature(&labels, &scores);
        assert!((t - 3.0).abs() < 0.15, "{t}");
        assert!(expected_calibration_error(&labels, &scores) > 0.1);
        let scaled: Vec<Vec<f64>> = scores.iter().map(|s| s.iter().map(|s| s / t).collect()).collect();
        assert!(expected_calibration_error(&labels, &scaled) < 0.02);
    }
}
