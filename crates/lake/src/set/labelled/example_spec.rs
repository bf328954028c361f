//! How examples are cut from a recording: channels, rate, length and hop.

use super::Normalise;
use super::resample;
use passband_signal::{Hertz, Span};

/// Maximum number of samples in an example, over all channels: 128 MiB.
pub const MAX_SAMPLES: u64 = 32 << 20;

passband_flow::choice! {
    /// What happens to a recording, or the last piece of one, that is too short.
    pub enum Short {
        /// It is padded with silence.
        Pad = "pad",
        /// It is dropped.
        Drop = "drop",
    }
}

/// How examples are cut from a recording. Lengths are measured at the rate of the examples.
#[derive(Clone, Copy, Debug)]
pub struct ExampleSpec {
    /// The length of each example; `None`: the whole recording.
    pub length: Option<Span>,
    /// The distance between the starts of two examples; `None`: only the first example is cut.
    pub hop: Option<Span>,
    /// The handling of a piece that is too short.
    pub short: Short,
    /// The number of channels; `None`: as recorded.
    pub channels: Option<usize>,
    /// The sample rate (Hz); `None`: as recorded.
    pub rate: Option<u32>,
    /// The normalisation of each example.
    pub normalise: Normalise,
    /// The minimum length of a recording.
    pub min: Option<Span>,
    /// The maximum length of a recording.
    pub max: Option<Span>,
}

/// The rate (Hz) and channels of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordingFormat {
    pub rate: f64,
    pub channels: usize,
}

impl ExampleSpec {
    /// The rate of the examples.
    pub fn rate(&self, of: RecordingFormat) -> Hertz {
        Hertz(self.rate.map_or(of.rate, f64::from))
    }

    /// The channels of the examples.
    pub fn channels(&self, of: RecordingFormat) -> usize {
        self.channels.unwrap_or(of.channels)
    }

    /// The input and output rate of resampling, if they differ.
    pub fn resampled(&self, of: RecordingFormat) -> Option<(u32, u32)> {
        let to = self.rate.filter(|to| f64::from(*to) != of.rate)?;
        Some((of.rate as u32, to))
    }

    /// Frames of an example; `None` if each is a whole recording.
    pub fn length(&self, of: RecordingFormat) -> Option<u64> {
        self.length.map(|length| length.samples(self.rate(of)).max(1))
    }

    /// Frames between the starts of two examples.
    pub fn hop(&self, of: RecordingFormat) -> Option<u64> {
        self.hop.map(|hop| hop.samples(self.rate(of)).max(1))
    }

    /// Number of frames used; `None` if all are used.
    pub fn used(&self, of: RecordingFormat) -> Option<u64> {
        let length = self.length(of).filter(|_| self.hop.is_none())?;
        let used = self.resampled(of).map(|(from, to)| {
            u64::try_from((u128::from(length) * u128::from(from)).div_ceil(u128::from(to)))
                .unwrap_or(u64::MAX)
        });
        Some(used.unwrap_or(length))
    }

    /// The frames of a whole recording, at the rate of the examples.
    pub fn frames(&self, frames: u64, of: RecordingFormat) -> u64 {
        self.resampled(of).map_or(frames, |(from, to)| resample::frames(frames, from, to))
    }

    /// The number of examples of a recording with this many frames.
    pub fn examples(&self, frames: u64, of: RecordingFormat) -> u64 {
        let frames = self.frames(frames, of);
        let Some(length) = self.length(of) else { return u64::from(frames > 0) };
        let pads = self.short == Short::Pad && frames > 0;
        match self.hop(of) {
            _ if frames < length => u64::from(pads),
            None => 1,
            Some(hop) => {
                let whole = (frames - length) / hop + 1;
                // frames after the last whole example that would belong to a further one
                let rest = frames.saturating_sub((whole - 1).saturating_mul(hop).saturating_add(length));
                whole + u64::from(pads && rest > 0 && whole.saturating_mul(hop) < frames)
            }
        }
    }

    /// The reason why a recording with this rate and these channels cannot be used, if there is one.
    pub fn refuses(&self, of: RecordingFormat) -> Option<String> {
        let RecordingFormat { rate, channels } = of;
        if rate <= 0.0 || channels == 0 {
            return Some(format!("it has {channels} channels at {rate} Hz"));
        }
        let wanted = self.channels(of);
        if wanted != 1 && wanted != channels && channels != 1 {
            return Some(format!("it has {channels} channels, not {wanted}"));
        }
        if let Some((from, to)) = self.resampled(of)
            && (rate.fract() != 0.0 || resample::block(from, to).is_none())
        {
            return Some(format!("its rate of {rate} Hz cannot be resampled to {to} Hz"));
        }
        let samples = self.length(of)?.saturating_mul(wanted as u64);
        (samples > MAX_SAMPLES).then(|| {
            format!("an example would have {samples} samples, more than the maximum of {MAX_SAMPLES}: set a shorter length")
        })
    }

