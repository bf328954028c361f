//! WAV with plain samples, read without a general reader in between: faster, and more kinds of it.

pub mod header;
mod samples;

use super::decoded::Decoded;
use super::fault;
use super::front::{Front, read_full};
use crate::{Hertz, Result, SignalSpec};
use header::{Chunks, Layout};
use std::io::{self, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// A WAV from its first sample to its last.
pub struct Wav {
    source: Front,
    layout: Layout,
    /// Frames that are there, as far as the source knows its length.
    there: Option<u64>,
    /// Index of the next frame.
    pub index: u64,
    bytes: Vec<u8>,
    interleaved: Vec<f32>,
}

impl Wav {
    /// From a source that stands at its first sample.
    pub fn new(source: Front, layout: Layout) -> Self {
        let there = source.byte_len().map(|len| len.saturating_sub(layout.start) / layout.frame() as u64);
        let piece = (PIECE / layout.frame()).max(1) * layout.frame();
        Self {
            source: source.begin(),
            layout,
            there,
            index: 0,
            bytes: vec![0; piece],
            interleaved: Vec::new(),
        }
    }

    pub fn frames(&self) -> Option<u64> {
        self.layout.frames()
    }

    fn spec(&self) -> SignalSpec {
        SignalSpec::real(Hertz(f64::from(self.layout.rate)), self.layout.channels)
    }

    /// Reads the next frames, and tells how many bytes they are; 0 at the end.
    fn piece(&mut self, most: usize, name: &str) -> Result<usize> {
        let frame = self.layout.frame();
        let left = self.frames().map_or(u64::MAX, |all| all.saturating_sub(self.index));
        let room = most.min(self.bytes.len() / frame);
        let asked = usize::try_from(left).unwrap_or(usize::MAX).min(room) * frame;
        let n = self.read(asked).map_err(|e| fault::io(name, &e))?;
        if n < frame {
            return match self.frames() {
                Some(all) if self.index < all => Err(fault::truncated(name, all, self.index)),
                _ => Ok(0),
            };
        }
        self.index += (n / frame) as u64;
        Ok(n - n % frame)
    }

    /// Appends the next frames, at most so many, as they lie; 0 at the end.
    pub fn interleaved(&mut self, most: usize, samples: &mut Vec<f32>, name: &str) -> Result<usize> {
        let n = self.piece(most, name)?;
        self.layout.encoding.decode(&self.bytes[..n], samples);
        Ok(n / self.layout.frame())
    }

    pub fn next(&mut self, name: &str) -> Result<Option<Decoded>> {
        let mut decoded = Decoded::none(self.spec(), self.index);
        let n = self.piece(usize::MAX, name)?;
        if n == 0 {
            return Ok(None);
        }
        let whole = &self.bytes[..n];
        match &mut decoded.planes[..] {
            [plane] => self.layout.encoding.decode(whole, plane),
            planes => {
                self.interleaved.clear();
                self.layout.encoding.decode(whole, &mut self.interleaved);
                let count = planes.len();
                for (i, plane) in planes.iter_mut().enumerate() {
                    plane.extend(self.interleaved[i..].iter().step_by(count));
                }
            }
        }
        Ok(Some(decoded))
    }

    /// Fills the buffer; of a pipe, which may be slow, only with what is there.
    fn read(&mut self, asked: usize) -> io::Result<usize> {
        let bytes = &mut self.bytes[..asked];
        if self.source.is_seekable() {
            return read_full(&mut self.source, bytes);
        }
        let n = io::Read::read(&mut self.source, bytes)?;
        let whole = n.next_multiple_of(self.layout.frame()).min(asked);
        Ok(n + read_full(&mut self.source, &mut bytes[n..whole])?)
    }

    /// Gives the samples from `frame` on; none if the end comes before.
    pub fn seek(&mut self, frame: u64, name: &str) -> Result<Option<Decoded>> {
        let end = [self.frames(), self.there].into_iter().flatten().min();
        let to = frame.min(end.unwrap_or(u64::MAX));
        if to < self.index && !self.source.is_seekable() {
            return Err(fault::no_way_back(name));
        }
        if self.source.is_seekable() {
            let at = self.layout.start.saturating_add(to.saturating_mul(self.layout.frame() as u64));
            self.source.seek(SeekFrom::Start(at)).map_err(|e| fault::io(name, &e))?;
            self.index = to;
        }
        while let Some(decoded) = self.next(name)? {
            if decoded.end() > frame {
                return Ok(Some(decoded));
            }
        }
        Ok(None)
    }
}

impl Chunks for Front {
    fn pass(&mut self, n: u64) -> io::Result<()> {
        if self.is_seekable() {
            let n = i64::try_from(n).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            return self.seek(SeekFrom::Current(n)).map(drop);
        }
        io::copy(&mut io::Read::take(self, n), &mut io::sink()).map(drop)
    }
}

/// Reads a WAV's header; the source then stands at its first sample, or anew at the beginning if it is no plain WAV.
pub fn open(source: &mut Front, name: &str) -> Result<Option<Layout>> {
    let fail = |e: io::Error| fault::io(name, &e);
    if !header::is_wav(&source.peek(0, 12).map_err(fail)?) {
        return Ok(None);
    }
    match header::read(source).map_err(fail)? {
        header::Header::Plain(layout) => Ok(Some(layout)),
        header::Header::Refused(why) => Err(fault::not_audio(name, why)),
        header::Header::Other => {
            source.seek(SeekFrom::Start(0)).map_err(fail)?;
            Ok(None)
        }
    }
}
