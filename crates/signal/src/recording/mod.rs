//! Recordings: audio files and streams in the formats supported by Symphonia, and further variants of WAV and AIFF,
//! read block by block in constant memory. Numbers in headers are claims that are checked against the bytes.

mod aac;
mod about;
mod ahead;
mod coded;
mod decoded;
mod event;
mod extension;
mod fault;
mod flac;
mod foreign;
mod front;
mod kind;
mod limits;
mod mkv;
mod mp4;
mod mpeg;
pub(crate) mod plain;
mod ranges;
mod reader;
mod remark;
mod tags;
mod track;
mod vorbis;
mod whole;

use crate::{Fault, Result, SignalSpec};
pub use about::{TAGS, tags};
use decoded::Decoded;
pub use extension::has_recording_extension;
pub use limits::Limits;
pub use ranges::{RangedSource, Ranges};
use reader::Reader;
pub use remark::Remark;
use std::path::Path;
pub use symphonia::core::io::{MediaSource, ReadOnlySource};
pub use whole::{Format, read_all};

/// A recording, read from its start or from the target of [`Recording::seek`].
///
/// Samples are as recorded: encoder delay and padding are removed if the file has them, integers of n bits are divided
/// by 2ⁿ⁻¹, and floats are unchanged, also above full scale, infinite or NaN.
///
/// # Shape
/// Blocks of `[channels][frames]`, channel by channel.
/// # Units
/// Full scale is ±1.
/// # Edges
/// A packet that cannot be decoded is skipped and counted by [`Recording::damaged`]; if timestamps count samples,
/// [`Recording::index`] skips it too, so that later samples keep their index. A file that ends before its claimed
/// number of samples is an error after its last sample.
/// # Example
///
/// ```
/// use passband_signal::Recording;
/// // a WAV of four 16-bit samples, one channel, 8 kHz
/// let wav = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0\
///             data\x08\0\0\0\0\0\0\x40\0\x80\xff\x7f";
/// let mut recording = Recording::read(Box::new(std::io::Cursor::new(wav)), "four.wav").unwrap();
/// assert_eq!((recording.spec().rate.0, recording.spec().channels, recording.frames()), (8000.0, 1, Some(4)));
/// let mut samples = Vec::new();
/// assert_eq!(recording.next_block(256, &mut samples).unwrap(), 4);
/// assert_eq!(samples, [0.0, 0.5, -1.0, 32767.0 / 32768.0]);
/// assert_eq!(recording.next_block(256, &mut samples).unwrap(), 0);
/// ```
pub struct Recording {
    name: String,
    input: Reader,
    limits: Limits,
    /// Samples returned, over all channels.
    given: u64,
    /// An error to return after all samples before it.
    failed: Option<Fault>,
    spec: SignalSpec,
    /// Decoded samples that are still to be returned.
    ready: Decoded,
    /// Decoded samples after a gap.
    ahead: Option<Decoded>,
    index: u64,
    /// Whether the end or an error was reached.
    over: bool,
    /// A planar block to be interleaved.
    planes: Vec<f32>,
}

