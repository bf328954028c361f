//! What stands before the samples of a WAV: RIFF, RIFX, and RF64 and BW64 for more than 4 GiB.

use super::super::track::MOST_CHANNELS;
use super::samples::{Encoding, Kind};
use std::io::{self, ErrorKind, Read};

/// A source whose bytes can be passed over.
pub trait Chunks: Read {
    fn pass(&mut self, n: u64) -> io::Result<()>;
}

impl Chunks for &[u8] {
    fn pass(&mut self, n: u64) -> io::Result<()> {
        *self = usize::try_from(n).ok().and_then(|n| self.get(n..)).unwrap_or_default();
        Ok(())
    }
}

/// Where the samples are, and how they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub rate: u32,
    pub channels: usize,
    pub encoding: Encoding,
    /// The first byte of the first sample.
    pub start: u64,
    /// Bytes of samples, if the header knows.
    pub bytes: Option<u64>,
}

impl Layout {
    /// Bytes a frame.
    pub fn frame(&self) -> usize {
        self.channels * self.encoding.bytes
    }

    /// Frames, if the header knows.
    pub fn frames(&self) -> Option<u64> {
        self.bytes.map(|bytes| bytes / self.frame() as u64)
    }
}

/// What the beginning of a file is.
#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    /// Plain samples in a WAV.
    Plain(Layout),
    /// A WAV that only the general reader may know, or nobody.
    Other,
    /// A WAV that the general reader does not know either.
    Refused(String),
}

struct Form {
    big_endian: bool,
    /// Sizes are in a chunk `ds64`.
    long: bool,
}

impl Form {
    fn of(head: &[u8; 12]) -> Option<Self> {
        let (big_endian, long) = match &head[..4] {
            b"RIFF" => (false, false),
            b"RIFX" => (true, false),
            b"RF64" | b"BW64" => (false, true),
            _ => return None,
        };
        (&head[8..] == b"WAVE").then_some(Self { big_endian, long })
    }

    fn u16(&self, b: &[u8]) -> u16 {
        if self.big_endian { u16::from_be_bytes([b[0], b[1]]) } else { u16::from_le_bytes([b[0], b[1]]) }
    }

    fn u32(&self, b: &[u8]) -> u32 {
        let bytes = [b[0], b[1], b[2], b[3]];
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

/// Whether these are the first bytes of a WAV.
pub fn is_wav(head: &[u8]) -> bool {
    head.first_chunk().is_some_and(|head| Form::of(head).is_some())
}

/// Reads up to the first sample.
///
/// # Errors
/// Those of the source.
pub fn read(source: &mut impl Chunks) -> io::Result<Header> {
    match chunks(source) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(Header::Other),
        header => header,
    }
}

fn chunks(source: &mut impl Chunks) -> io::Result<Header> {
    let mut head = [0; 12];
    source.read_exact(&mut head)?;
    let Some(form) = Form::of(&head) else { return Ok(Header::Other) };
    let riff = u64::from(form.u32(&head[4..]));
    let (mut at, mut format, mut long) = (12, None, None);
    loop {
        let mut chunk = [0; 8];
        source.read_exact(&mut chunk)?;
        let size = form.u32(&chunk[4..]);
        at += 8;
        let mut body = [0; 40];
        let mut read = 0;
        match &chunk[..4] {
            b"fmt " => {
                read = body.len().min(size as usize);
                source.read_exact(&mut body[..read])?;
                format = Some(layout(&form, &body[..read]));
            }
            b"ds64" if form.long && size >= 28 => {
                read = 28;
                source.read_exact(&mut body[..read])?;
                long = body[8..16].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
            }
            b"data" => {
                return Ok(match format {
                    Some(Header::Plain(layout)) => {
                        Header::Plain(Layout { start: at, bytes: data(size, long, riff, at), ..layout })
                    }
                    Some(header) => header,
                    None => {
                        Header::Refused("its samples come before a chunk that says what they are".to_owned())
                    }
                });
            }
            _ => {}
        }
        // a chunk of an odd number of bytes is followed by one more
        let whole = u64::from(size) + u64::from(size & 1);
        source.pass(whole - read as u64)?;
        at += whole;
    }
}

/// The bytes of samples. Who writes to a pipe or dies while recording leaves 0 or some great number.
fn data(size: u32, long: Option<u64>, riff: u64, at: u64) -> Option<u64> {
    match (size, long) {
        (u32::MAX, Some(long)) => Some(long).filter(|long| !matches!(*long, 0 | u64::MAX)),
        // nearly 2 or 4 GiB
        (size, _) if [0x7fff_ffff, u32::MAX].iter().any(|end| size <= *end && end - size < 8192) => None,
        // the file as a whole was to end here
        (0, _) if riff + 8 <= at => None,
        (size, _) => Some(u64::from(size)),
    }
}

/// What the chunk `fmt ` says.
fn layout(form: &Form, body: &[u8]) -> Header {
    if body.len() < 16 {
        return Header::Refused(format!("what says how its samples lie has {} bytes of 16", body.len()));
    }
    let [mut tag, channels, frame, bits] = [0, 2, 12, 14].map(|at| usize::from(form.u16(&body[at..])));
    let rate = form.u32(&body[4..]);
    let extensible = tag == 0xfffe;
    if extensible {
        let known = body.len() == 40 && (&body[28..] == STANDARD || &body[28..] == AMBISONIC);
        tag = if known { form.u32(&body[24..]) as usize } else { 0 };
    }
    if channels == 0 || channels > MOST_CHANNELS || rate == 0 {
        return Header::Refused(format!("its header says {channels} channels at {rate} Hz"));
    }
    let exact = bits.div_ceil(8);
    // where a frame is wider than its samples, these lie in wider boxes
    let boxed = if frame % channels == 0 && (exact..=8).contains(&(frame / channels)) {
        frame / channels
    } else {
        exact
    };
    let (kind, bytes) = match (tag, bits, boxed) {
        (1, 1..=8, 1) => (Kind::Unsigned, 1),
        // the standard has the high bits filled, but no program writes 24 bits so without the extensible form
        (1, 24, 4) if !extensible => (Kind::Low24, 4),
        (1, 1..=64, 2..=8) => (Kind::Signed, boxed),
        (3, 32 | 64, _) => (Kind::Float, exact),
        (1 | 3, ..) => return Header::Refused(format!("its samples have {bits} bits")),
        // the general reader knows RIFF only
        _ if form.long || form.big_endian => {
            return Header::Refused(format!("its samples are coded (format {tag:#x}), not plain numbers"));
        }
        _ => return Header::Other,
    };
    let encoding = Encoding { kind, bytes, big_endian: form.big_endian };
    Header::Plain(Layout { rate, channels, encoding, start: 0, bytes: None })
}

/// The end of the identifiers that carry a format's number in front.
const STANDARD: &[u8] = b"\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
const AMBISONIC: &[u8] = b"\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\0\0\0";
