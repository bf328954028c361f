//! The computation of a feature, per frame and per recording.

use super::analysis::Analysis;

/// The computation of a feature: reduces each frame to intermediate values, and converts these to one row per frame.
pub(super) trait Measure: Send {
    /// Number of values in a row.
    fn width(&self) -> usize;

    /// Number of intermediate values per frame; at least [`Measure::width`].
    fn kept(&self) -> usize {
        self.width()
    }

    /// Reduces a frame whose samples are all finite. The intermediate values of other frames are NaN.
    fn take(&mut self, analysis: &Analysis, frame: &[f32], kept: &mut [f32]);

    /// Applies what depends on the whole recording to the intermediate values of all frames.
    fn settle(&mut self, _kept: &mut [f32]) {}

    /// Whether [`Measure::settle`] depends only on the maximum of the intermediate values. If so, a recording that can
    /// be read twice need not be kept in memory.
    fn settles_by_greatest(&self) -> bool {
        false
    }

    /// The setting that requires [`Measure::settle`], if any.
    fn of_the_whole(&self) -> Option<Whole> {
        None
    }

    /// Number of frames before its own that a row depends on. Frames after its own only delay the row.
    fn before(&self) -> usize {
        0
    }

    /// Adds the intermediate values of the next frame and emits the rows that are complete: none if they depend on
    /// later frames, several if all of them depended on this frame.
    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        give(kept);
    }

    /// Ends the recording and emits the remaining rows. The next frame begins another recording.
    fn end(&mut self, _give: &mut dyn FnMut(&[f32])) {}
}

/// The setting for which a row needs the whole recording, and the setting to use for an unbounded stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) setting: &'static str,
    pub(super) needs: &'static str,
    pub(super) instead: &'static str,
}
