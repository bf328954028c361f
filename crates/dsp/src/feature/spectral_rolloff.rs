//! The frequency below which most of the spectrum lies.

use super::by_frame::one;
use super::cut::{self, Cut};
use super::setting::{Allowed, Setting, Value};
use super::sums::sum;
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};

const SETTINGS: &[Setting] = &[Setting {
    name: "roll_percent",
    summary: "share of the sum of magnitudes at or below the roll-off",
    unit: "",
    default: Value::Number(0.85),
    allowed: Allowed::Number { least: 1e-6, most: 0.999_999, or: None },
}];

/// Number of bins per block of the search for the share.
const BLOCK: usize = 64;

/// Spectral roll-off: the lowest frequency at or below which a share of the sum of magnitudes lies.
///
/// `f[r]`, with the smallest r for which `Σ |X[0..=r]| ≥ roll_percent · Σ |X|`
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out Hz, of a bin
/// # Edges      silence gives 0; a NaN or an infinity makes its own frames NaN
/// # Agrees     librosa 0.11 `feature.spectral_rolloff`, to the bin
/// # Reference  Scheirer & Slaney, ICASSP (1997)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("spectral_rolloff").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap().with("roll_percent", "0.5").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, 0.0, 0.0], &mut out);
/// assert_eq!(out, [2.0]); // 0, 2 and 4 Hz alike: two of three are more than half
/// ```
pub static SPECTRAL_ROLLOFF: Feature = Feature {
    name: "spectral_rolloff",
    summary: "frequency below which a share of the spectrum lies",
    row: "1",
    unit: "Hz",
    settings: &[SETTINGS, cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.spectral_rolloff", relative: 1e-6, absolute: 0.0 },
    cut: Cut::tapered,
    start: |settings, _, analysis| {
        analysis.ask_magnitude();
        let share = settings.number("roll_percent").unwrap_or_default();
        let mut blocks = vec![0.0; analysis.bins().div_ceil(BLOCK)];
        let processor = Processor::best();
        Ok(one(move |analysis, _| {
            processor.run(Blocks { magnitude: analysis.magnitude(), sums: &mut blocks });
            analysis.hz(bin(analysis.magnitude(), &blocks, share))
        }))
    },
};

/// The lowest bin at which the share is reached.
fn bin(magnitude: &[f64], blocks: &[f64], share: f64) -> usize {
    let threshold = share * blocks.iter().sum::<f64>();
    let (mut below, mut block) = (0.0, 0);
    while block + 1 < blocks.len() && below + blocks[block] < threshold {
        below += blocks[block];
        block += 1;
    }
    let bins = &magnitude[block * BLOCK..];
    let bins = &bins[..bins.len().min(BLOCK)];
    let reached = bins.iter().position(|magnitude| {
        below += magnitude;
        below >= threshold
    });
    block * BLOCK + reached.unwrap_or(bins.len() - 1)
}

struct Blocks<'a> {
    magnitude: &'a [f64],
    sums: &'a mut [f64],
}

impl Kernel for Blocks<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        for (total, bins) in self.sums.iter_mut().zip(self.magnitude.chunks(BLOCK)) {
            *total = sum(bins, |magnitude| magnitude);
        }
    }
}
