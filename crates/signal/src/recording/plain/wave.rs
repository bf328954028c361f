//! The header of a WAV: RIFF, RIFX, and RF64 and BW64 for more than 4 GiB.

use super::super::track::MOST_CHANNELS;
use super::layout::{Bytes, Header, Layout, is_unknown};
use super::samples::{Encoding, Kind};
use super::tail;
use std::io;

/// Maximum number of chunks that are skipped.
const MOST_CHUNKS: usize = 100_000;

struct Form {
    big_endian: bool,
    /// Whether sizes are in a chunk `ds64`.
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

/// Reads the chunks of a WAV at byte `base`, up to the first sample.
///
/// # Errors
/// Those of the source.
pub fn read(source: &mut impl Bytes, base: u64) -> io::Result<Header> {
    let head = source.at(base, 12)?;
    let Some(form) = head.first_chunk().and_then(Form::of) else { return Ok(Header::Other) };
    let end = base + 8 + u64::from(form.u32(&head[4..]));
    let (mut at, mut format, mut long) = (base + 12, None, None);
    for _ in 0..MOST_CHUNKS {
        let chunk = source.at(at, 8)?;
        if chunk.len() < 8 {
            break;
        }
        let size = form.u32(&chunk[4..]);
        at += 8;
        match &chunk[..4] {
            b"fmt " => format = Some(layout(&form, &source.at(at, 40.min(size as usize))?)),
            b"ds64" if form.long && size >= 28 => {
                let body = source.at(at, 28)?;
                long = body.get(8..16).and_then(|b| b.first_chunk()).map(|b| u64::from_le_bytes(*b));
            }
            b"data" => {
                return Ok(match format {
                    Some(Header::Plain(layout)) => {
                        let (size, known) = data(size, long);
                        let sizes = [size, size];
                        Header::Plain(Layout { start: at, sizes, known, end, ..layout })
                    }
                    Some(header) => header,
                    None => {
                        Header::Refused("its samples precede the chunk that states their format".to_owned())
                    }
                });
            }
            _ => {}
        }
        at = tail::after(source, at, u64::from(size))?;
    }
    Ok(Header::Refused("it ends within its header".to_owned()))
}

/// The claimed size of the samples in bytes, and whether the claim is a size: a program that writes to a pipe or is
/// killed leaves 0 or a large number.
fn data(size: u32, long: Option<u64>) -> (u64, bool) {
    match (size, long) {
        (u32::MAX, Some(long)) => (long, !matches!(long, 0 | u64::MAX)),
        (size, _) => (u64::from(size), !is_unknown(size)),
    }
}

/// Parses the chunk `fmt `.
fn layout(form: &Form, body: &[u8]) -> Header {
    if body.len() < 16 {
        return Header::Refused(format!("its fmt chunk has {} bytes of 16", body.len()));
    }
    let [mut tag, channels, frame, bits] = [0, 2, 12, 14].map(|at| usize::from(form.u16(&body[at..])));
    let rate = form.u32(&body[4..]);
    let extensible = tag == 0xfffe;
    if extensible {
        let known = body.len() == 40 && (&body[28..] == STANDARD || &body[28..] == AMBISONIC);
        tag = if known { form.u32(&body[24..]) as usize } else { 0 };
    }
    if channels == 0 || channels > MOST_CHANNELS || rate == 0 {
        return Header::Refused(format!("its header states {channels} channels at {rate} Hz"));
    }
    let exact = bits.div_ceil(8);
    // if a frame is larger than its samples, their containers are larger
    let boxed = if frame % channels == 0 && (exact..=8).contains(&(frame / channels)) {
        frame / channels
    } else {
        exact
    };
    let (kind, bytes) = match (tag, bits, boxed) {
        (1, 1..=8, 1) => (Kind::Unsigned, 1),
        // the standard is left-justified, but without the extensible form programs write 24 bits right-justified
        (1, 24, 4) if !extensible => (Kind::Low24, 4),
        (1, 1..=64, 2..=8) => (Kind::Signed, boxed),
        (3, 32 | 64, _) => (Kind::Float, exact),
        (1 | 3, ..) => return Header::Refused(format!("its samples have {bits} bits")),
        (6, 8, 1) => (Kind::ALaw, 1),
        (7, 8, 1) => (Kind::MuLaw, 1),
        // Symphonia reads RIFF only
        _ if form.long || form.big_endian => {
            return Header::Refused(format!(
                "its samples are compressed (format {tag:#x}), which is not supported"
            ));
        }
        _ => return Header::Other,
    };
    let encoding = Encoding { kind, bytes, big_endian: form.big_endian };
    Header::Plain(Layout { rate, channels, encoding, big_chunks: form.big_endian, ..Layout::default() })
}

/// The suffix of GUIDs that begin with a format tag.
const STANDARD: &[u8] = b"\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
const AMBISONIC: &[u8] = b"\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\0\0\0";
