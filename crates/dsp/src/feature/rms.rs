//! The root mean square of each frame.

use super::by_frame::one;
use super::cut::{self, Cut, Ends};
use super::sums::sum;
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};

/// Root mean square of the samples of each frame.
///
/// `r = √(Σ x[n]² / frame_length)`
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out the same
/// # Edges
/// silence gives 0; with `center`, the recording is padded with zeros, which attenuates its first and last frames; a
/// NaN or an infinity makes its own frames NaN
/// # Agrees     librosa 0.11 `feature.rms(y=...)`, rel 1e-5
/// # Reference  Tzanetakis & Cook, IEEE Trans. Speech and Audio Processing 10 (2002)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("rms").unwrap().settings();
/// let settings = settings.with("frame_length", "4").unwrap().with("center", "false").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8000.0).unwrap().frames(&[0.5, -0.5, 0.5, 0.5], &mut out);
/// assert_eq!(out, [0.5]);
/// ```
pub static RMS: Feature = Feature {
    name: "rms",
    summary: "root mean square of each frame",
    row: "1",
    unit: "full scale",
    settings: &[cut::OF_SAMPLES],
    agrees: Agreement { with: "librosa 0.11 feature.rms", relative: 1e-5, absolute: 1e-9 },
    cut: |settings| Cut::of_samples(settings, Ends::Zeros),
    start: |_, _, _| {
        let processor = Processor::best();
        Ok(one(move |_, frame| {
            let mut sum = 0.0;
            processor.run(Squares { frame, sum: &mut sum });
            (sum / frame.len() as f64).sqrt()
        }))
    },
};

struct Squares<'a> {
    frame: &'a [f32],
    sum: &'a mut f64,
}

impl Kernel for Squares<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        *self.sum = sum(self.frame, |x| f64::from(x) * f64::from(x));
    }
}
