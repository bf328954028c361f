//! The encoder delay of Matroska (CodecDelay), which Symphonia's reader does not remove.

use super::front::Front;
use super::mp4::Heard;

/// Maximum offset of the track descriptions.
const MOST: usize = 1 << 20;
/// Maximum offset of the segment header.
const MOST_HEAD: usize = 4 << 10;
const NANOSECONDS: u32 = 1_000_000_000;

/// Whether these are the first bytes of a Matroska or WebM file.
pub fn is_mkv(head: &[u8]) -> bool {
    head.starts_with(b"\x1a\x45\xdf\xa3")
}

/// The delay of each track. The end is known only to the millisecond, and is not trimmed.
pub fn heard(source: &mut Front) -> Vec<Heard> {
    let Ok(file) = source.peek(0, MOST) else { return Vec::new() };
    let inside = |body, id| elements(body).find(|(n, _)| *n == id).map(|(_, inner)| inner);
    let tracks = inside(&file[..], 0x1853_8067).and_then(|segment| inside(segment, 0x1654_ae6b));
    let entries = elements(tracks.unwrap_or_default()).filter(|(id, _)| *id == 0xae);
    entries
        .filter_map(|(_, entry)| {
            let (track, start) = (number(inside(entry, 0xd7)?)?, number(inside(entry, 0x56aa)?)?);
            let track = u32::try_from(track).ok()?;
            (start > 0).then_some(Heard { track, scale: NANOSECONDS, start, end: None })
        })
        .collect()
}

/// The end of the segment as claimed by its header; a live stream has none.
pub fn claimed_end(source: &mut Front) -> Option<u64> {
    let file = source.peek(0, MOST_HEAD).ok()?;
    let mut rest = &file[..];
    loop {
        let (id, body) = coded(rest, true)?;
        let (size, body) = coded(body, false)?;
        let begin = (file.len() - body.len()) as u64;
        if id == 0x1853_8067 {
            return begin.checked_add(size);
        }
        rest = body.get(usize::try_from(size).ok()?..)?;
    }
}

/// The child elements of a body, as far as they exist.
fn elements(mut body: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        let (id, rest) = coded(body, true)?;
        let (size, rest) = coded(rest, false)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        let (inner, after) = rest.split_at(size);
        body = after;
        Some((id, inner))
    })
}

/// A variable-length integer, whose leading zero bits give its length; an identifier keeps the marker bit. A size of
/// all ones is unknown.
fn coded(bytes: &[u8], identifier: bool) -> Option<(u64, &[u8])> {
    let first = *bytes.first()?;
    let width = first.leading_zeros() as usize + 1;
    let value = number(bytes.get(..width).filter(|_| width <= 8)?)?;
    let mask = (1_u64 << (7 * width)) - 1;
    let value = match value & mask {
        _ if identifier => value,
        ones if ones == mask => u64::MAX,
        size => size,
    };
    Some((value, &bytes[width..]))
}

fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
