//! How what features measure comes out of a signal: frames of samples, or rows of a constant-Q transform.

use super::analysis::Analysis;
use super::constant_q::ConstantQ;
use super::cut::{Cut, Cutting};
use super::cutter::Cutter;

/// Cuts a signal for features.
pub(super) enum Feed {
    Frames(Cut, Cutter),
    Pitches(Box<ConstantQ>),
}

impl Feed {
    pub(super) fn new(cutting: &Cutting, rate_hz: f64) -> Result<(Feed, Analysis), String> {
        Ok(match cutting {
            Cutting::Frames(cut) => {
                (Feed::Frames(cut.clone(), Cutter::new(cut.clone())), Analysis::new(cut, rate_hz))
            }
            Cutting::Pitches(pitches, hop_length) => {
                let transform = ConstantQ::new(pitches, *hop_length, rate_hz)?;
                let analysis = Analysis::of_pitches(transform.bins(), rate_hz);
                (Feed::Pitches(Box::new(transform)), analysis)
            }
        })
    }

    /// Samples that a frame depends on, samples from one to the next, and before the first sample.
    pub(super) fn span(&self) -> (usize, usize, usize) {
        match self {
            Feed::Frames(cut, _) => (cut.n_fft, cut.hop_length, cut.padding()),
            Feed::Pitches(transform) => transform.span(),
        }
    }

    /// Frames in a recording of so many samples.
    pub(super) fn frames(&self, samples: usize) -> usize {
        match self {
            Feed::Frames(cut, _) => cut.frames(samples),
            Feed::Pitches(transform) => transform.frames(samples),
        }
    }

    /// At a sample within a recording. Gives the number of the first frame, which lies behind it as a whole.
    pub(super) fn start_at(&mut self, index: u64) -> u64 {
        match self {
            Feed::Frames(_, cutter) => cutter.start_at(index),
            Feed::Pitches(transform) => transform.start_at(index),
        }
    }

    /// Takes samples; `each` is called for the frames that they fill.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        analysis: &mut Analysis,
        mut each: impl FnMut(&Analysis, &[f32]),
    ) {
        match self {
            Feed::Frames(_, cutter) => cutter.push(samples, |frame| {
                analysis.take(frame);
                each(analysis, frame);
            }),
            Feed::Pitches(transform) => transform.push(samples, |row| {
                analysis.take_pitches(row);
                each(analysis, &[]);
            }),
        }
    }

    /// As [`Feed::push`] for the frames that reach over the end; ready for another recording.
    pub(super) fn finish(&mut self, analysis: &mut Analysis, mut each: impl FnMut(&Analysis, &[f32])) {
        match self {
            Feed::Frames(_, cutter) => cutter.finish(|frame| {
                analysis.take(frame);
                each(analysis, frame);
            }),
            Feed::Pitches(transform) => transform.finish(|row| {
                analysis.take_pitches(row);
                each(analysis, &[]);
            }),
        }
    }
}
