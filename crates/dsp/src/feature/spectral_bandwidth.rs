//! The spread of the spectrum around its centroid.

use super::by_frame::one;
use super::cut::{self, Cut};
use super::setting::{Allowed, Setting, Value};
use super::sums::of_eight;
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};

const SETTINGS: &[Setting] = &[Setting {
    name: "p",
    summary: "exponent of the distances from the centroid; 2 gives a standard deviation",
    unit: "",
    default: Value::Number(2.0),
    allowed: Allowed::Number { least: 0.1, most: 16.0, or: None },
}];

/// Spectral bandwidth: the spread around the [centroid](super::SPECTRAL_CENTROID), weighted by magnitude.
///
/// `b = (Σ |X[k]|·|f[k] − c|^p / Σ |X[k]|)^(1/p)`
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out Hz
/// # Edges      silence gives 0, never NaN; a NaN or an infinity makes its own frames NaN
/// # Agrees     librosa 0.11 `feature.spectral_bandwidth`, rel 1e-5
/// # Reference  Klapuri & Davy (eds.), Signal Processing Methods for Music Transcription, ch. 5 (2006)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("spectral_bandwidth").unwrap().settings();
/// let settings = settings.with("n_fft", "4").unwrap().with("center", "false").unwrap();
/// let settings = settings.with("window", "rectangular").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8.0).unwrap().frames(&[1.0, 0.0, 0.0, 0.0], &mut out);
/// assert!((out[0] - (8.0f32 / 3.0).sqrt()).abs() < 1e-6); // 0, 2 and 4 Hz alike
/// ```
pub static SPECTRAL_BANDWIDTH: Feature = Feature {
    name: "spectral_bandwidth",
    summary: "spread around the spectral centroid",
    row: "1",
    unit: "Hz",
    settings: &[SETTINGS, cut::SETTINGS],
    agrees: Agreement { with: "librosa 0.11 feature.spectral_bandwidth", relative: 1e-5, absolute: 1e-5 },
    cut: Cut::tapered,
    start: |settings, _, analysis| {
        analysis.ask_centroid();
        let p = settings.number("p").unwrap_or_default();
        let hz: Vec<f64> = (0..analysis.bins()).map(|bin| analysis.hz(bin)).collect();
        let processor = Processor::best();
        Ok(one(move |analysis, _| {
            let [total, centroid] = analysis.centroid();
            let magnitude = analysis.magnitude();
            let mut sum = 0.0;
            if p == 2.0 {
                processor.run(Squares { magnitude, hz: &hz, centroid, sum: &mut sum });
            } else {
                let terms = magnitude.iter().zip(&hz);
                sum = terms.map(|(magnitude, hz)| magnitude * libm::pow((hz - centroid).abs(), p)).sum();
            }
            let mean = if total >= f64::MIN_POSITIVE { sum / total } else { sum };
            if p == 2.0 { mean.sqrt() } else { libm::pow(mean, 1.0 / p) }
        }))
    },
};

struct Squares<'a> {
    magnitude: &'a [f64],
    hz: &'a [f64],
    centroid: f64,
    sum: &'a mut f64,
}

impl Kernel for Squares<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let term = |magnitude: f64, hz: f64| magnitude * ((hz - self.centroid) * (hz - self.centroid));
        let ((eights, rest), (hz, hz_rest)) = (self.magnitude.as_chunks::<8>(), self.hz.as_chunks::<8>());
        let mut sums = [0.0; 8];
        for (magnitude, hz) in eights.iter().zip(hz) {
            for i in 0..8 {
                sums[i] += term(magnitude[i], hz[i]);
            }
        }
        for (sum, (magnitude, hz)) in sums.iter_mut().zip(rest.iter().zip(hz_rest)) {
            *sum += term(*magnitude, *hz);
        }
        *self.sum = of_eight(sums);
    }
}
