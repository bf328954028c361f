//! Recordings: any audio file or stream that Symphonia reads, block by block, in flat memory.

mod decode;
mod fault;

use crate::{Fault, Result, SignalSpec};
use decode::{Decoded, Input};
use std::path::Path;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::MediaSourceStream;
pub use symphonia::core::io::{MediaSource, ReadOnlySource};

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
    input: Input,
    spec: SignalSpec,
    /// Decoded and not yet given.
    ready: Decoded,
    /// Decoded, but not next to what is ready: a gap lies between.
    ahead: Option<Decoded>,
    index: u64,
    /// The end or an error was met: nothing more comes.
    over: bool,
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
        if about.is_file() && about.len() == 0 {
            return Err(fault::empty(&name, "the file has 0 bytes"));
        }
        let file = std::fs::File::open(path).map_err(|e| fault::io(&name, &e))?;
        Self::read(Box::new(file), &name)
    }

    /// Reads from anything: a pipe in a [`ReadOnlySource`], bytes in a `Cursor`, an object in a store. `name` is
    /// for errors; its extension is a hint where the bytes leave a choice.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn read(source: Box<dyn MediaSource>, name: &str) -> Result<Self> {
        let mut hint = Hint::new();
        if let Some(extension) = Path::new(name).extension().and_then(|e| e.to_str()) {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(source, Default::default());
        let mut input = Input::probe(stream, hint, name)?;
        let first = input.next(name)?.ok_or_else(|| match input.damaged {
            0 => fault::empty(name, "it has a header, and no samples after it"),
            n => Fault::new(format!("{name}: none of its {n} packets of audio can be decoded"))
                .why(input.last_error.clone())
                .fix("check the file in a player, or copy it anew from where it came"),
        })?;
        let spec = first.spec;
        Ok(Self { name: name.to_owned(), input, spec, ready: first, ahead: None, index: 0, over: false })
    }

    /// Rate and channels; they hold for the whole recording.
    pub fn spec(&self) -> SignalSpec {
        self.spec
    }

    /// How many samples each channel has, if the file says so; an estimate from a bit rate does not count.
    pub fn frames(&self) -> Option<u64> {
        self.input.frames
    }

    /// How many packets could not be decoded so far.
    pub fn damaged(&self) -> u64 {
        self.input.damaged
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
                    self.input.failed =
                        Some(fault::changed(&self.name, &self.ready, self.spec, decoded.spec));
                }
                Ok(Some(decoded)) if decoded.index == self.ready.end() => self.ready.append(&decoded),
                Ok(Some(decoded)) if self.ready.frames() == 0 => self.ready = decoded,
                Ok(Some(decoded)) => self.ahead = Some(decoded),
                Ok(None) => self.over = true,
                // what is ready comes first
                Err(fault) => (self.over, self.input.failed) = (true, Some(fault)),
            }
        }
        if self.ready.frames() == 0 {
            if let Some(ahead) = self.ahead.take() {
                self.ready = ahead;
                return self.next_block(max_frames, samples);
            }
            return self.input.failed.take().map_or(Ok(0), Err);
        }
        self.index = self.ready.index;
        Ok(self.ready.take(max_frames, samples))
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
            (self.ahead, self.over, self.input.failed) = (None, false, None);
            self.ready = match self.input.seek(frame, &self.name)? {
                Some(decoded) if decoded.spec != self.spec => {
                    return Err(fault::changed(&self.name, &decoded, self.spec, decoded.spec));
                }
                Some(decoded) => decoded,
                None if self.input.index == frame => Decoded::none(self.spec, frame),
                None => return Err(fault::past_end(&self.name, frame, self.input.frames)),
            };
        }
        self.ready.skip(frame.saturating_sub(self.ready.index) as usize);
        Ok(())
    }
}
