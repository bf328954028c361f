//! The header of an AIFF or AIFF-C.
//!
//! Symphonia refuses a COMM of unusual length, a form of size 0, and trailing data that is not a chunk. Therefore the
//! header is parsed here, and only compressed samples are left to Symphonia.

use super::super::track::MOST_CHANNELS;
use super::layout::{Bytes, Header, Layout, is_unknown};
use super::samples::{Encoding, Kind};
use super::tail;
use std::io;

const MOST_CHUNKS: usize = 100_000;

/// Whether these are the first bytes of an AIFF.
pub fn is_aiff(head: &[u8]) -> bool {
    head.starts_with(b"FORM") && matches!(head.get(8..12), Some(b"AIFF" | b"AIFC"))
}

/// Reads the chunks of an AIFF at byte `base`, in any order.
///
/// # Errors
/// Those of the source.
pub fn read(source: &mut impl Bytes, base: u64) -> io::Result<Header> {
    let head = source.at(base, 12)?;
    if !is_aiff(&head) {
        return Ok(Header::Other);
    }
    let end = base + 8 + u64::from(be32(&head, 4));
    let (mut at, mut common, mut sound) = (base + 12, None, None);
    for _ in 0..MOST_CHUNKS {
        let chunk = source.at(at, 8)?;
        if chunk.len() < 8 {
            break;
        }
        let size = be32(&chunk, 4);
        at += 8;
        match &chunk[..4] {
            b"COMM" if common.is_none() => common = Some(source.at(at, 22.min(size as usize))?),
            b"SSND" if sound.is_none() => sound = Some((at, size, source.at(at, 8)?)),
            _ => {}
        }
        if let (Some(common), Some((start, size, offset))) = (&common, &sound) {
            return Ok(layout(common, *start, *size, offset, end));
        }
        at = tail::after(source, at, u64::from(size))?;
    }
    Ok(match (common, sound) {
        (None, Some(_)) => Header::Refused("the format of its samples is not stated".to_owned()),
        _ => Header::Refused("it ends within its header".to_owned()),
    })
}

fn layout(common: &[u8], start: u64, size: u32, offset: &[u8], end: u64) -> Header {
    if common.len() < 18 {
        return Header::Refused(format!("its COMM chunk has {} bytes of 18", common.len()));
    }
    let channels = usize::from(u16::from_be_bytes([common[0], common[1]]));
    let frames = be32(common, 2);
    let bits = usize::from(u16::from_be_bytes([common[6], common[7]]));
    let rate = rate(&common[8..18]);
    if channels == 0 || channels > MOST_CHANNELS || rate == 0 {
        return Header::Refused(format!("its header states {channels} channels at {rate} Hz"));
    }
    let compression = common.get(18..22).unwrap_or(b"NONE");
    let exact = bits.div_ceil(8);
    let (kind, bytes, big_endian) = match compression {
        b"NONE" | b"twos" if (1..=8).contains(&exact) => (Kind::Signed, exact, true),
        b"sowt" if (1..=8).contains(&exact) => (Kind::Signed, exact, false),
        b"NONE" | b"twos" | b"sowt" => return Header::Refused(format!("its samples have {bits} bits")),
        b"raw " => (Kind::Unsigned, 1, true),
        b"in16" => (Kind::Signed, 2, true),
        b"in24" => (Kind::Signed, 3, true),
        b"in32" => (Kind::Signed, 4, true),
        b"42ni" => (Kind::Signed, 3, false),
        b"23ni" => (Kind::Signed, 4, false),
        b"fl32" | b"FL32" => (Kind::Float, 4, true),
        b"fl64" | b"FL64" => (Kind::Float, 8, true),
        b"alaw" | b"ALAW" => (Kind::ALaw, 1, true),
        b"ulaw" | b"ULAW" => (Kind::MuLaw, 1, true),
        coded => {
            let coded = String::from_utf8_lossy(coded).into_owned();
            return Header::Refused(format!("its samples are compressed ({coded}), which is not supported"));
        }
    };
    let skip = if offset.len() < 4 { 0 } else { u64::from(be32(offset, 0)) };
    let by_frames = u64::from(frames) * (channels * bytes) as u64;
    let by_chunk = u64::from(size).saturating_sub(8 + skip);
    // if one of the two is unknown, the other is used
    let (sizes, known) = match (is_unknown(size) || by_chunk == 0, frames) {
        (false, 0 | u32::MAX) => ([by_chunk, by_chunk], true),
        (false, _) => ([by_chunk.min(by_frames), by_chunk.max(by_frames)], true),
        (true, 0 | u32::MAX) => ([by_chunk, by_chunk], false),
        (true, _) => ([by_frames, by_frames], true),
    };
    Header::Plain(Layout {
        rate,
        channels,
        encoding: Encoding { kind, bytes, big_endian },
        start: start + 8 + skip,
        sizes,
        known,
        end,
        big_chunks: true,
    })
}

/// A rate as an 80-bit float with an explicit leading bit.
fn rate(bytes: &[u8]) -> u32 {
    let power = i32::from(u16::from_be_bytes([bytes[0], bytes[1]])) - 16_383;
    let fraction = bytes[2..].first_chunk().map_or(0, |b| u64::from_be_bytes(*b));
    // out of range for a rate
    if (0..32).contains(&power) { (fraction >> (63 - power)) as u32 } else { 0 }
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_be_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_eighty_bits() {
        assert_eq!(rate(b"\x40\x0e\xac\x44\0\0\0\0\0\0"), 44_100);
        assert_eq!(rate(b"\x40\x0b\xfa\0\0\0\0\0\0\0"), 8000);
        assert_eq!(rate(b"\x40\x10\xbb\x80\0\0\0\0\0\0"), 192_000);
        assert_eq!(rate(b"\x7f\xff\xff\xff\0\0\0\0\0\0"), 0);
        assert_eq!(rate(b"\0\0\0\0\0\0\0\0\0\0"), 0);
    }
}
