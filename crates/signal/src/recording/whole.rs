//! Decodes a whole recording from memory: efficient for many small files.

use super::plain::{self, Header};
use super::reader::Reader;
use super::remark::Remark;
use super::{Limits, fault};
use crate::Result;
use std::io::Cursor;

/// Maximum number of samples of a vector.
const MOST: u64 = (isize::MAX / 4) as u64;

/// The result of [`read_all`].
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// The sample rate.
    pub rate: f64,
    /// The number of channels.
    pub channels: usize,
    /// The number of frames.
    pub frames: u64,
    /// Packets that could not be decoded. If timestamps count samples, silence replaces them.
    pub damaged: u64,
    /// Irregularities that did not lose samples.
    pub remarks: Vec<Remark>,
}

/// Decodes a whole recording. `samples` is overwritten: reuse it to reuse its memory. `name` is for errors; its
/// extension is a hint if the bytes are ambiguous.
///
/// # Shape
/// `[frames][channels]`: interleaved, as in a WAV.
/// # Units
/// Full scale is ±1: integers of n bits are divided by 2ⁿ⁻¹.
/// # Errors
/// Those of [`Recording::open`](crate::Recording::open) and [`next_block`](crate::Recording::next_block), and exceeded
/// limits. Of a truncated file, `samples` then has the existing samples.
/// # Example
///
/// ```
/// use passband_signal::{Limits, read_all};
/// let wav = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\0\x7d\0\0\x04\0\x10\0\
///             data\x08\0\0\0\0\0\0\x40\0\x80\xff\x7f";
/// let mut samples = Vec::new();
/// let format = read_all(wav, "two.wav", &Limits::default(), &mut samples).unwrap();
/// assert_eq!((format.rate, format.channels, format.frames), (8000.0, 2, 2));
/// assert_eq!(samples, [0.0, 0.5, -1.0, 32767.0 / 32768.0]);
/// ```
pub fn read_all(bytes: &[u8], name: &str, limits: &Limits, samples: &mut Vec<f32>) -> Result<Format> {
    samples.clear();
    if bytes.is_empty() {
        return Err(fault::empty(name, fault::NO_BYTE));
    }
    // a slice has no I/O errors; irregular files are decoded as long recordings
    if let Ok(Header::Plain(layout)) = plain::header(&mut &bytes[..], 0)
        && let Some(lying) = plain::lying(bytes, &layout)
        && !lying.is_empty()
    {
        let frames = (lying.len() / layout.frame()) as u64;
        if frames.saturating_mul(layout.channels as u64) > limits.samples {
            return Err(fault::too_long(name, limits.samples));
        }
        layout.encoding.decode(lying, samples);
        let (rate, channels) = (f64::from(layout.rate), layout.channels);
        return Ok(Format { rate, channels, frames, damaged: 0, remarks: vec![] });
    }
    through(bytes, name, limits, samples)
}

fn through(bytes: &[u8], name: &str, limits: &Limits, samples: &mut Vec<f32>) -> Result<Format> {
    let mut reader = Reader::open(Box::new(Cursor::new(bytes.to_vec())), name, limits)?;
    let (mut spec, mut frames) = (None, 0_u64);
    while let Some(decoded) = reader.next(name)? {
        let first = *spec.get_or_insert(decoded.spec);
        if first != decoded.spec {
            return Err(fault::changed(name, frames, first, decoded.spec));
        }
        let end = decoded.end();
        if end.saturating_mul(first.channels as u64) > limits.samples.min(MOST) {
            return Err(fault::too_long(name, limits.samples));
        }
        grow(samples, end as usize * first.channels, limits.samples);
        samples.resize((decoded.index as usize * first.channels).max(samples.len()), 0.0);
        decoded.interleave(samples);
        frames = end;
    }
    let spec = spec.ok_or_else(|| fault::silent(name, reader.damaged(), reader.last_error()))?;
    Ok(Format {
        rate: spec.rate.0,
        channels: spec.channels,
        frames,
        damaged: reader.damaged(),
        remarks: reader.remarks(),
    })
}

/// Reserves memory by doubling, up to the maximum number of samples that can follow.
fn grow(samples: &mut Vec<f32>, needed: usize, limit: u64) {
    if needed > samples.capacity() {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let room = samples.capacity().saturating_mul(2).min(limit).max(needed);
        samples.reserve_exact(room - samples.len());
    }
}
