//! Features of single frames, without state.

use super::analysis::Analysis;
use super::decibels::narrow;
use super::measure::Measure;

/// A feature with a row of values per frame.
pub(super) struct ByFrame<F> {
    pub(super) width: usize,
    pub(super) of: F,
}

impl<F: FnMut(&Analysis, &[f32], &mut [f32]) + Send> Measure for ByFrame<F> {
    fn width(&self) -> usize {
        self.width
    }

    fn take(&mut self, analysis: &Analysis, frame: &[f32], kept: &mut [f32]) {
        (self.of)(analysis, frame, kept);
    }
}

/// A feature with one number per frame.
pub(super) fn one(mut of: impl FnMut(&Analysis, &[f32]) -> f64 + Send + 'static) -> Box<dyn Measure> {
    let of = move |analysis: &Analysis, frame: &[f32], kept: &mut [f32]| {
        kept.fill(narrow(of(analysis, frame)));
    };
    Box::new(ByFrame { width: 1, of })
}

/// Converts the values of all bins to f32.
pub(super) fn narrow_all(values: &[f64], kept: &mut [f32]) {
    for (kept, value) in kept.iter_mut().zip(values) {
        *kept = narrow(*value);
    }
}
