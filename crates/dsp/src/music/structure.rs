//! Structure: where one section of a recording gives way to another.

/// How borders are found.
#[derive(Clone, Debug, PartialEq)]
pub struct StructureSettings {
    /// What is compared before and after a border, in rows.
    pub reach: usize,
    /// How much a border must stand out: in standard deviations above the mean novelty.
    pub threshold: f64,
}

impl Default for StructureSettings {
    fn default() -> Self {
        Self { reach: 16, threshold: 1.0 }
    }
}

/// Rows at which the music changes, by Foote's novelty: the correlation of the self-similarity matrix about each row
/// with a checkerboard, tapered by a Gaussian.
///
/// # Shape      in one feature vector a row (mean chroma of a second, say); out numbers of rows, ascending
/// # Edges      without change, and of fewer than four rows, there are none
/// # Memory     the matrix is never stored, only what lies within `reach` of its diagonal is computed
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

/// How much more alike rows are on either side of a place than across it.
fn novelty(rows: &[Vec<f64>], at: usize, reach: usize) -> f64 {
    // Only as far as there are rows on both sides.
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
    // Near the ends less is known: what is found there counts less.
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
