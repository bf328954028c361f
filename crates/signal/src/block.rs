//! Blocks: contiguous samples with the index and the time of the first.

use crate::{Fault, Hertz, Result};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system time in microseconds since 1970-01-01 UTC.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_micros() as i64)
}

/// The format of a stream of samples: its rate and number of channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalSpec {
    /// Samples per second of each channel.
    pub rate: Hertz,
    /// Channels sampled together.
    pub channels: usize,
    /// For I/Q (channel 0 is I, channel 1 is Q): the frequency at 0 Hz, which is that of the local oscillator.
    pub centre: Option<Hertz>,
}

impl SignalSpec {
    /// A signal of real samples.
    pub const fn real(rate: Hertz, channels: usize) -> Self {
        Self { rate, channels, centre: None }
    }
    /// I/Q around a centre frequency; 0 if it is unknown.
    pub const fn iq(rate: Hertz, centre: Hertz) -> Self {
        Self { rate, channels: 2, centre: Some(centre) }
    }
}

/// Contiguous samples of one channel set.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Rate and channels.
    pub spec: SignalSpec,
    /// The start of this recording (µs since 1970), which identifies it: samples of another recording are not repeats.
    pub recording: i64,
    /// Index of the first sample, counted from the start of the recording.
    pub index: u64,
    /// The time of the first sample (µs since 1970).
    pub time: i64,
    /// Samples in the whole recording; 0 if unknown.
    pub of: u64,
    /// Channel by channel, `frames()` samples each; full scale is ±1.
    pub samples: Vec<f32>,
}

impl Block {
    /// Samples of each channel.
    pub fn frames(&self) -> usize {
        self.samples.len() / self.spec.channels.max(1)
    }
    /// Index one past the last sample.
    pub fn end(&self) -> u64 {
        self.index.saturating_add(self.frames() as u64)
    }
    /// Writes the mean of its channels to `into`.
    pub fn mean(&self, into: &mut Vec<f32>) {
        mean_of_channels(&self.samples, self.spec.channels, into);
    }
    /// The samples of one channel.
    pub fn channel(&self, channel: usize) -> &[f32] {
        let n = self.frames();
        &self.samples[channel * n..(channel + 1) * n]
    }
    /// The time of the sample `index`, by the nominal rate from this block's start.
    pub fn time_of(&self, index: u64) -> i64 {
        let after = (index as f64 - self.index as f64) * 1e6 / self.spec.rate.0;
        self.time.saturating_add(after.round() as i64)
    }
    /// The part of the block with these indices, which it must contain.
    ///
    /// ```
    /// use passband_signal::{Block, Hertz, SignalSpec};
    /// let spec = SignalSpec::real(Hertz(1e6), 2);
    /// let samples = vec![1.0, 2.0, 3.0, -1.0, -2.0, -3.0];
    /// let block = Block { spec, recording: 0, index: 10, time: 100, of: 0, samples };
    /// let part = block.part(11..13);
    /// assert_eq!((part.index, part.time, part.channel(1)), (11, 101, &[-2.0, -3.0][..]));
    /// ```
    pub fn part(&self, indices: std::ops::Range<u64>) -> Block {
        let range = (indices.start - self.index) as usize..(indices.end - self.index) as usize;
        let samples =
            (0..self.spec.channels).flat_map(|c| &self.channel(c)[range.clone()]).copied().collect();
        Block { index: indices.start, time: self.time_of(indices.start), samples, ..*self }
    }
    /// Checks that the block can be measured: a positive rate, channels of equal length, finite samples.
    pub fn check(&self) -> Result<()> {
        let SignalSpec { rate, channels, .. } = self.spec;
        if !(rate.0.is_finite() && rate.0 > 0.0) {
            return Err(Fault::new(format!("the sample rate is {} Hz", rate.0)));
        }
        if channels == 0 || !self.samples.len().is_multiple_of(channels) {
            return Err(Fault::new(format!(
                "{} samples do not fill {channels} channels",
                self.samples.len()
            )));
        }
        if !crate::iq::all_finite(&self.samples) {
            let at = self.samples.iter().position(|x| !x.is_finite()).unwrap_or(0);
            let (channel, frame) = (at / self.frames(), at % self.frames());
            let value = self.samples[at];
            return Err(Fault::new(format!(
                "sample {frame} of channel {channel} is {value}, not a finite number"
            )));
        }
        Ok(())
    }
}

/// Writes the mean of consecutive channels to `into`.
pub fn mean_of_channels(samples: &[f32], channels: usize, into: &mut Vec<f32>) {
    let frames = samples.len() / channels;
    let of = |at: usize| {
        let sum: f64 = (0..channels).map(|channel| f64::from(samples[channel * frames + at])).sum();
        (sum / channels as f64) as f32
    };
    into.clear();
    into.extend((0..frames).map(of));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(samples: Vec<f32>, channels: usize) -> Block {
        Block {
            spec: SignalSpec::real(Hertz(1000.0), channels),
            recording: 0,
            index: 10,
            time: 5_000_000,
            of: 0,
            samples,
        }
    }

    #[test]
    fn places_samples_in_time() {
        let b = block(vec![0.0, 1.0, 2.0, 3.0], 2);
        assert_eq!((b.frames(), b.end(), b.channel(1)), (2, 12, &[2.0, 3.0][..]));
        assert_eq!((b.time_of(11), b.time_of(9)), (5_001_000, 4_999_000));
    }

    #[test]
    fn names_the_sample_that_is_no_number() {
        assert!(
            block(vec![0.0, 1.0, f32::NAN, 3.0], 2)
                .check()
                .unwrap_err()
                .what()
                .contains("sample 0 of channel 1 is NaN")
        );
        assert!(block(vec![f32::INFINITY], 1).check().is_err());
        assert!(block(vec![0.0; 3], 2).check().is_err());
        assert!(block(vec![], 1).check().is_ok());
    }
}
