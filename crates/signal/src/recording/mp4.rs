//! Encoder delay and padding of MP4: the edit list, or Apple's gapless metadata (`iTunSMPB`).
//!
//! AAC encoders add silence before and after, with its length in the file. Symphonia's reader does not remove it.

use super::front::Front;
use std::io;
use std::ops::Range;
use symphonia::core::io::MediaSource;

/// Maximum size of a `moov` that is read.
const MOST: u64 = 32 << 20;

/// The audible part of a track, in its own ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub track: u32,
    /// Ticks per second.
    pub scale: u32,
    pub start: u64,
    pub end: Option<u64>,
}

/// Whether these are the first bytes of an MP4.
pub fn is_mp4(head: &[u8]) -> bool {
    matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide"))
}

/// How to read an MP4.
pub struct Plan {
    /// The trims of all tracks; empty if nothing is trimmed, or if the file is damaged, which Symphonia's reader
    /// reports.
    pub heard: Vec<Heard>,
    /// The audio data precedes the index, in a pipe that is too long to buffer.
    pub out_of_reach: bool,
}

/// Searches for the index. A pipe is buffered if the reader may have to seek: the index may follow the audio data, and
/// chunks may be in any order. Only fragments (`mvex`) are in order of time, and can be streamed while they are
/// recorded: these are read sequentially.
pub fn plan(source: &mut Front) -> io::Result<Plan> {
    let Some((moov, in_front)) = moov(source)? else {
        return Ok(Plan { heard: Vec::new(), out_of_reach: !source.is_seekable() });
    };
    if in_front {
        match boxes(&moov).any(|(name, _)| &name == b"mvex") {
            true => source.show_as_pipe(),
            false => {
                source.keep_all()?;
                source.hide_end();
            }
        }
    }
    Ok(Plan { heard: heard(&moov), out_of_reach: false })
}

fn heard(moov: &[u8]) -> Vec<Heard> {
    let of = |name: &[u8; 4]| boxes(moov).find(|(n, _)| n == name).map(|(_, body)| body);
    let scale = of(b"mvhd").and_then(|mvhd| Some(time_of(mvhd)?.0));
    let note = of(b"udta").and_then(gapless);
    let traks = boxes(moov).filter(|(name, _)| name == b"trak");
    traks.filter_map(|(_, trak)| track(trak, scale.unwrap_or(0), note.as_ref())).collect()
}

/// The body of the box `moov`, and whether it precedes the audio data.
fn moov(source: &mut Front) -> io::Result<Option<(Vec<u8>, bool)>> {
    let (mut at, mut in_front) = (0_u64, true);
    // a file has few boxes before `moov`
    for _ in 0..64 {
        // a damaged size also points far away
        if at > MOST && !source.keep_all()? || source.byte_len().is_some_and(|len| at >= len) {
            break;
        }
        let head = source.peek(at, 16)?;
        let Some((name, size, header)) = header(&head) else { break };
        match &name {
            b"moov" => {
                let Some(body) = size.checked_sub(header).filter(|n| *n <= MOST) else { break };
                return Ok(Some((source.peek(at + header, body as usize)?, in_front)));
            }
            b"mdat" | b"moof" => {
                in_front = false;
                if !source.keep_all()? {
                    break;
                }
            }
            _ => {}
        }
        let Some(next) = at.checked_add(size.max(8)) else { break };
        at = next;
    }
    // the rest of a pipe may still be needed
    source.keep_all()?;
    Ok(None)
}

/// Name, size and length of the header of a box.
fn header(bytes: &[u8]) -> Option<([u8; 4], u64, u64)> {
    let name = bytes.get(4..8)?.first_chunk().copied()?;
    match be32(bytes, 0)? {
        0 => Some((name, u64::MAX, 8)),
        1 => Some((name, be64(bytes, 8)?, 16)),
        n => Some((name, u64::from(n), 8)),
    }
}

/// The boxes in a body.
fn boxes(mut body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, size, header) = header(body)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(body.len());
        let inner = body.get(header as usize..size)?;
        body = &body[size..];
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
    // an edit at -1 is leading silence: the recording begins after it
    edits.retain(|(_, start)| *start >= 0);
    let (start, end) = match edits[..] {
        [] => note.map(|note| (note.start, Some(note.end)))?,
        [(length, start)] => {
            let end = (start as u64).checked_add(ticks(length, movie_scale, scale))?;
            // if the movie's time scale is too coarse for the last sample, the track's length is exact
            let coarse = u64::from(scale / movie_scale.max(1));
            let near = whole > 0 && end.abs_diff(whole) <= coarse;
            (start as u64, Some(if near { whole } else { end }).filter(|_| length > 0))
        }
        // several edits: only the beginning is trimmed
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

/// `iTunSMPB`: hexadecimal text with the delay, the padding and the number of samples between.
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