    /// The reason why a recording with at least this many frames is too long, if it is.
    pub fn too_long(&self, frames: u64, of: RecordingFormat) -> Option<String> {
        let frames = self.frames(frames, of);
        if let Some(max) = self.max.filter(|max| frames > max.samples(self.rate(of))) {
            return Some(format!("it is longer than {max}"));
        }
        let whole = self.length.is_none() && frames.saturating_mul(self.channels(of) as u64) > MAX_SAMPLES;
        whole.then(|| {
            let pieces = "set length, and hop to cut it into several examples";
            format!("it has more than the {MAX_SAMPLES} samples that one example may have: {pieces}")
        })
    }

    /// The reason why a recording with this many frames is too short, if it is.
    pub fn too_short(&self, frames: u64, of: RecordingFormat) -> Option<String> {
        if let Some(min) = self.min.filter(|min| self.frames(frames, of) < min.samples(self.rate(of))) {
            return Some(format!("it is shorter than {min}"));
        }
        (self.examples(frames, of) == 0).then(|| match self.length {
            Some(length) if self.frames(frames, of) > 0 => format!("it is shorter than {length}"),
            _ => "it is too short".to_owned(),
        })
    }
}

/// Mixes interleaved samples down to one channel, the mean of all.
pub fn mix_to_mono(samples: &[f32], channels: usize, out: &mut Vec<f32>) {
    out.clear();
    let mean = |frame: &[f32]| frame.iter().map(|x| f64::from(*x)).sum::<f64>() / channels as f64;
    out.extend(samples.chunks_exact(channels).map(|frame| mean(frame) as f32));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_counted_at_their_own_rate() {
        let of = RecordingFormat { rate: 44_100.0, channels: 1 };
        let plain = ExampleSpec {
            length: None,
            hop: None,
            short: Short::Drop,
            channels: None,
            rate: Some(16_000),
            normalise: Normalise::No,
            min: None,
            max: None,
        };
        assert_eq!((plain.frames(44_100, of), plain.examples(1, of), plain.examples(2, of)), (16_000, 0, 1));
        let second = ExampleSpec { length: Some(Span::Samples(16_000)), ..plain };
        // 44,099 frames are rounded to 16,000
        assert_eq!((second.examples(44_098, of), second.examples(44_099, of)), (0, 1));
        assert_eq!(second.used(of), Some(44_100));
        let pieces = ExampleSpec { hop: Some(Span::Samples(8000)), ..second };
        assert_eq!((pieces.used(of), pieces.examples(88_200, of)), (None, 3));
        let bounded =
            ExampleSpec { min: Some(Span::Samples(16_000)), max: Some(Span::Samples(16_000)), ..plain };
        assert_eq!(bounded.too_short(44_098, of).as_deref(), Some("it is shorter than 16000 samples"));
        assert!(bounded.too_short(44_100, of).is_none() && bounded.too_long(44_100, of).is_none());
        assert_eq!(bounded.too_long(44_103, of).as_deref(), Some("it is longer than 16000 samples"));
    }

    #[test]
    fn what_cannot_be_had_is_refused_with_a_reason() {
        let cut = |length, channels, rate| ExampleSpec {
            length,
            hop: None,
            short: Short::Pad,
            channels,
            rate,
            normalise: Normalise::No,
            min: None,
            max: None,
        };
        let of = |rate, channels| RecordingFormat { rate, channels };
        let two = cut(None, Some(2), None);
        assert!(two.refuses(of(8e3, 3)).is_some());
        assert!(two.refuses(of(8e3, 1)).is_none() && two.refuses(of(8e3, 2)).is_none());
        assert!(cut(None, None, None).refuses(of(0.0, 1)).is_some());
        let rate = cut(None, None, Some(16_000));
        assert!(rate.refuses(of(4_294_967_295.0, 1)).unwrap().contains("cannot be resampled to 16000 Hz"));
        assert!(rate.refuses(of(44_101.0, 1)).is_none() && rate.refuses(of(384_000.0, 8)).is_none());
        let long = cut(Some(Span::Samples(MAX_SAMPLES / 2 + 1)), None, None);
        assert!(long.refuses(of(8e3, 1)).is_none());
        assert!(long.refuses(of(8e3, 2)).unwrap().contains("shorter length"));
        let whole = cut(None, Some(1), None);
        assert!(whole.too_long(MAX_SAMPLES, of(8e3, 2)).is_none());
        assert!(whole.too_long(MAX_SAMPLES + 1, of(8e3, 2)).unwrap().contains("hop"));
        assert_eq!(whole.too_short(0, of(8e3, 2)).as_deref(), Some("it is too short"));
    }
}
