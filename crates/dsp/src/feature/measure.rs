//! What a feature does with a frame, and with a whole recording.

use super::analysis::Analysis;

/// A feature at work: it measures each frame, and makes rows of what it kept, as many as there are frames.
pub(super) trait Measure: Send {
    /// Values in a row.
    fn width(&self) -> usize;

    /// Values kept of a frame until its row is made; never fewer than in a row.
    fn kept(&self) -> usize {
        self.width()
    }

    /// Measures the frame at hand, whose samples are all finite: of another all that is kept is NaN.
    fn take(&mut self, analysis: &Analysis, frame: &[f32], kept: &mut [f32]);

    /// Changes what was kept of all frames by what only the whole recording tells.
    fn settle(&mut self, _kept: &mut [f32]) {}

    /// Whether [`Measure::settle`] needs nothing but the greatest of all values that are kept: then frames need not be kept
    /// where they come twice.
    fn settles_by_greatest(&self) -> bool {
        false
    }

    /// Why [`Measure::settle`] is needed, if it is.
    fn of_the_whole(&self) -> Option<Whole> {
        None
    }

    /// How many frames before its own a row needs. Those after its own it needs only for a row to come late.
    fn before(&self) -> usize {
        0
    }

    /// Takes what was kept of the next frame and gives the rows that can be made now: none while they need frames to
    /// come, several where one frame was all that they waited for.
    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        give(kept);
    }

    /// No more frames come: gives the rows that waited for some, and is ready for another recording.
    fn end(&mut self, _give: &mut dyn FnMut(&[f32])) {}
}

/// The setting for which a row needs the whole recording, and what to set for a stream that has no end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) setting: &'static str,
    pub(super) needs: &'static str,
    pub(super) instead: &'static str,
}