impl Recording {
    /// Opens a file and decodes its beginning.
    ///
    /// # Errors
    /// No such file, no permission, a folder, an empty file, not audio, an unsupported codec, no samples.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let about = std::fs::metadata(path).map_err(|e| fault::io(&name, &e))?;
        if about.is_dir() {
            return Err(
                Fault::new(format!("{name} is a folder, not a recording")).fix("name one audio file in it")
            );
        }
        let file = std::fs::File::open(path).map_err(|e| fault::io(&name, &e))?;
        Self::read(Box::new(file), &name)
    }

    /// Reads from any source: a pipe in a [`ReadOnlySource`], bytes in a `Cursor`, an object of a store in a
    /// [`RangedSource`]. `name` is for errors; its extension is a hint if the bytes are ambiguous.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn read(source: Box<dyn MediaSource>, name: &str) -> Result<Self> {
        Self::read_within(Limits::NONE, source, name)
    }

    /// Like [`Recording::read`]; exceeding the limits is an error.
    ///
    /// # Errors
    /// Those of [`Recording::open`], and that the time limit is exceeded.
    pub fn read_within(limits: Limits, source: Box<dyn MediaSource>, name: &str) -> Result<Self> {
        let mut input = Reader::open(source, name, &limits)?;
        let first =
            input.next(name)?.ok_or_else(|| fault::silent(name, input.damaged(), input.last_error()))?;
        let (spec, name) = (first.spec, name.to_owned());
        Ok(Self {
            name,
            input,
            limits,
            given: 0,
            failed: None,
            spec,
            ready: first,
            ahead: None,
            index: 0,
            over: false,
            planes: Vec::new(),
        })
    }

    /// Rate and channels of the whole recording.
    pub fn spec(&self) -> SignalSpec {
        self.spec
    }

    /// The container and the codec by their usual short names, such as `mp4` and `aac`, `wav` and `pcm_s16le`.
    pub fn encoding(&self) -> (&str, &str) {
        self.input.encoding()
    }

    /// Samples per channel, if the file has their number; there is no estimate from the bit rate.
    pub fn frames(&self) -> Option<u64> {
        self.input.frames()
    }

    /// The number of packets that could not be decoded so far.
    pub fn damaged(&self) -> u64 {
        self.input.damaged()
    }

    /// New remarks on the recording, each once. Call it again at the end, also after an error.
    pub fn remarks(&self) -> Vec<Remark> {
        self.input.remarks()
    }

    /// Index of the first sample of the last block of [`Recording::next_block`].
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Returns the next samples, at most `max_frames` of each channel, and their number: 0 at the end, and fewer than
    /// requested only there and before a gap. `samples` is overwritten.
    ///
    /// # Errors
    /// A file that cannot be read further, ends too early, or changes its rate or channels. Nothing follows an error.
    pub fn next_block(&mut self, max_frames: usize, samples: &mut Vec<f32>) -> Result<usize> {
        samples.clear();
        while self.ready.frames() < max_frames && self.ahead.is_none() && !self.over {
            match self.input.next(&self.name) {
                Ok(Some(decoded)) if decoded.spec != self.spec => {
                    self.over = true;
                    self.failed = Some(fault::changed(&self.name, self.ready.end(), self.spec, decoded.spec));
                }
                Ok(Some(decoded)) if decoded.index == self.ready.end() => self.ready.append(decoded),
                Ok(Some(decoded)) if self.ready.frames() == 0 => self.ready = decoded,
                Ok(Some(decoded)) => self.ahead = Some(decoded),
                Ok(None) => self.over = true,
                // return decoded samples first
                Err(fault) => (self.over, self.failed) = (true, Some(fault)),
            }
        }
        if self.ready.frames() == 0 {
            if let Some(ahead) = self.ahead.take() {
                self.ready = ahead;
                return self.next_block(max_frames, samples);
            }
            return self.failed.take().map_or(Ok(0), Err);
        }
        self.index = self.ready.index;
        let n = self.ready.take(max_frames, samples);
        self.count(n)
    }

    /// Returns the next samples like [`Recording::next_block`], but interleaved; it may return fewer frames than
    /// requested before the end as well. The samples of a WAV are not copied.
    ///
    /// # Shape
    /// `[frames][channels]`.
    /// # Errors
    /// As [`Recording::next_block`].
    pub fn next_interleaved(&mut self, max_frames: usize, samples: &mut Vec<f32>) -> Result<usize> {
        if self.ready.frames() == 0 && self.ahead.is_none() && !self.over {
            samples.clear();
            let index = self.input.index();
            if let Some(read) = self.input.interleaved(max_frames, samples, &self.name) {
                self.over = !matches!(read, Ok(1..));
                self.ready = Decoded::none(self.spec, self.input.index());
                self.index = index;
                return read.and_then(|n| self.count(n));
            }
        }
        let mut planes = std::mem::take(&mut self.planes);
        let frames = self.next_block(max_frames, &mut planes);
        if let Ok(frames @ 1..) = frames {
            interleave(&planes, frames, samples);
        } else {
            samples.clear();
        }
        self.planes = planes;
        frames
    }

    /// Counts returned frames.
    fn count(&mut self, frames: usize) -> Result<usize> {
        self.given = self.given.saturating_add((frames * self.spec.channels) as u64);
        if self.given > self.limits.samples {
            self.over = true;
            self.ready = Decoded::none(self.spec, self.index);
            return Err(fault::too_long(&self.name, self.limits.samples));
        }
        Ok(frames)
    }

    /// Seeks to sample `frame`, exactly: the next block begins there, or at the first sample after it that can be
    /// decoded. If the format cannot seek to the sample, the recording is decoded up to it.
    ///
    /// # Errors
    /// Seeking backwards in a source that is not seekable; a target after the end.
    pub fn seek(&mut self, frame: u64) -> Result<()> {
        let within = |part: &Decoded| frame >= part.index && frame < part.end();
        if !within(&self.ready) && self.ahead.as_ref().is_some_and(within) {
            self.ready = self.ahead.take().expect("it was there just now");
        }
        if !within(&self.ready) {
            (self.ahead, self.over, self.failed) = (None, false, None);
            self.ready = match self.input.seek(frame, &self.name)? {
                Some(decoded) if decoded.spec != self.spec => {
                    return Err(fault::changed(&self.name, decoded.end(), self.spec, decoded.spec));
                }
                Some(decoded) => decoded,
                None if self.input.index() == frame => Decoded::none(self.spec, frame),
                None => return Err(fault::past_end(&self.name, frame, self.input.frames())),
            };
        }
        self.ready.skip(frame.saturating_sub(self.ready.index) as usize);
        Ok(())
    }
}

/// Interleaves planar samples.
fn interleave(planes: &[f32], frames: usize, out: &mut Vec<f32>) {
    out.clear();
    if planes.len() == frames {
        return out.extend_from_slice(planes);
    }
    let channels = planes.len() / frames;
    out.resize(planes.len(), 0.0);
    for (channel, plane) in planes.chunks_exact(frames).enumerate() {
        out[channel..].iter_mut().step_by(channels).zip(plane).for_each(|(out, sample)| *out = *sample);
    }
}
