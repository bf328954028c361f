//! Features as bins of about equally many rows.

use crate::samples::Samples;

/// Bin of a missing value.
pub(super) const MISSING: u8 = 0;
const MOST: usize = 254;

/// Bins of the rows of a part of a data set. Bin `b` of a feature holds values up to border `b - 1` and above the one
/// before; bin 0 holds missing values.
pub(crate) struct Bins {
    /// Upper borders of all bins but the last, by feature.
    pub(super) borders: Vec<Vec<f32>>,
    /// Bins by feature, then by row of the part.
    pub(super) of: Vec<Vec<u8>>,
    pub(super) rows: usize,
}

impl Bins {
    pub(crate) fn new(samples: Samples) -> Self {
        let rows = samples.rows.len();
        // Fewer rows than this in a bin would describe the rows, not the feature.
        let most = (rows / 6).clamp(16, MOST);
        let (mut borders, mut of) = (Vec::new(), Vec::new());
        for column in &samples.data.columns {
            let values: Vec<f32> = samples.rows.iter().map(|&row| column[row]).collect();
            let edges = edges(&values, most);
            let bin = |v: &f32| if v.is_nan() { MISSING } else { 1 + edges.partition_point(|e| e < v) as u8 };
            of.push(values.iter().map(bin).collect());
            borders.push(edges);
        }
        Self { borders, of, rows }
    }

    pub(super) fn features(&self) -> usize {
        self.borders.len()
    }
}

/// Borders between distinct values, at most `most - 1` of them, at quantiles.
fn edges(values: &[f32], most: usize) -> Vec<f32> {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_by(f32::total_cmp);
    let mut edges = Vec::new();
    let target = sorted.len() as f64 / most as f64;
    let mut next = target;
    for (i, pair) in sorted.windows(2).enumerate() {
        // -0 and 0 are equal.
        if pair[0] < pair[1] && (i + 1) as f64 >= next {
            edges.push(between(pair[0], pair[1]));
            next = ((i + 1) as f64 / target).floor() * target + target;
        }
    }
    edges
}

/// A value that separates `low` from `high`: `low <= value < high` even after rounding.
fn between(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if middle < high && middle >= low { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_separate_neighbours_whatever_their_distance() {
        let close = f32::from_bits(1.0f32.to_bits() + 1);
        for (low, high) in [(1.0, close), (-0.5, 0.25), (f32::MIN, f32::MAX), (0.0, f32::from_bits(1))] {
            let border = between(low, high);
            assert!(low <= border && border < high, "{low} {border} {high}");
        }
    }

    #[test]
    fn bins_hold_equally_many_values() {
        let values: Vec<f32> = (0..1000).map(|i| (i * i) as f32).collect();
        let edges = edges(&values, 10);
        assert_eq!(edges.len(), 9);
        assert_eq!(values.iter().filter(|v| **v <= edges[0]).count(), 100);
        assert!(super::edges(&[f32::NAN, 2.0, 2.0], 10).is_empty());
    }
}
