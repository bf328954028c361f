//! Tapers: the weights applied to a frame before its Fourier transform ("window function" elsewhere).
//!
//! All tapers are DFT-even (periodic), the default of `scipy.signal.get_window`: the curve of length + 1 points without
//! its last point, so that contiguous frames continue it.
//!
//! A new taper is one new file and one line in [`TAPERS`].

mod bartlett;
mod blackman;
mod blackman_harris;
mod cosine_sum;
mod flat_top;
mod gaussian;
mod hamming;
mod hann;
pub(crate) mod kaiser;
mod nuttall;
mod rectangular;
mod tukey;

pub use bartlett::DEF as BARTLETT;
pub use blackman::DEF as BLACKMAN;
pub use blackman_harris::DEF as BLACKMAN_HARRIS;
pub use flat_top::DEF as FLAT_TOP;
pub use gaussian::DEF as GAUSSIAN;
pub use hamming::DEF as HAMMING;
pub use hann::DEF as HANN;
pub use kaiser::DEF as KAISER;
pub use nuttall::DEF as NUTTALL;
pub use rectangular::DEF as RECTANGULAR;
pub use tukey::DEF as TUKEY;

use std::fmt;

/// All tapers, in display order.
pub static TAPERS: &[TaperDef] = &[
    rectangular::DEF,
    hann::DEF,
    hamming::DEF,
    blackman::DEF,
    blackman_harris::DEF,
    nuttall::DEF,
    flat_top::DEF,
    bartlett::DEF,
    tukey::DEF,
    kaiser::DEF,
    gaussian::DEF,
];

/// The declaration of one taper.
#[derive(Debug)]
pub struct TaperDef {
    /// Name in pipeline files, in golden vectors and of the source file.
    pub name: &'static str,
    /// One line: its use.
    pub summary: &'static str,
    /// The parameter that determines its shape, if it has one.
    pub parameter: Option<TaperParameter>,
    /// Weight at sample `n` of a period of `length` samples, for this parameter (0 if there is none). It is called only
    /// for the first half, `n <= length/2`, and with `length >= 2`; the second half mirrors it.
    pub weight: fn(n: usize, length: usize, parameter: f64) -> f64,
}

/// The parameter that determines the shape of a taper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaperParameter {
    /// Its name in pipeline files.
    pub name: &'static str,
    /// Its meaning and unit.
    pub summary: &'static str,
    /// The default.
    pub default: f64,
    /// Minimum.
    pub least: f64,
    /// Maximum.
    pub most: f64,
}

/// A taper: one of [`TAPERS`] with the value of its parameter.
#[derive(Clone, Copy)]
pub struct Taper {
    def: &'static TaperDef,
    parameter: f64,
}

impl Taper {
    /// Finds a taper by name, with the value of its parameter.
    ///
    /// # Edges
    /// an unknown name lists the valid ones; a parameter out of range, NaN, or given to a taper
    /// that takes none is refused
    /// # Example
    /// ```
    /// use passband_dsp::taper::Taper;
    /// let kaiser = Taper::by_name("kaiser", Some(8.6)).unwrap();
    /// assert_eq!(kaiser.parameter(), Some(8.6));
    /// assert!(Taper::by_name("hanning", None).unwrap_err().contains("hann, hamming"));
    /// ```
    pub fn by_name(name: &str, parameter: Option<f64>) -> Result<Taper, String> {
        let def = TAPERS.iter().find(|def| def.name == name).ok_or_else(|| {
            let names: Vec<_> = TAPERS.iter().map(|def| def.name).collect();
            format!("there is no taper \"{name}\"; there are {}", names.join(", "))
        })?;
        let parameter = match (def.parameter, parameter) {
            (None, None) => 0.0,
            (None, Some(_)) => return Err(format!("the taper \"{name}\" takes no parameter")),
            (Some(p), None) => p.default,
            (Some(p), Some(value)) if (p.least..=p.most).contains(&value) => value,
            (Some(p), Some(value)) => {
                return Err(format!(
                    "{} = {value} is out of range for the taper \"{name}\": {} to {} ({})",
                    p.name, p.least, p.most, p.summary
                ));
            }
        };
        Ok(Taper { def, parameter })
    }

    /// Its declaration.
    pub fn def(&self) -> &'static TaperDef {
        self.def
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.def.name
    }

    /// The value of the parameter, or `None` for a taper without one.
    pub fn parameter(&self) -> Option<f64> {
        self.def.parameter.map(|_| self.parameter)
    }

    /// The weights for a frame of `length` samples.
    ///
    /// # Shape      out `[length]`
    /// # Units      linear, maximum 1
    /// # Edges      length 0 gives an empty vector, length 1 gives `[1.0]`; never NaN
    /// # Agrees     scipy `signal.get_window(name, length)` (periodic), abs 1e-12
    /// # Reference  F. J. Harris, On the Use of Windows for Harmonic Analysis with the DFT, Proc. IEEE 66 (1978)
    /// # Example
    /// ```
    /// use passband_dsp::taper::Taper;
    /// let hann = Taper::by_name("hann", None).unwrap();
    /// let weights = hann.weights(4);
    /// assert!(weights.iter().zip([0.0, 0.5, 1.0, 0.5]).all(|(w, expected)| (w - expected).abs() < 1e-15));
    /// assert_eq!(hann.weights(1), [1.0]);
    /// ```
    pub fn weights(&self, length: usize) -> Vec<f64> {
        if length < 2 {
            return vec![1.0; length];
        }
        // The second half mirrors the first exactly.
        (0..length).map(|n| (self.def.weight)(n.min(length - n), length, self.parameter)).collect()
    }

    /// Equivalent noise bandwidth for frames of `length` samples: the number of bins whose white noise contributes to a
    /// bin.
    ///
    /// `length · Σw² / (Σw)²`
    ///
    /// # Units      out bins
    /// # Edges      length 0 gives 0
    /// # Reference  Harris 1978, eq. 11
    /// # Example
    /// ```
    /// use passband_dsp::taper::Taper;
    /// let bins = Taper::by_name("hann", None).unwrap().noise_bandwidth(8192);
    /// assert!((bins - 1.5).abs() < 1e-9);
    /// ```
    pub fn noise_bandwidth(&self, length: usize) -> f64 {
        let weights = self.weights(length);
        let sum: f64 = weights.iter().sum();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        if sum == 0.0 { 0.0 } else { length as f64 * squares / (sum * sum) }
    }
}

impl PartialEq for Taper {
    fn eq(&self, other: &Taper) -> bool {
        self.def.name == other.def.name && self.parameter == other.parameter
    }
}

impl fmt::Debug for Taper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `hann`, or `kaiser (beta = 8.6)` with a parameter.
impl fmt::Display for Taper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.def.parameter {
            None => f.write_str(self.def.name),
            Some(p) => write!(f, "{} ({} = {})", self.def.name, p.name, self.parameter),
        }
    }
}
