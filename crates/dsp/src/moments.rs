//! Mean and variance over many frames, by bin: a fold that can be distributed and merged.

use crate::fft::{Kernel, Lanes, Processor};

/// The count, the mean and the sum of squared deviations of each bin.
///
/// Deviations are computed from the current mean, never from 0, so precision is preserved if the scatter is small
/// compared with the mean. All sums are f64: the distribution of frames over partitions changes a result only by
/// rounding errors of f64, about 1e-15 relative.
///
/// # Shape      in `[bins]` a frame; out `[bins]`
/// # Units      mean, deviation and standard error in the unit of the frames
/// # Edges
/// without frames, the mean is 0; with fewer than 2 frames, the deviation is 0; a NaN or an infinity affects only its
/// bin
/// # Agrees     numpy 2.4 `mean`, `std(ddof=1)`, rel 1e-12
/// # Reference
/// Welford, Technometrics 4 (1962) 419; Chan, Golub & LeVeque, Updating Formulae and a Pairwise Algorithm for Computing
/// Sample Variances, Stanford STAN-CS-79-773 (1979)
/// # Example
/// ```
/// use passband_dsp::moments::Moments;
/// let mut here = Moments::start(1);
/// here.add(&[2.0]);
/// here.add(&[4.0]);
/// let mut there = Moments::start(1);
/// there.add(&[9.0]);
/// here.merge(&there).unwrap();
/// assert_eq!((here.count(), here.mean()[0]), (3, 5.0));
/// assert!((here.deviation().next().unwrap() - 13f64.sqrt()).abs() < 1e-14); // (9 + 1 + 16) / 2
/// assert!((here.standard_error().next().unwrap() - (13f64 / 3.0).sqrt()).abs() < 1e-14);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    processor: Processor,
    count: u64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// An empty fold over frames of this many bins.
    pub fn start(bins: usize) -> Moments {
        Moments { processor: Processor::best(), count: 0, mean: vec![0.0; bins], squares: vec![0.0; bins] }
    }

    /// Restores a fold from the results of [`Moments::count`], [`Moments::mean`] and [`Moments::squares`].
    ///
    /// # Edges      slices of unequal length, and negative sums of squares, are refused
    pub fn resume(count: u64, mean: Vec<f64>, squares: Vec<f64>) -> Result<Moments, String> {
        if mean.len() != squares.len() {
            return Err(format!("{} means came with {} sums of squares", mean.len(), squares.len()));
        }
        if let Some(bin) = squares.iter().position(|s| *s < 0.0) {
            return Err(format!("the sum of squares of bin {bin} is below 0: {}", squares[bin]));
        }
        Ok(Moments { processor: Processor::best(), count, mean, squares })
    }

    /// Removes all frames.
    pub fn restart(&mut self) {
        self.count = 0;
        self.mean.fill(0.0);
        self.squares.fill(0.0);
    }

    /// Number of values in a frame.
    pub fn bins(&self) -> usize {
        self.mean.len()
    }

    /// Number of frames folded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean of each bin.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The sum of the squared deviations from the mean of each bin, called M2 by Chan et al.
    pub fn squares(&self) -> &[f64] {
        &self.squares
    }

    /// The sample standard deviation of each bin, with the divisor `count − 1`.
    pub fn deviation(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        let freedom = self.count.saturating_sub(1).max(1) as f64;
        self.squares.iter().map(move |squares| (squares / freedom).sqrt())
    }

    /// The standard error of the mean of each bin: `deviation / √count`.
    pub fn standard_error(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        let root = (self.count.max(1) as f64).sqrt();
        self.deviation().map(move |deviation| deviation / root)
    }

    /// Adds a frame.
    ///
    /// # Panics     if its length differs from the number of bins
    pub fn add(&mut self, frame: &[f32]) {
        assert_eq!(frame.len(), self.bins(), "the frames of one fold have one length");
        self.add_times(1.0, frame);
    }

    /// Adds contiguous frames.
    ///
    /// # Panics     if the length is not a multiple of the number of bins
    pub fn add_all(&mut self, frames: &[f32]) {
        let bins = self.bins();
        if bins > 0 {
            assert!(frames.len().is_multiple_of(bins), "the frames of one fold have one length");
            frames.chunks_exact(bins).for_each(|frame| self.add_times(1.0, frame));
        }
    }

    /// Merges another fold, for example of another partition.
    ///
    /// # Edges      a fold of another length is refused
    pub fn merge(&mut self, other: &Moments) -> Result<(), String> {
        if self.bins() != other.bins() {
            let (here, there) = (self.bins(), other.bins());
            return Err(format!("moments of {there} bins cannot be merged with moments of {here}"));
        }
        let shares = self.grow(other.count);
        let theirs = other.mean.iter().zip(&other.squares);
        for ((mean, squares), (m, s)) in self.mean.iter_mut().zip(&mut self.squares).zip(theirs) {
            let apart = m - *mean;
            *mean += apart * shares[0];
            *squares += s + apart * apart * shares[1];
        }
        Ok(())
    }

    /// Adds a frame, with each value multiplied by `gain`.
    pub(crate) fn add_times(&mut self, gain: f64, frame: &[f32]) {
        let shares = self.grow(1);
        let (mean, squares) = (&mut self.mean, &mut self.squares);
        self.processor.run(AddFrame { frame, gain, shares, mean, squares });
    }

    /// Adds `more` to the count. With `n` frames after this, `a` before it and `b` more, returns the weights for
    /// merging them: `b/n` and `a·b/n`.
    fn grow(&mut self, more: u64) -> [f64; 2] {
        let before = self.count as f64;
        self.count += more;
        // The count may be 0, because two empty folds can be merged.
        let share = more as f64 / self.count.max(1) as f64;
        [share, before * share]
    }
}

/// Merges a single frame, whose mean is itself and whose scatter is 0. Uses plain products and sums, which are rounded
/// identically on every processor; the compiler vectorises over bins.
struct AddFrame<'a> {
    frame: &'a [f32],
    gain: f64,
    shares: [f64; 2],
    mean: &'a mut [f64],
    squares: &'a mut [f64],
}

impl Kernel for AddFrame<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        for ((value, mean), squares) in self.frame.iter().zip(self.mean).zip(self.squares) {
            let apart = f64::from(*value) * self.gain - *mean;
            *mean += apart * self.shares[0];
            *squares += apart * apart * self.shares[1];
        }
    }
}
