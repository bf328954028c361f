//! Converts a signal to the input of features: frames of samples, or rows of a constant-Q transform.

use super::analysis::Analysis;
use super::constant_q::ConstantQ;
use super::cut::{Cut, Cutting};
use super::cutter::Cutter;

/// The converter for one division of the signal.
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

    /// Samples that a frame depends on, per hop, and before the first sample.
    pub(super) fn span(&self) -> (usize, usize, usize) {
        match self {
            Feed::Frames(cut, _) => (cut.n_fft, cut.hop_length, cut.padding()),
            Feed::Pitches(transform) => transform.span(),
        }
    }

    /// Number of frames of a recording of `samples` samples.
    pub(super) fn frames(&self, samples: usize) -> usize {
        match self {
            Feed::Frames(cut, _) => cut.frames(samples),
            Feed::Pitches(transform) => transform.frames(samples),
        }
    }

    /// Starts at sample `index` of a recording. Returns the number of the first frame that lies entirely after it.
    pub(super) fn start_at(&mut self, index: u64) -> u64 {
        match self {
            Feed::Frames(_, cutter) => cutter.start_at(index),
            Feed::Pitches(transform) => transform.start_at(index),
        }
    }

    /// Adds samples and calls `each` for every frame that they complete.
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

    /// Emits the frames that extend beyond the end. The next samples begin another recording.
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
