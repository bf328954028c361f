//! The running mean of a run of files, by the formulas of a haloscope's live plot.

/// Mean and σ over files, each with weight 1 regardless of its number of frames:
///
/// `c ← (n−1)/n·c + 1/n·m` and `σ ← 1/n·√((n−1)²·σ² + s²)` for the n-th file, of mean `m` and deviation `s`.
///
/// `c` is therefore the mean of the files' means, and `σ = √Σs² / n` is the standard error of `c` if every file is a
/// single measurement with deviation `s`. For weights by frames and the standard error of the pooled mean, use
/// [`Moments`](crate::moments::Moments). Since the sums are plain sums, folds can be merged in any order, up to
/// rounding of f64.
///
/// # Shape      in and out `[bins]`
/// # Units      the unit of the files
/// # Edges      without files, all values are 0; a NaN affects only its bin
/// # Agrees     the formulas above in numpy 2.4, rel 1e-12
/// # Reference  the live plot of the QUAX haloscope's stream processing
/// # Example
/// ```
/// use passband_dsp::running::Running;
/// let mut run = Running::start(1);
/// run.add(&[2.0], &[3.0]);
/// run.add(&[4.0], &[4.0]);
/// assert_eq!((run.files(), run.mean()[0], run.deviation()[0]), (2, 3.0, 2.5)); // √(9 + 16) / 2
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    files: u64,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Running {
    /// An empty fold over files of this many bins.
    pub fn start(bins: usize) -> Running {
        Running { files: 0, mean: vec![0.0; bins], deviation: vec![0.0; bins] }
    }

    /// Restores a fold from the results of [`Running::files`], [`Running::mean`] and [`Running::deviation`].
    ///
    /// # Edges      slices of unequal length are refused
    pub fn resume(files: u64, mean: Vec<f64>, deviation: Vec<f64>) -> Result<Running, String> {
        if mean.len() != deviation.len() {
            return Err(format!("{} means came with {} deviations", mean.len(), deviation.len()));
        }
        Ok(Running { files, mean, deviation })
    }

    /// Number of values in a file's spectrum.
    pub fn bins(&self) -> usize {
        self.mean.len()
    }

    /// Number of files folded.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// The running mean of each bin.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The running σ of each bin.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// Adds a file, given by the mean and the deviation of its frames.
    ///
    /// # Panics     if the length of either differs from the number of bins
    pub fn add(&mut self, mean: &[f64], deviation: &[f64]) {
        assert!(
            mean.len() == self.bins() && deviation.len() == self.bins(),
            "files of one run have one length"
        );
        self.join(1, mean, deviation);
    }

    /// Merges the files of another fold.
    ///
    /// # Edges      a fold of another length is refused
    pub fn merge(&mut self, other: &Running) -> Result<(), String> {
        if self.bins() != other.bins() {
            let (here, there) = (self.bins(), other.bins());
            return Err(format!("a run of {there} bins cannot be merged with a run of {here}"));
        }
        self.join(other.files, &other.mean, &other.deviation);
        Ok(())
    }

    fn join(&mut self, files: u64, mean: &[f64], deviation: &[f64]) {
        let before = self.files as f64;
        self.files += files;
        let all = self.files.max(1) as f64;
        let (old, new) = (before / all, files as f64 / all);
        for ((c, m), (sigma, s)) in
            self.mean.iter_mut().zip(mean).zip(self.deviation.iter_mut().zip(deviation))
        {
            *c = old * *c + new * m;
            *sigma = (old * *sigma).hypot(new * s);
        }
    }
}
