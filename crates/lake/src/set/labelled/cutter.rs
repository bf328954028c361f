//! Cuts a recording, which is decoded block by block, into examples.

use super::blob_store::ReadError;
use super::example_spec::{ExampleSpec, RecordingFormat, mix_to_mono};
use super::memory_budget::Reservation;
use super::resample::Resampler;
use passband_flow::data::Floats;
use passband_signal::{Fault, Hertz};
use std::fmt;
use std::ops::Range;

/// The samples of an example.
pub struct ExampleAudio {
    /// The sample rate.
    pub rate: Hertz,
    /// Channels.
    pub channels: usize,
    /// Interleaved samples.
    pub samples: Vec<f32>,
    held: Reservation,
}

impl ExampleAudio {
    /// The samples, shared; their reservation is released when the last reference is dropped.
    pub(super) fn shared(self) -> Floats {
        self.held.lend(self.samples)
    }
}

impl fmt::Debug for ExampleAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, channels, samples, .. } = self;
        f.debug_tuple("ExampleAudio").field(rate).field(channels).field(samples).finish()
    }
}

impl PartialEq for ExampleAudio {
    fn eq(&self, other: &Self) -> bool {
        (self.rate, self.channels, &self.samples) == (other.rate, other.channels, &other.samples)
    }
}

/// Receives a complete example and its number in the recording.
pub type Give<'a> = &'a mut dyn FnMut(u32, ExampleAudio) -> Result<(), ReadError>;

/// Cuts the examples of one recording; it buffers at most one example.
pub struct Cutter<'a> {
    cut: &'a ExampleSpec,
    of: RecordingFormat,
    resampler: Option<&'a mut Resampler>,
    /// Numbers of the examples that are still to be cut.
    records: Range<u32>,
    /// The mixed and resampled samples of the current example, and the frame at which they begin.
    kept: Vec<f32>,
    at: u64,
    mixed: Vec<f32>,
    resampled: Vec<f32>,
    /// The reservation of `kept`.
    held: Reservation,
}

impl<'a> Cutter<'a> {
    /// Creates a cutter; the resampler must match [`ExampleSpec::resampled`] and [`Cutter::cut_channels`].
    pub fn new(
        cut: &'a ExampleSpec,
        of: RecordingFormat,
        records: Range<u32>,
        resampler: Option<&'a mut Resampler>,
    ) -> Self {
        let (kept, mixed, resampled, held) = (vec![], vec![], vec![], Reservation::default());
        Self { cut, of, resampler, records, kept, at: 0, mixed, resampled, held }
    }

    /// Reserves memory for samples from this reservation.
    pub fn within(self, held: Reservation) -> Self {
        Self { held, ..self }
    }

    /// Number of channels while cutting; a mono recording is expanded to several channels only when an
    /// example is complete.
    pub fn cut_channels(cut: &ExampleSpec, of: RecordingFormat) -> usize {
        if cut.channels == Some(1) { 1 } else { of.channels }
    }

    /// Adds the next samples, and emits the examples that they complete.
    pub fn push(&mut self, samples: &[f32], give: Give) -> Result<(), ReadError> {
        let mut mixed = std::mem::take(&mut self.mixed);
        let samples = if self.of.channels != Self::cut_channels(self.cut, self.of) {
            mix_to_mono(samples, self.of.channels, &mut mixed);
            &mixed[..]
        } else {
            samples
        };
        let taken = match self.resampled(|resampler, out| resampler.push(samples, out))? {
            Some(resampled) => {
                let taken = self.take(&resampled, give);
                self.resampled = resampled;
                taken
            }
            None => self.take(samples, give),
        };
        self.mixed = mixed;
        taken
    }

    /// Adds all samples of a recording; takes over the buffer if the example is the unchanged recording.
    pub fn push_whole(&mut self, samples: &mut Vec<f32>, give: Give) -> Result<(), ReadError> {
        let channels = Self::cut_channels(self.cut, self.of);
        let plain = self.of.channels == channels && self.resampler.is_none() && self.kept.is_empty();
        let length = self.cut.length(self.of).map_or(usize::MAX, |length| length as usize * channels);
        if !plain
            || samples.is_empty()
            || self.records.is_empty()
            || self.start() > self.at
            || samples.len() > length
        {
            return self.push(samples, give);
        }
        self.hold(samples.len())?;
        std::mem::swap(&mut self.kept, samples);
        if samples.capacity() == 0 {
            *samples = self.held.spare();
        }
        if self.kept.len() == length { self.give(give) } else { Ok(()) }
    }

