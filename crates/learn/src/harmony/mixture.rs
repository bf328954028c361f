//! Log-linear mixture: `p ∝ Π pᵢ^wᵢ`, where each weight depends on the evidence of its expert.
//!
//! This is the mixing of PAQ (Mahoney 2005; Mattern 2012) for more than two symbols. The loss is convex in the weights.

use super::experts::{CLASSES, EXPERTS, K, Opinions};
use super::label::Degree;
use crate::lbfgs;
use crate::samples::softmax;

/// Pulls the weights of an expert towards their mean, and the means towards equal shares. Few data need it; it was
/// chosen on the Nottingham tunes, where 10 and 30 give perplexities of 4.20 and 4.18.
const PENALTY: f64 = 30.0;

/// Weights by expert, then by class of evidence.
pub(super) type Weights = Vec<Vec<f32>>;

/// A place in a tune with the chord that came, for fitting.
pub(super) struct Event {
    pub(super) opinions: Opinions,
    pub(super) last: Degree,
    pub(super) next: Degree,
}

/// Probabilities of all chords; that of the last one is 0.
pub(super) fn mix(weights: &Weights, opinions: &Opinions, last: Option<Degree>) -> [f64; K] {
    let of = |expert: usize| f64::from(weights[expert][opinions.evidence[expert]]);
    combined(&of, opinions, last)
}

fn combined(weight: &dyn Fn(usize) -> f64, opinions: &Opinions, last: Option<Degree>) -> [f64; K] {
    let mut scores = [0.0; K];
    for (expert, logs) in opinions.logs.iter().enumerate() {
        let weight = weight(expert);
        scores.iter_mut().zip(logs).for_each(|(score, log)| *score += weight * log);
    }
    if let Some(last) = last {
        scores[last.index()] = f64::NEG_INFINITY;
    }
    softmax(&mut scores, 1.0);
    scores
}

pub(super) fn fit(events: &[Event]) -> Weights {
    let share = 1.0 / EXPERTS as f64;
    let mut at = vec![share; EXPERTS * CLASSES];
    lbfgs::minimize(&mut at, |at, gradient| {
        gradient.fill(0.0);
        let mut loss = 0.0;
        for Event { opinions, last, next } in events {
            let index = |expert: usize| expert * CLASSES + opinions.evidence[expert];
            let mut p = combined(&|expert| at[index(expert)], opinions, Some(*last));
            loss -= libm::log(p[next.index()].max(f64::MIN_POSITIVE));
            p[next.index()] -= 1.0;
            for (expert, logs) in opinions.logs.iter().enumerate() {
                gradient[index(expert)] += p.iter().zip(logs).map(|(p, log)| p * log).sum::<f64>();
            }
        }
        for (w, g) in at.chunks_exact(CLASSES).zip(gradient.chunks_exact_mut(CLASSES)) {
            let mean = w.iter().sum::<f64>() / CLASSES as f64;
            let far = mean - share;
            loss += 0.3 * PENALTY * far * far;
            for (w, g) in w.iter().zip(g) {
                loss += PENALTY * (w - mean) * (w - mean);
                *g += 2.0 * PENALTY * (w - mean) + 0.6 * PENALTY * far / CLASSES as f64;
            }
        }
        loss
    });
    at.chunks_exact(CLASSES).map(|row| row.iter().map(|w| *w as f32).collect()).collect()
}
