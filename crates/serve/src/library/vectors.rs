//! The feature vectors of the recordings: the map, and the nearest neighbours.

/// Vectors of equal length, one per recording, standardised by column. A missing value is the mean.
#[derive(Debug, Default)]
pub struct Vectors {
    /// The columns of the table that they are made of.
    pub features: Vec<String>,
    width: usize,
    values: Vec<f32>,
    /// Whether a recording has any value.
    present: Vec<bool>,
}

/// Maximum number of recordings from which the principal components are computed.
const SAMPLED: usize = 20_000;
/// Iterations of the power method; it converges linearly.
const ITERATIONS: usize = 300;

impl Vectors {
    /// Standardises rows of `width` values.
    pub fn new(features: Vec<String>, width: usize, mut values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(width).unwrap_or(0);
        let present = (0..rows).map(|row| values[row * width..][..width].iter().any(|v| v.is_finite()));
        let present: Vec<bool> = present.collect();
        for column in 0..width {
            let (mut count, mut mean, mut sum) = (0.0, 0.0, 0.0);
            for row in 0..rows {
                let value = f64::from(values[row * width + column]);
                if value.is_finite() {
                    count += 1.0;
                    let before = value - mean;
                    mean += before / count;
                    sum += before * (value - mean);
                }
            }
            let deviation = f64::sqrt(sum / f64::max(count - 1.0, 1.0));
            for row in 0..rows {
                let value = &mut values[row * width + column];
                let standard = (f64::from(*value) - mean) / deviation;
                // constant columns say nothing
                *value = if standard.is_finite() { standard as f32 } else { 0.0 };
            }
        }
        Self { features, width, values, present }
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    /// The position of each recording on the map: the first two principal components, scaled so that the larger one
    /// spans -1 to 1. A recording without features has none. `None` for fewer than 3 recordings with features.
    ///
    /// The same table always gives the same map: the sign of a component is that of its largest loading.
    pub fn map(&self) -> Option<[Vec<f64>; 2]> {
        let rows: Vec<usize> = (0..self.present.len()).filter(|row| self.present[*row]).collect();
        if rows.len() < 3 || self.width < 2 {
            return None;
        }
        let step = rows.len().div_ceil(SAMPLED);
        let mut covariance = vec![0.0; self.width * self.width];
        for row in rows.iter().step_by(step) {
            let row = self.row(*row);
            for (one, x) in row.iter().enumerate() {
                for (two, y) in row[..=one].iter().enumerate() {
                    covariance[one * self.width + two] += f64::from(x * y);
                }
            }
        }
        for one in 0..self.width {
            for two in one + 1..self.width {
                covariance[one * self.width + two] = covariance[two * self.width + one];
            }
        }
        let components: Vec<Vec<f64>> = (0..2).map(|_| component(&mut covariance, self.width)).collect();
        let place = |component: &[f64]| -> Vec<f64> {
            let dot = |row: usize| self.row(row).iter().zip(component).map(|(x, c)| f64::from(*x) * c).sum();
            (0..self.present.len()).map(|row| if self.present[row] { dot(row) } else { f64::NAN }).collect()
        };
        let mut map = [place(&components[0]), place(&components[1])];
        let greatest =
            map.iter().flatten().filter(|v| !v.is_nan()).fold(0.0, |most: f64, v| most.max(v.abs()));
        let scale = if greatest > 0.0 { 1.0 / greatest } else { 1.0 };
        map.iter_mut().flatten().for_each(|value| *value *= scale);
        Some(map)
    }

    /// The distance of all recordings with features from one, nearest first, without itself: the root mean square of
    /// the differences in standard deviations. Empty if that one has no features.
    pub fn near(&self, row: usize) -> Vec<(u32, f64)> {
        if !self.present.get(row).copied().unwrap_or(false) {
            return vec![];
        }
        let here = self.row(row);
        let distance = |other: usize| {
            let sum: f32 = self.row(other).iter().zip(here).map(|(x, y)| (x - y) * (x - y)).sum();
            f64::from(sum / self.width as f32).sqrt()
        };
        let others = (0..self.present.len()).filter(|other| *other != row && self.present[*other]);
        let mut near: Vec<_> = others.map(|other| (other as u32, distance(other))).collect();
        near.sort_by(|one, two| one.1.total_cmp(&two.1));
        near
    }
}

/// The eigenvector of the largest eigenvalue, which is then removed from the matrix.
fn component(matrix: &mut [f64], width: usize) -> Vec<f64> {
    let norm = |vector: &[f64]| vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    // not orthogonal to any eigenvector that a table has in practice
    let mut vector: Vec<f64> = (0..width).map(|at| 1.0 + (at as f64 * 0.618).fract()).collect();
    let mut value = 0.0;
    for _ in 0..ITERATIONS {
        let next: Vec<f64> =
            matrix.chunks_exact(width).map(|row| row.iter().zip(&vector).map(|(m, x)| m * x).sum()).collect();
        value = norm(&next);
        if value <= 0.0 {
            return vec![0.0; width];
        }
        vector = next.into_iter().map(|x| x / value).collect();
    }
    let largest =
        vector.iter().copied().fold(0.0, |most: f64, x| if x.abs() > most.abs() { x } else { most });
    if largest < 0.0 {
        vector.iter_mut().for_each(|x| *x = -*x);
    }
    for (one, row) in matrix.chunks_exact_mut(width).enumerate() {
        row.iter_mut().zip(&vector).for_each(|(m, x)| *m -= value * vector[one] * x);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_follows_the_direction_of_greatest_variance() {
        // three columns, two of them the same: the first component is theirs
        let rows: Vec<f32> = (0..200)
            .flat_map(|at| {
                let (slow, fast) = ((at as f32 / 200.0) - 0.5, ((at * 37) % 200) as f32 / 200.0 - 0.5);
                [slow, slow, fast]
            })
            .collect();
        let map = Vectors::new(vec!["a".into()], 3, rows).map().unwrap();
        assert!(map[0].windows(2).all(|pair| pair[0] < pair[1]));
        assert!((map[0].last().unwrap() - 1.0).abs() < 0.02 && (map[0][0] + 1.0).abs() < 0.02);
    }

    #[test]
    fn neighbours_are_sorted_and_a_missing_value_is_the_mean() {
        let vectors =
            Vectors::new(vec![], 2, vec![0.0, 0.0, 1.0, 0.0, 3.0, 0.1, f32::NAN, 0.0, f32::NAN, f32::NAN]);
        let near: Vec<u32> = vectors.near(0).into_iter().map(|(row, _)| row).collect();
        assert_eq!(near, [1, 3, 2], "the last has no features");
        assert!(vectors.near(4).is_empty());
        assert!(vectors.near(0).windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }

    #[test]
    fn too_few_recordings_and_no_variance_give_no_numbers_that_are_none() {
        assert!(Vectors::new(vec![], 2, vec![1.0; 4]).map().is_none());
        let map = Vectors::new(vec![], 2, vec![1.0; 8]).map().unwrap();
        assert!(map.iter().flatten().all(|value| *value == 0.0));
    }
}
