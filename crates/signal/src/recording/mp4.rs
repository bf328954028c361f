//! What an MP4 says about the sound in it that is to be heard: the edit list, or Apple's gapless note.
//!
//! An encoder of AAC puts silence before and after, and the file says how much. The general reader gives it all.

use super::front::Front;
use std::ops::Range;

/// A `moov` of more bytes is not looked at.
const MOST: usize = 32 << 20;

/// The part of a track that is to be heard, in its own ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub track: u32,
    /// Ticks a second.
    pub scale: u32,
    pub start: u64,
    pub end: Option<u64>,
}

/// Whether these are the first bytes of an MP4.
pub fn is_mp4(head: &[u8]) -> bool {
    matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide"))
}

/// What every track of the file says; nothing where nothing is cut, or where the file is damaged so early that
/// the general reader is to tell of it.
pub fn heard(source: &mut Front) -> Vec<Heard> {
    moov(source).map_or_else(Vec::new, |moov| {
        let of = |name: &[u8; 4]| boxes(&moov).find(|(n, _)| n == name).map(|(_, body)| body);
        let scale = of(b"mvhd").and_then(|mvhd| Some(time_of(mvhd)?.0));
        let note = of(b"udta").and_then(gapless);
        let traks = boxes(&moov).filter(|(name, _)| name == b"trak");
        traks.filter_map(|(_, trak)| track(trak, scale.unwrap_or(0), note.as_ref())).collect()
    })
}

/// The body of the box `moov`, wherever it lies.
fn moov(source: &mut Front) -> Option<Vec<u8>> {
    let mut at = 0_u64;
    // a file is a few boxes, or one for each of its fragments after `moov`
    for _ in 0..64 {
        let head = source.peek(at, 16).ok()?;
        let size = u64::from(be32(&head, 0)?);
        let (size, header) = match size {
            0 => (u64::MAX, 8),
            1 => (be64(&head, 8)?, 16),
            n => (n, 8),
        };
        if head.get(4..8)? == b"moov" {
            let body = usize::try_from(size.checked_sub(header)?).ok().filter(|n| *n <= MOST)?;
            return source.peek(at + header, body).ok();
        }
        at = at.checked_add(size.max(8))?;
    }
    None
}

/// The boxes that follow each other in a body.
fn boxes(mut body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = be32(body, 0)? as usize;
        let name = body.get(4..8)?.first_chunk().copied()?;
        let (size, header) = match size {
            0 => (body.len(), 8),
            1 => (usize::try_from(be64(body, 8)?).ok()?, 16),
            n => (n, 8),
        };
        let inner = body.get(header..size.min(body.len()))?;
        body = &body[size.min(body.len())..];
        Some((name, inner))
    })
}

fn inside<'b>(body: &'b [u8], path: &[&[u8; 4]]) -> Option<&'b [u8]> {
    path.iter().try_fold(body, |body, name| boxes(body).find(|(n, _)| n == *name).map(|(_, inner)| inner))
}

fn track(trak: &[u8], movie_scale: u32, note: Option<&Range<u64>>) -> Option<Heard> {
    let tkhd = inside(trak, &[b"tkhd"])?;
    let track = be32(tkhd, if tkhd.first()? == &1 { 20 } else { 12 })?;
    let (scale, whole) = time_of(inside(trak, &[b"mdia", b"mdhd"])?)?;
    let mut edits = inside(trak, &[b"edts", b"elst"]).map_or_else(Vec::new, edits);
    // an edit at -1 is silence put before: the recording begins after it
    edits.retain(|(_, start)| *start >= 0);
    let (start, end) = match edits[..] {
        [] => note.map(|note| (note.start, Some(note.end)))?,
        [(length, start)] => {
            let end = (start as u64).checked_add(ticks(length, movie_scale, scale))?;
            // the movie's clock may be too coarse to tell the last sample; the track's length is exact then
            let coarse = u64::from(scale / movie_scale.max(1));
            let near = whole > 0 && end.abs_diff(whole) <= coarse;
            (start as u64, Some(if near { whole } else { end }).filter(|_| length > 0))
        }
        // put together from pieces: where it begins is all that can be kept
        [(_, start), ..] => (start as u64, None),
    };
    (start > 0 || end.is_some()).then_some(Heard { track, scale, start, end })
}

fn ticks(length: u64, from: u32, to: u32) -> u64 {
    (u128::from(length) * u128::from(to) / u128::from(from.max(1))) as u64
}

/// The scale and the length in `mvhd` and `mdhd`.
fn time_of(body: &[u8]) -> Option<(u32, u64)> {
    match body.first()? {
        1 => Some((be32(body, 20)?, be64(body, 24)?)),
        _ => Some((be32(body, 12)?, u64::from(be32(body, 16)?))),
    }
}

/// Length and start of each edit.
fn edits(elst: &[u8]) -> Vec<(u64, i64)> {
    let (long, count) = (elst.first() == Some(&1), be32(elst, 4).unwrap_or(0));
    let width = if long { 20 } else { 12 };
    let rows = elst.get(8..).unwrap_or_default().chunks_exact(width).take(count as usize);
    rows.filter_map(|row| {
        if long {
            Some((be64(row, 0)?, be64(row, 8)? as i64))
        } else {
            Some((u64::from(be32(row, 0)?), i64::from(be32(row, 4)? as i32)))
        }
    })
    .collect()
}

/// `iTunSMPB`: in text and base 16, the samples put before, those put after, and those between.
fn gapless(udta: &[u8]) -> Option<Range<u64>> {
    let name = b"iTunSMPB";
    let at = udta.windows(name.len()).position(|window| window == name)? + name.len();
    let value = udta.get(at + 16..)?;
    let text = value.split(|b| !(b.is_ascii_hexdigit() || *b == b' ')).next()?;
    let mut numbers = std::str::from_utf8(text).ok()?.split_ascii_whitespace().skip(1);
    let mut next = || u64::from_str_radix(numbers.next()?, 16).ok();
    let (before, _after, between) = (next()?, next()?, next()?);
    Some(before..before.checked_add(between)?)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_be_bytes(*b))
}
