//! The running mean of a run of files, by the formulas of a haloscope's own live plot.

/// Mean and σ over files, each of weight 1 whatever the number of its frames:
///
/// `c ← (n−1)/n·c + 1/n·m` and `σ ← 1/n·√((n−1)²·σ² + s²)` for the n-th file, of mean `m` and deviation `s`.
///
/// So `c` is the mean of the files' means and `σ = √Σs² / n`, the standard error that `c` would have if every
/// file were one measurement with the deviation `s`. For weights by frames and the standard error of the pooled
/// mean use [`Moments`](crate::moments::Moments). That the sums are plain ones makes this mergeable too, in any
/// order, to the rounding of f64.
///
/// # Shape      in and out `[bins]`
/// # Units      the unit of the files
/// # Edges      without files all is 0; a NaN stays in its bin
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
    /// An empty fold over files of so many bins.
    pub fn start(bins: usize) -> Running {
        Running { files: 0, mean: vec![0.0; bins], deviation: vec![0.0; bins] }
    }

    /// A fold as it was left: what [`Running::files`], [`Running::mean`] and [`Running::deviation`] gave.
    ///
    /// # Edges      lists of unequal length are refused
    pub fn resume(files: u64, mean: Vec<f64>, deviation: Vec<f64>) -> Result<Running, String> {
        if mean.len() != deviation.len() {
            return Err(format!("{} means came with {} deviations", mean.len(), deviation.len()));
        }
        Ok(Running { files, mean, deviation })
    }

    /// Values in a file's spectrum.
    pub fn bins(&self) -> usize {
        self.mean.len()
    }

    /// How many files it holds.
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

    /// Adds a file by the mean and the deviation of its frames.
    ///
    /// # Panics     if either has another length than at the start
    pub fn add(&mut self, mean: &[f64], deviation: &[f64]) {
        assert!(
            mean.len() == self.bins() && deviation.len() == self.bins(),
            "files of one run have one length"
        );
        self.join(1, mean, deviation);
    }

    /// Takes in the files of another fold.
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
