//! Structure: the borders between the sections of a recording.

/// Settings of [`borders`].
#[derive(Clone, Debug, PartialEq)]
pub struct StructureSettings {
    /// Number of rows before and after a border that are compared.
    pub reach: usize,
    /// Minimum novelty of a border, in standard deviations above the mean novelty.
    pub threshold: f64,
}

impl Default for StructureSettings {
    fn default() -> Self {
        Self { reach: 16, threshold: 1.0 }
    }
}

/// Rows at which the music changes, by Foote's novelty: the correlation of the self-similarity matrix around each row
/// with a checkerboard kernel, tapered by a Gaussian.
///
/// # Shape      in one feature vector per row (such as the mean chroma of a second); out row indices, ascending
/// # Edges      no borders without change, and with fewer than four rows
/// # Memory     the matrix is not stored; only entries within `reach` of its diagonal are computed
/// # Reference  Foote, Automatic Audio Segmentation Using a Measure of Audio Novelty, ICME 2000
/// # Example
/// ```
/// use passband_dsp::music::{StructureSettings, borders};
/// let rows: Vec<Vec<f64>> = (0..60).map(|t| if t < 25 { vec![1.0, 0.2] } else { vec![0.1, 1.0] }).collect();
/// assert_eq!(borders(&rows, &StructureSettings::default()), [25]);
/// ```
pub fn borders(rows: &[impl AsRef<[f64]>], settings: &StructureSettings) -> Vec<usize> {
    let reach = settings.reach.clamp(1, 256);
    if rows.len() < 4 {
        return vec![];
    }
    let unit: Vec<Vec<f64>> = rows.iter().map(|row| unit(row.as_ref())).collect();
    let novelty: Vec<f64> = (0..rows.len()).map(|at| novelty(&unit, at, reach)).collect();
    let count = novelty.len() as f64;
    let mean = novelty.iter().sum::<f64>() / count;
    let deviation = (novelty.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt();
    let threshold = (mean + settings.threshold * deviation).max(1e-6);
    let is_border = |at: &usize| {
        let near = at.saturating_sub(reach / 2)..(at + reach / 2 + 1).min(novelty.len());
        let before = at.saturating_sub(reach / 2)..*at;
        novelty[*at] > threshold
            && near.into_iter().all(|other| novelty[other] <= novelty[*at])
            && before.into_iter().all(|other| novelty[other] < novelty[*at])
    };
    (1..rows.len()).filter(is_border).collect()
}

/// The similarity of rows within each side of a position, minus that across it.
fn novelty(rows: &[Vec<f64>], at: usize, reach: usize) -> f64 {
    // limited to the rows that exist on both sides
    let reach = reach.min(at).min(rows.len() - at);
    if reach < 2 {
        return 0.0;
    }
    let weight = |distance: usize| {
        let x = (distance as f64 + 0.5) / reach as f64;
        libm::exp(-2.0 * x * x)
    };
    let (mut sum, mut weights) = (0.0, 0.0);
    for i in 0..reach {
        for j in 0..reach {
            let w = weight(i) * weight(j);
            let within = dot(&rows[at - 1 - i], &rows[at - 1 - j]) + dot(&rows[at + i], &rows[at + j]);
            sum += w * (within - 2.0 * dot(&rows[at - 1 - i], &rows[at + j]));
            weights += 2.0 * w;
        }
    }
    // the novelty near the ends is less certain and has a lower weight
    sum / weights * (reach as f64 / (reach + 4) as f64)
}

fn unit(row: &[f64]) -> Vec<f64> {
    let clean = row.iter().map(|x| if x.is_finite() { *x } else { 0.0 });
    let norm = clean.clone().map(|x| x * x).sum::<f64>().sqrt();
    clean.map(|x| if norm > 0.0 { x / norm } else { 0.0 }).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
