//! Maps captures to bytes of a file: the metadata is checked against the file's size.

use super::Meta;
use crate::Hertz;

/// A capture of a recording, as in the metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Capture {
    /// Index of its first sample.
    pub start: u64,
    pub frequency: Option<Hertz>,
    /// Its centre frequency, if it is given.
    pub rate: Option<Hertz>,
    pub began: Option<i64>,
    /// Index of its first sample in the original signal, which may have had more samples.
    pub global: Option<u64>,
    /// Header bytes before its first sample.
    pub header: u64,
}

/// Contiguous samples at one centre frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Offset of the first sample in bytes.
    pub offset: u64,
    /// Their number.
    pub samples: u64,
    /// Samples per second.
    pub rate: Hertz,
    /// The centre frequency, if known.
    pub frequency: Option<Hertz>,
    /// The time of the first sample (µs since 1970), if known.
    pub began: Option<i64>,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its stretches, in the order of the file.
    pub stretches: Vec<Stretch>,
    /// Claims of the metadata that contradict the bytes.
    pub odd: Vec<String>,
}

/// The last capture with a known start.
struct Known<'a> {
    capture: &'a Capture,
    began: i64,
    rate: Hertz,
}

impl Meta {
    /// The stretches of a file of this size: contiguous captures at one frequency are merged.
    ///
    /// Every whole sample is in a stretch. Samples before the first capture are a stretch without a frequency.
    ///
    /// # Errors  a file without a whole sample
    pub fn stretches(&self, size: u64) -> Result<Found, String> {
        let (frame, mut odd) = (self.frame(), self.odd.clone());
        let end = size.checked_sub(self.trailing).unwrap_or_else(|| {
            odd.push(format!("core:trailing_bytes is {} of {size} bytes: all bytes are read", self.trailing));
            size
        });
        let captures = self.captures.as_slice();
        let least = captures.first().map_or(0, |capture| capture.start);
        let base = if least < self.offset {
            let offset = self.offset;
            odd.push(format!("a capture begins at {least}, before core:offset, {offset}: counted from 0"));
            0
        } else {
            self.offset
        };
        let mut stretches: Vec<Stretch> = vec![];
        if let Some(first) = captures.first()
            && first.start > base
        {
            // the first capture's header is after these
            let samples = (first.start - base).min(end / frame);
            stretches.push(Stretch { offset: 0, samples, rate: self.rate, frequency: None, began: None });
            if samples > 0 {
                odd.push(format!("{samples} samples before the first capture, without metadata"));
            }
        }
        let places = self.places(base);
        let (mut behind, mut known) = (vec![], None::<Known<'_>>);
        for (n, (capture, place)) in captures.iter().zip(&places).enumerate() {
            let Some(begin) = place.filter(|begin| *begin < end) else {
                behind.push(capture);
                continue;
            };
            let next = captures.get(n + 1).zip(places.get(n + 1).copied().flatten());
            let stop = next.map_or(end, |(next, place)| place.saturating_sub(next.header).clamp(begin, end));
            let (rate, frequency) = (capture.rate.unwrap_or(self.rate), capture.frequency);
            let began = capture.began.or_else(|| Some(known.as_ref()?.continued(capture)));
            if let Some(began) = began {
                known = Some(Known { capture, began, rate });
            }
            let samples = (stop - begin) / frame;
            let before = n.checked_sub(1).and_then(|n| captures.get(n));
            match (stretches.last_mut(), before) {
                (Some(last), Some(before))
                    if (last.rate, last.frequency) == (rate, frequency) && follows(before, capture) =>
                {
                    last.samples += samples;
                }
                _ => stretches.push(Stretch { offset: begin, samples, rate, frequency, began }),
            }
        }
        stretches.retain(|stretch| stretch.samples > 0);
        let all: u64 = stretches.iter().map(|stretch| stretch.samples).sum();
        let last = stretches.last().map(|last| last.offset + last.samples * frame);
        let Some(last) = last else {
            return Err(match size {
                0 => "holds no samples".into(),
                _ => format!("{size} bytes contain no complete sample of {frame} bytes"),
            });
        };
        if let [first, ..] = behind[..] {
            let (number, at) = (behind.len(), first.start);
            odd.push(format!("{number} captures begin after the last of {all} samples, the first at {at}"));
        }
        let left = end.saturating_sub(last);
        if (1..frame).contains(&left) {
            odd.push(format!("{left} bytes follow the last complete sample of {frame} bytes"));
        }
        Ok(Found { stretches, odd })
    }

    /// The offset of each capture, if it is in the file.
    fn places(&self, base: u64) -> Vec<Option<u64>> {
        let mut skipped = Some(0u64);
        let place = |capture: &super::Capture| {
            skipped = skipped.and_then(|skipped| skipped.checked_add(capture.header));
            capture.start.checked_sub(base)?.checked_mul(self.frame())?.checked_add(skipped?)
        };
        self.captures.iter().map(place).collect()
    }
}

impl Known<'_> {
    /// The start of a later capture, by the sample indices.
    fn continued(&self, capture: &Capture) -> i64 {
        let samples = match (self.capture.global, capture.global) {
            (Some(before), Some(here)) if here >= before => here - before,
            _ => capture.start.saturating_sub(self.capture.start),
        };
        self.began.saturating_add((samples as f64 * 1e6 / self.rate.0).round() as i64)
    }
}

/// Whether two captures are contiguous, in the file and in the original signal.
fn follows(before: &Capture, capture: &Capture) -> bool {
    let global = match (before.global, capture.global) {
        (Some(a), Some(b)) => b.checked_sub(a) == capture.start.checked_sub(before.start),
        _ => true,
    };
    global && capture.header == 0
}