    /// Ends the recording, and emits the last examples.
    pub fn finish(&mut self, give: Give) -> Result<(), ReadError> {
        if let Some(resampled) = self.resampled(|resampler, out| resampler.finish(out))? {
            self.take(&resampled, give)?;
            self.resampled = resampled;
        }
        while !self.records.is_empty() {
            self.give(give)?;
        }
        Ok(())
    }

    fn resampled(
        &mut self,
        step: impl FnOnce(&mut Resampler, &mut Vec<f32>) -> Result<(), Fault>,
    ) -> Result<Option<Vec<f32>>, ReadError> {
        let Some(resampler) = &mut self.resampler else { return Ok(None) };
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        step(resampler, &mut resampled).map_err(ReadError::Unavailable)?;
        Ok(Some(resampled))
    }

    /// Whether all examples were emitted.
    pub fn is_complete(&self) -> bool {
        self.records.is_empty()
    }

    /// The first frame of the next example.
    fn start(&self) -> u64 {
        u64::from(self.records.start).saturating_mul(self.cut.hop(self.of).unwrap_or(0))
    }

    fn hold(&mut self, samples: usize) -> Result<(), ReadError> {
        if self.held.grow(samples) { Ok(()) } else { Err(ReadError::Stopped) }
    }

    fn take(&mut self, mut samples: &[f32], give: Give) -> Result<(), ReadError> {
        let channels = Self::cut_channels(self.cut, self.of);
        let length = self.cut.length(self.of);
        while !samples.is_empty() && !self.records.is_empty() {
            // skip the frames between two examples
            let skip = self.start().saturating_sub(self.at);
            if skip > 0 {
                let passed = usize::try_from(skip).unwrap_or(usize::MAX).min(samples.len() / channels);
                samples = &samples[passed * channels..];
                self.at += passed as u64;
                continue;
            }
            let lacks = length.map_or(usize::MAX, |length| length as usize * channels - self.kept.len());
            let (now, later) = samples.split_at(lacks.min(samples.len()));
            self.hold(now.len())?;
            if self.kept.capacity() == 0 {
                self.kept = self.held.spare();
            }
            if let Some(length) = length {
                // growth by doubling would take up to twice the memory, and fragment it
                self.kept.reserve_exact((length as usize * channels).saturating_sub(self.kept.len()));
            }
            self.kept.extend_from_slice(now);
            samples = later;
            if now.len() == lacks {
                self.give(give)?;
            }
        }
        Ok(())
    }

    /// Emits the current example, and keeps the samples that overlap with the next one.
    fn give(&mut self, give: Give) -> Result<(), ReadError> {
        let (channels, wanted) = (Self::cut_channels(self.cut, self.of), self.cut.channels(self.of));
        let Some(piece) = self.records.next() else { return Ok(()) };
        let begin = self.start().saturating_sub(self.at);
        let rest = usize::try_from(begin).unwrap_or(usize::MAX).saturating_mul(channels);
        let mut next = vec![];
        if self.records.is_empty() || rest >= self.kept.len() {
            self.at += (self.kept.len() / channels) as u64;
        } else {
            next.extend_from_slice(&self.kept[rest..]);
            self.at += begin;
        }
        let mut samples = std::mem::replace(&mut self.kept, next);
        let mut held = self.held.another();
        std::mem::swap(&mut held, &mut self.held);
        // the example must be emitted before its samples can be released
        self.held.owe(self.kept.len());
        self.cut.normalise.level(&mut samples);
        let length = self.cut.length(self.of).map(|length| length as usize * wanted);
        let length = length.unwrap_or(samples.len() / channels * wanted);
        if !held.grow(length.saturating_sub(samples.len())) {
            return Err(ReadError::Stopped);
        }
        if wanted != channels {
            spread(&mut samples, wanted);
        }
        samples.resize(length, 0.0);
        give(piece, ExampleAudio { rate: self.cut.rate(self.of), channels: wanted, samples, held })
    }
}

/// Expands one channel to several equal ones.
fn spread(samples: &mut Vec<f32>, channels: usize) {
    let frames = samples.len();
    samples.resize(frames * channels, 0.0);
    for frame in (0..frames).rev() {
        let sample = samples[frame];
        samples[frame * channels..][..channels].fill(sample);
    }
}

#[cfg(test)]
mod tests;
