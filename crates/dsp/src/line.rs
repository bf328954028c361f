//! Searches for lines in a spectrum: the excess of each bin over its baseline, and the bins above a threshold.

/// How the noise deviation of a bin of the mean spectrum is determined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Noise<'a> {
    /// From the scatter of the frames: the standard error of the mean of each bin. Frames with a high value increase
    /// the mean as well as its error, so excesses are slightly underestimated.
    Measured(&'a [f64]),
    /// From theory: `baseline / √frames`, the deviation of the mean power of this many frames of Gaussian noise
    /// (Dicke's radiometer equation for a bin). The rate of false alarms is then known exactly.
    Radiometer(u64),
    /// From the spectrum: the standard deviation of `mean / baseline − 1` over all bins, as used by haloscopes.
    Scatter,
}

/// The excess of each bin of a mean power spectrum over its baseline, in σ of its noise.
///
/// `excess = (mean − baseline) / (σ · remaining)`
///
/// # Shape
/// all `[bins]`; `remaining` is the output of [`SavitzkyGolay::remaining`](crate::baseline::SavitzkyGolay::remaining),
/// or 1 for a baseline that does not depend on the spectrum
/// # Units      mean, baseline and measured error in one unit of power; out σ
/// # Edges      the excess is 0 where the noise is 0; slices of unequal length are refused
/// # Agrees     by definition, rel 1e-12
/// # Reference
/// Dicke, Rev. Sci. Instrum. 17 (1946) 268; Brubaker et al., Phys. Rev. D 96 (2017) 123008, sections V and VI
/// # Example
/// ```
/// use passband_dsp::line::{Noise, excess};
/// let mut out = [0.0; 3];
/// excess(&[2.0, 2.3, 1.9], &[2.0; 3], &[1.0; 3], Noise::Radiometer(400), &mut out).unwrap();
/// assert!((out[1] - 3.0).abs() < 1e-12); // 0.3 over 2 / √400
/// ```
pub fn excess(
    mean: &[f64],
    baseline: &[f64],
    remaining: &[f64],
    noise: Noise,
    out: &mut [f64],
) -> Result<(), String> {
    let bins = out.len();
    let measured = if let Noise::Measured(error) = noise { error.len() } else { bins };
    if [mean.len(), baseline.len(), remaining.len(), measured].iter().any(|length| *length != bins) {
        return Err("an excess needs mean, baseline, remaining part and noise of as many bins".to_string());
    }
    let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let level = match noise {
        Noise::Measured(_) => 0.0,
        Noise::Radiometer(frames) => 1.0 / (frames.max(1) as f64).sqrt(),
        Noise::Scatter => scatter(mean, baseline, remaining)?,
    };
    for (bin, out) in out.iter_mut().enumerate() {
        let sigma = if let Noise::Measured(error) = noise { error[bin] } else { baseline[bin] * level };
        let apart = mean[bin] - baseline[bin];
        *out = if apart.is_nan() || sigma.is_nan() { f64::NAN } else { ratio(apart, sigma * remaining[bin]) };
    }
    Ok(())
}

/// The relative noise of a mean spectrum: the sample standard deviation of `(mean / baseline − 1) / remaining` over its
/// bins. Bins without a baseline, and non-finite bins, are skipped.
///
/// # Shape      all `[bins]`
/// # Units      a ratio: for Gaussian noise `1/√frames`
/// # Edges      0 with fewer than two bins; slices of unequal length are refused
/// # Example
/// ```
/// use passband_dsp::line::scatter;
/// let relative = scatter(&[1.1, 0.9, 1.1, 0.9], &[1.0; 4], &[1.0; 4]).unwrap();
/// assert!((relative - (0.04f64 / 3.0).sqrt()).abs() < 1e-12);
/// ```
pub fn scatter(mean: &[f64], baseline: &[f64], remaining: &[f64]) -> Result<f64, String> {
    if baseline.len() != mean.len() || remaining.len() != mean.len() {
        return Err("a scatter needs mean, baseline and remaining part of as many bins".to_string());
    }
    let parts = || {
        let all = mean.iter().zip(baseline).zip(remaining).map(|((m, b), r)| (m / b - 1.0) / r);
        all.filter(|part| part.is_finite())
    };
    let count = parts().count();
    if count < 2 {
        return Ok(0.0);
    }
    let middle = parts().sum::<f64>() / count as f64;
    let squares: f64 = parts().map(|part| (part - middle).powi(2)).sum();
    Ok((squares / (count - 1) as f64).sqrt())
}

/// A candidate line: adjacent bins with an excess.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The bin of the largest excess.
    pub bin: usize,
    /// The excess there, in σ.
    pub excess: f64,
    /// The first of its bins.
    pub first: usize,
    /// The last of its bins.
    pub last: usize,
}

impl Candidate {
    /// Number of its bins: the full width at half maximum.
    pub fn width(&self) -> usize {
        self.last - self.first + 1
    }
}

/// The candidates at or above a threshold, strongest first.
///
/// The strongest bin is selected first, together with adjacent bins on either side as long as they have at least half
/// its excess; then the strongest remaining bin, and so on while a bin reaches the threshold. Of two equal bins, the
/// lower one is first.
///
/// # Shape      in `[bins]`; out 0 to `bins` candidates without common bins
/// # Units      in and `threshold` σ
/// # Edges      NaN is never part of a candidate; a threshold that is not above 0 is refused
/// # Example
/// ```
/// use passband_dsp::line::candidates;
/// let found = candidates(&[0.1, 3.0, 7.0, 4.0, 0.2, 5.5, -1.0], 5.0).unwrap();
/// assert_eq!(found.len(), 2);
/// assert_eq!((found[0].bin, found[0].excess, found[0].width()), (2, 7.0, 2));
/// assert_eq!((found[1].bin, found[1].first, found[1].last), (5, 5, 5));
/// ```
pub fn candidates(excess: &[f64], threshold: f64) -> Result<Vec<Candidate>, String> {
    if !(threshold > 0.0 && threshold.is_finite()) {
        return Err(format!("a threshold of {threshold} σ finds no line: it must be above 0"));
    }
    let mut peaks: Vec<usize> = (0..excess.len()).filter(|bin| excess[*bin] >= threshold).collect();
    peaks.sort_by(|a, b| excess[*b].total_cmp(&excess[*a]).then(a.cmp(b)));
    let mut taken = vec![false; excess.len()];
    let mut found = Vec::new();
    for bin in peaks {
        if taken[bin] {
            continue;
        }
        let belongs = |at: &usize| !taken[*at] && excess[*at] >= excess[bin] / 2.0;
        let first = (0..bin).rev().take_while(belongs).last().unwrap_or(bin);
        let last = (bin + 1..excess.len()).take_while(belongs).last().unwrap_or(bin);
        taken[first..=last].fill(true);
        found.push(Candidate { bin, excess: excess[bin], first, last });
    }
    Ok(found)
}
