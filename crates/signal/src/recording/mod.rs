//! Recordings: any audio file or stream that Symphonia reads, and more kinds of WAV and AIFF, block by block in flat
//! memory. A number in a header is a claim that is held against the bytes.

mod aac;
mod ahead;
mod coded;
mod decoded;
mod event;
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
use decoded::Decoded;
pub use limits::Limits;
pub use ranges::{RangedSource, Ranges};
use reader::Reader;
pub use remark::Remark;
use std::path::Path;
pub use symphonia::core::io::{MediaSource, ReadOnlySource};
pub use whole::{Format, read_all};

/// A recording, read from its start to its end or from wherever [`Recording::seek`] goes.
///
/// The samples are as they were recorded: what an encoder put before and after them (delay, padding) is cut where
/// the file says so, integers of n bits are divided by 2ⁿ⁻¹, and floats pass as they are, also above full scale,
/// infinite or NaN.
///
/// # Shape
/// Blocks of `[channels][frames]`, channel after channel.
/// # Units
/// Full scale is ±1.
/// # Edges
/// A packet that cannot be decoded is left out and counted by [`Recording::damaged`]; where the file times its
/// packets to the sample, [`Recording::index`] jumps over it, so that what follows keeps its place. A file that
/// ends before the number of samples it announces is an error after its last sample.
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
    /// Samples given, of all channels.
    given: u64,
    /// An error to be told once all before it was given.
    failed: Option<Fault>,
    spec: SignalSpec,
    /// Decoded and not yet given.
    ready: Decoded,
    /// Decoded, but not next to what is ready: a gap lies between.
    ahead: Option<Decoded>,
    index: u64,
    /// The end or an error was met: nothing more comes.
    over: bool,
    /// A block on its way from channel after channel to frame after frame.
    planes: Vec<f32>,
}

impl Recording {
    /// Opens a file and decodes its beginning.
    ///
    /// # Errors
    /// No such file, no permission, a folder, an empty file, not audio, a codec that is not read here, no sample.
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

    /// Reads from anything: a pipe in a [`ReadOnlySource`], bytes in a `Cursor`, an object in a store in a
    /// [`RangedSource`]. `name` is for errors; its extension is a hint where the bytes leave a choice.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn read(source: Box<dyn MediaSource>, name: &str) -> Result<Self> {
        Self::read_within(Limits::NONE, source, name)
    }

    /// As [`Recording::read`]; what costs more than the limits ends in an error.
    ///
    /// # Errors
    /// As [`Recording::open`], and that the time is up.
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

    /// Rate and channels; they hold for the whole recording.
    pub fn spec(&self) -> SignalSpec {
        self.spec
    }

    /// How many samples each channel has, if the file says so; an estimate from a bit rate does not count.
    pub fn frames(&self) -> Option<u64> {
        self.input.frames()
    }

    /// How many packets could not be decoded so far.
    pub fn damaged(&self) -> u64 {
        self.input.damaged()
    }

    /// What is odd about the recording, as far as it was read: each remark is given once. Ask again at the end, also
    /// after an error.
    pub fn remarks(&self) -> Vec<Remark> {
        self.input.remarks()
    }

    /// Index of the first sample of the block that [`Recording::next_block`] gave last.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Gives the next samples, at most `max_frames` of each channel, and how many they are: 0 at the end, and
    /// fewer than asked for only there and before a gap. `samples` is overwritten.
    ///
    /// # Errors
    /// A file that cannot be read further, ends too early, or changes its rate or channels. Nothing follows
    /// an error.
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
                // what is ready comes first
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

    /// Gives the next samples as [`Recording::next_block`] does, but the channels of each frame together, and also
    /// before the end fewer frames than were asked for: of a WAV they are taken as they lie.
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

    /// So many frames are given.
    fn count(&mut self, frames: usize) -> Result<usize> {
        self.given = self.given.saturating_add((frames * self.spec.channels) as u64);
        if self.given > self.limits.samples {
            self.over = true;
            self.ready = Decoded::none(self.spec, self.index);
            return Err(fault::too_long(&self.name, self.limits.samples));
        }
        Ok(frames)
    }

    /// Goes on at sample `frame`, exactly: the next block begins there, or at the first sample after it that can
    /// be decoded. Where the format cannot jump to the sample, it is read through to there.
    ///
    /// # Errors
    /// Going back in a source that cannot; a place past the end.
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

/// From channel after channel to frame after frame.
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
