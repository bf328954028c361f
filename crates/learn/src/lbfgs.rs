//! L-BFGS (Liu and Nocedal 1989) with a backtracking line search; steps of negative curvature are not remembered.

use std::collections::VecDeque;

const MEMORY: usize = 10;
const ITERATIONS: usize = 300;
/// Relative to the gradient at the start.
const TOLERANCE: f64 = 1e-5;

/// Minimises a convex function from `at`, in place. `f` writes the gradient and returns the value.
pub(crate) fn minimize(at: &mut [f64], mut f: impl FnMut(&[f64], &mut [f64]) -> f64) {
    let n = at.len();
    let mut gradient = vec![0.0; n];
    let mut value = f(at, &mut gradient);
    let goal = TOLERANCE * norm(&gradient).max(1e-3);
    let mut history: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    let (mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..ITERATIONS {
        if norm(&gradient) <= goal {
            return;
        }
        let mut direction = descent(&gradient, &history);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            history.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = dot(&direction, &gradient);
        }
        let mut step = if history.is_empty() { 1.0 / norm(&gradient).max(1.0) } else { 1.0 };
        let reached = loop {
            next.iter_mut().zip(at.iter()).zip(&direction).for_each(|((n, a), d)| *n = a + step * d);
            let reached = f(&next, &mut next_gradient);
            if reached <= value + 1e-4 * step * slope {
                break reached;
            }
            step *= 0.5;
            // No smaller step changes the value: the minimum within rounding.
            if step < 1e-12 {
                return;
            }
        };
        let moved: Vec<f64> = next.iter().zip(at.iter()).map(|(n, a)| n - a).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(n, g)| n - g).collect();
        let curvature = dot(&moved, &change);
        if curvature > 1e-12 * dot(&change, &change) {
            history.push_back((moved, change, 1.0 / curvature));
            if history.len() > MEMORY {
                history.pop_front();
            }
        }
        at.copy_from_slice(&next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        let gain = value - reached;
        value = reached;
        if gain <= 1e-10 * value.abs() {
            return;
        }
    }
}

/// The two loops of L-BFGS: the inverse Hessian, as the history knows it, times the negative gradient.
fn descent(gradient: &[f64], history: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(history.len());
    for (moved, change, rho) in history.iter().rev() {
        let alpha = rho * dot(moved, &q);
        q.iter_mut().zip(change).for_each(|(q, y)| *q -= alpha * y);
        alphas.push(alpha);
    }
    if let Some((_, change, rho)) = history.back() {
        let scale = 1.0 / (rho * dot(change, change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((moved, change, rho), alpha) in history.iter().zip(alphas.iter().rev()) {
        let beta = rho * dot(change, &q);
        q.iter_mut().zip(moved).for_each(|(q, s)| *q += (alpha - beta) * s);
    }
    q
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum_of_a_badly_scaled_bowl() {
        let mut at = vec![5.0, -3.0, 2.0];
        minimize(&mut at, |x, g| {
            let scales = [1.0, 100.0, 0.01];
            (0..3).for_each(|i| g[i] = 2.0 * scales[i] * (x[i] - i as f64));
            (0..3).map(|i| scales[i] * (x[i] - i as f64).powi(2)).sum()
        });
        for (i, x) in at.iter().enumerate() {
            assert!((x - i as f64).abs() < 0.02, "{at:?}");
        }
    }
}
