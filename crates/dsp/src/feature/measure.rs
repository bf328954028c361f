//! What a feature does with a frame, and with a whole recording.

use super::analysis::Analysis;

/// A feature at work.
pub(super) trait Measure: Send {
    /// Values in a row.
    fn width(&self) -> usize;

    /// Values kept of a frame until its row is made; never fewer than in a row.
    fn kept(&self) -> usize {
        self.width()
    }

    /// Measures the frame at hand.
    fn take(&mut self, analysis: &Analysis, kept: &mut [f32]);

    /// Changes what was kept of all frames by what only the whole recording tells.
    fn settle(&self, _kept: &mut [f32]) {}

    /// The setting, if any, for which [`Measure::settle`] is needed.
    fn of_the_whole(&self) -> Option<&'static str> {
        None
    }

    /// Makes a row of what was kept.
    fn row(&mut self, kept: &[f32], row: &mut [f32]) {
        row.copy_from_slice(kept);
    }
}
