//! The flatness of the spectrum: noise or tone.

use super::by_frame::one;
use super::cut::{self, Cut};
use super::setting::{Allowed, Setting, Value};
use super::sums::of_eight;
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};

const SETTINGS: &[Setting] = &[
    Setting {
        name: "amin",
        summary: "minimum power; smaller values are raised to it",
        unit: "",
        default: Value::Number(1e-10),
        allowed: Allowed::Number { least: 1e-37, most: 1e37, or: None },
    },
    Setting {
        name: "power",
        summary: "exponent of the magnitude before summation: 1 for magnitude, 2 for power",
        unit: "",
        default: Value::Number(2.0),
        allowed: Allowed::Count { least: 1, most: 2, or: None },
    },
];

/// Spectral flatness: the ratio of the geometric mean of the spectrum to its arithmetic mean. 1 is a flat spectrum,
/// such as that of white noise; a tone is near 0.
///
/// `exp(mean(ln s)) / mean(s)`, `s[k] = max(amin, |X[k]|^power)`
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out a share from 0 to 1
/// # Edges      silence gives 1; a NaN or an infinity makes its own frames NaN
/// # Agrees     librosa 0.11 `feature.spectral_flatness`, rel 1e-5
/// # Reference  Dubnov, IEEE Signal Processing Letters 11 (2004)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("spectral_flatness").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap().with("amin", "0.5").unwrap();
/// let mut out = vec![];
/// // Powers of 0, 4 and 0: the geometric mean of 0.5, 4 and 0.5 is 1, their mean 5/3.
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, -1.0, 0.0], &mut out);
/// assert!((out[0] - 0.6).abs() < 1e-6);
/// ```
pub static SPECTRAL_FLATNESS: Feature = Feature {
    name: "spectral_flatness",
    summary: "ratio of the geometric to the arithmetic mean of the spectrum",
    row: "1",
    unit: "",
    settings: &[SETTINGS, cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.spectral_flatness", relative: 1e-5, absolute: 1e-12 },
    cut: Cut::tapered,
    start: |settings, _, analysis| {
        let floor = settings.number("amin").unwrap_or_default();
        let magnitude = settings.count("power") == Some(1);
        match magnitude {
            true => analysis.ask_magnitude(),
            false => analysis.ask_power(),
        }
        let processor = Processor::best();
        Ok(one(move |analysis, _| {
            let values = if magnitude { analysis.magnitude() } else { analysis.power() };
            let mut means = Means::default();
            processor.run(Take { values, floor, means: &mut means });
            let count = values.len() as f64;
            libm::exp(means.logarithms() / count) / (of_eight(means.sums) / count)
        }))
    },
};

/// A sum of logarithms, computed from products of mantissas and sums of exponents.
#[derive(Default)]
struct Means {
    sums: [f64; 8],
    products: [f64; 8],
    exponents: [f64; 8],
}

impl Means {
    /// The sum of all logarithms.
    fn logarithms(&self) -> f64 {
        of_eight(self.products.map(libm::log)) + of_eight(self.exponents) * std::f64::consts::LN_2
    }
}

struct Take<'a> {
    values: &'a [f64],
    floor: f64,
    means: &'a mut Means,
}

/// number of mantissas that can be multiplied: each is below 2, and the limit of f64 is 2^1024
const PRODUCT: usize = 1000;

impl Kernel for Take<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Take { values, floor, means: Means { sums, products, exponents } } = self;
        *products = [1.0; 8];
        for values in values.chunks(8 * PRODUCT) {
            let (eights, rest) = values.as_chunks::<8>();
            for values in eights {
                for i in 0..8 {
                    let x = if values[i] > floor { values[i] } else { floor };
                    let (mantissa, exponent) = split(x);
                    sums[i] += x;
                    products[i] *= mantissa;
                    exponents[i] += exponent;
                }
            }
            for (i, x) in rest.iter().enumerate() {
                let x = if *x > floor { *x } else { floor };
                let (mantissa, exponent) = split(x);
                sums[i] += x;
                products[i] *= mantissa;
                exponents[i] += exponent;
            }
            for i in 0..8 {
                let (mantissa, exponent) = split(products[i]);
                products[i] = mantissa;
                exponents[i] += exponent;
            }
        }
    }
}

/// Splits a positive normal number into a mantissa from 1 to 2 and a power of two.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    const MANTISSA: u64 = (1 << 52) - 1;
    // the exponent as the low bits of the float 2^52: a vectorizable conversion from integer to float
    const SHIFT: f64 = (1u64 << 52) as f64;
    let bits = x.to_bits();
    let exponent = f64::from_bits(SHIFT.to_bits() | (bits >> 52)) - (SHIFT + 1023.0);
    (f64::from_bits((bits & MANTISSA) | 1.0f64.to_bits()), exponent)
}
