//! One feature over all frames of a recording.

use passband_dsp::medians::Medians;
use passband_dsp::moments::Moments;

/// One feature over all frames of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The mean of each value of a row.
    pub mean: Box<[f32]>,
    /// The median of each value of a row.
    pub median: Box<[f32]>,
    /// The standard deviation of each value of a row.
    pub deviation: Box<[f32]>,
}

/// Accumulates the frames of a recording.
pub struct Frames {
    moments: Moments,
    medians: Medians,
}

impl Frames {
    /// Starts without frames; each frame will have `values` values.
    pub fn start(values: usize) -> Self {
        Self { moments: Moments::start(values), medians: Medians::start(values) }
    }

    /// Adds a frame.
    pub fn add(&mut self, frame: &[f32]) {
        self.moments.add(frame);
        self.medians.add(frame);
    }

    /// Number of frames.
    pub fn count(&self) -> u64 {
        self.moments.count()
    }

    /// Mean, median and standard deviation over all frames.
    pub fn summary(&self) -> Summary {
        let narrow = |value: f64| value as f32;
        Summary {
            mean: self.moments.mean().iter().copied().map(narrow).collect(),
            median: self.medians.median().into_iter().map(narrow).collect(),
            deviation: self.moments.deviation().map(narrow).collect(),
        }
    }
}
