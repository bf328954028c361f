//! The smooth baseline of a spectrum: the Savitzky–Golay filter.

/// A filter that fits a polynomial to a window around each value by least squares, and returns the value of the
/// polynomial there. The values in the first and last half window are those of the polynomial of the first and last
/// complete window.
///
/// The polynomials are orthonormal on the window (Gram polynomials) and computed by their recurrence, which avoids the
/// ill-conditioned Vandermonde system of long windows and high orders. A haloscope's baseline is wide compared with a
/// line and narrow compared with the resonance: HAYSTAC used order 4 and 500 bins on either side.
///
/// # Shape      in `[n]`, out `[n]`, with `n` from the window's length
/// # Units      out the unit of in
/// # Edges
/// a window of 0, an order too high for the window, and data shorter than the window are refused; with a window of even
/// length, the polynomial is evaluated half a step after each value, as in scipy; a NaN affects all values within a
/// window of it
/// # Agrees
/// its definition in rational numbers, abs 1e-11 of values near 4; scipy 1.17 `signal.savgol_filter(mode="interp")` to
/// what scipy's own rounding allows (3e-8 at window 501 and order 4, 3e-6 at window 1001)
/// # Reference
/// Savitzky & Golay, Anal. Chem. 36 (1964) 1627; Gorry, Anal. Chem. 62 (1990) 570; Brubaker et al., HAYSTAC axion
/// search analysis procedure, Phys. Rev. D 96 (2017) 123008, section V
/// # Example
/// ```
/// use passband_dsp::baseline::SavitzkyGolay;
/// let filter = SavitzkyGolay::new(5, 2).unwrap();
/// let mut out = [0.0; 7];
/// filter.smooth(&[0.0, 0.0, 0.0, 35.0, 0.0, 0.0, 0.0], &mut out).unwrap();
/// assert!((out[3] - 17.0).abs() < 1e-12); // the classic −3, 12, 17, 12, −3 over 35
/// ```
#[derive(Debug, Clone)]
pub struct SavitzkyGolay {
    window: usize,
    order: usize,
    /// Weights of the values in a window for its central value.
    weights: Vec<f64>,
    /// For each degree from 0 to the order, the orthonormal polynomial at the positions of the window.
    basis: Vec<Vec<f64>>,
}

impl SavitzkyGolay {
    /// A filter with a window of this many values and polynomials of this order.
    pub fn new(window: usize, order: usize) -> Result<SavitzkyGolay, String> {
        if window == 0 {
            return Err("a moving polynomial needs a window of 1 value or more".to_string());
        }
        if order >= window {
            return Err(format!(
                "a polynomial of order {order} cannot be fitted to a window of {window} values: the order must be \
                 {} or less",
                window - 1
            ));
        }
        let columns: Vec<_> = (0..window).map(|at| polynomials(at as f64, window, order)).collect();
        let basis: Vec<Vec<f64>> =
            (0..=order).map(|power| columns.iter().map(|column| column[power]).collect()).collect();
        let middle = polynomials((window - 1) as f64 / 2.0, window, order);
        let weight = |column: &Vec<f64>| column.iter().zip(&middle).map(|(p, m)| p * m).sum();
        let weights = columns.iter().map(weight).collect();
        Ok(SavitzkyGolay { window, order, weights, basis })
    }

    /// Number of values in the window.
    pub fn window(&self) -> usize {
        self.window
    }

    /// The degree of the polynomials.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Writes the baseline of `values`.
    ///
    /// # Panics     if `out` is not as long as `values`
    pub fn smooth(&self, values: &[f64], out: &mut [f64]) -> Result<(), String> {
        assert_eq!(values.len(), out.len(), "a baseline is as long as its values");
        self.check(values.len())?;
        let (length, half) = (values.len(), self.window / 2);
        for (at, window) in values.windows(self.window).enumerate() {
            out[at + (self.window - 1) / 2] = dot(&self.weights, window);
        }
        let (first, last) = (&values[..self.window], &values[length - self.window..]);
        for (window, places, from) in
            [(first, 0..half, 0), (last, length - half..length, length - self.window)]
        {
            let parts: Vec<f64> = self.basis.iter().map(|p| dot(p, window)).collect();
            for at in places {
                out[at] = self.basis.iter().zip(&parts).map(|(p, part)| p[at - from] * part).sum();
            }
        }
        Ok(())
    }

    /// Writes the fraction of the standard deviation of white noise that remains in `values − baseline`. It is slightly
    /// less than 1, because the baseline partly follows the noise, most of all at the ends. Dividing the difference by
    /// it restores the deviation of the noise at every position.
    ///
    /// # Units      a ratio
    /// # Example
    /// ```
    /// use passband_dsp::baseline::SavitzkyGolay;
    /// let mut out = [0.0; 9];
    /// SavitzkyGolay::new(5, 0).unwrap().remaining(&mut out).unwrap(); // the mean of five
    /// assert!(out.iter().all(|part| (part - 0.8f64.sqrt()).abs() < 1e-14));
    /// ```
    pub fn remaining(&self, out: &mut [f64]) -> Result<(), String> {
        self.check(out.len())?;
        let (length, half) = (out.len(), self.window / 2);
        let own = self.weights[(self.window - 1) / 2];
        let squares: f64 = dot(&self.weights, &self.weights);
        out.fill((1.0 - 2.0 * own + squares).max(0.0).sqrt());
        for at in 0..half {
            // At the ends, the filter is a projection: the sum of squared weights is equal to the central weight.
            let left = |place: usize| -> f64 {
                let own: f64 = self.basis.iter().map(|p| p[place] * p[place]).sum();
                (1.0 - own).max(0.0).sqrt()
            };
            out[at] = left(at);
            out[length - 1 - at] = left(self.window - 1 - at);
        }
        Ok(())
    }

    fn check(&self, length: usize) -> Result<(), String> {
        if length < self.window {
            let window = self.window;
            return Err(format!(
                "a baseline with a window of {window} values cannot be laid through {length}"
            ));
        }
        Ok(())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight independent sums, which hide the latency of addition.
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// The polynomials of degree 0 to `order` that are orthonormal on the positions 0 to `window − 1`, evaluated at a
/// position that may be fractional: `β[k+1]·p[k+1] = u·p[k] − β[k]·p[k−1]`, where `u` is the distance from the middle
/// and `β[k] = k/2·√((window² − k²) / (4k² − 1))`.
fn polynomials(place: f64, window: usize, order: usize) -> Vec<f64> {
    let length = window as f64;
    let u = place - (length - 1.0) / 2.0;
    let beta = |k: usize| {
        let k = k as f64;
        k / 2.0 * ((length * length - k * k) / (4.0 * k * k - 1.0)).sqrt()
    };
    let mut values = Vec::with_capacity(order + 1);
    let (mut before, mut now) = (0.0, 1.0 / length.sqrt());
    for k in 0..=order {
        values.push(now);
        if k < order {
            (before, now) = (now, (u * now - if k > 0 { beta(k) * before } else { 0.0 }) / beta(k + 1));
        }
    }
    values
}
