//! The rate of sign changes of a signal.

use super::by_frame::one;
use super::cut::{self, Cut, Ends};
use super::{Agreement, Feature};
use crate::fft::{Kernel, Lanes, Processor};

/// Zero-crossing rate: the share of the samples of a frame whose sign differs from that of the previous sample.
///
/// # Shape      in samples; out frames × `[1]`
/// # Units      in full scale (±1); out a share from 0 to 1
/// # Edges
/// samples within ±1e-10 count as 0, and 0 counts as positive, so silence gives 0; with `center`, the recording is
/// padded with its first and last sample; the first sample of a frame is not a crossing; a NaN or an infinity makes its
/// own frames NaN
/// # Agrees     librosa 0.11 `feature.zero_crossing_rate`, exactly
/// # Reference  Gouyon, Pachet & Delerue, DAFx (2000)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("zero_crossing_rate").unwrap().settings();
/// let settings = settings.with("frame_length", "4").unwrap().with("center", "false").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 8000.0).unwrap().frames(&[0.5, -0.5, 0.5, 0.5], &mut out);
/// assert_eq!(out, [0.5]);
/// ```
pub static ZERO_CROSSING_RATE: Feature = Feature {
    name: "zero_crossing_rate",
    summary: "share of samples at which the sign changes",
    row: "1",
    unit: "",
    settings: &[cut::OF_SAMPLES],
    agrees: Agreement { with: "librosa 0.11 feature.zero_crossing_rate", relative: 1e-7, absolute: 0.0 },
    cut: |settings| Cut::of_samples(settings, Ends::Repeat),
    start: |_, _, _| {
        let processor = Processor::best();
        Ok(one(move |_, frame| {
            let mut crossings = 0;
            processor.run(Count { frame, crossings: &mut crossings });
            f64::from(crossings) / frame.len() as f64
        }))
    },
};

struct Count<'a> {
    frame: &'a [f32],
    crossings: &'a mut u32,
}

impl Kernel for Count<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        // the f32 nearest to librosa's threshold is the first one beyond it
        const BELOW: f32 = -1e-10;
        let pairs = self.frame[1..].iter().zip(self.frame);
        *self.crossings = pairs.map(|(x, before)| u32::from((*x <= BELOW) != (*before <= BELOW))).sum();
    }
}
