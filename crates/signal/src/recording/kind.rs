//! What a recording is, by its first bytes.

use super::fault;
use super::front::Front;
use super::mpeg;
use super::tags;
use crate::Result;
use std::io;

/// Bytes in which the first frame of MPEG audio is sought.
const MOST: u64 = 1 << 20;
/// Bytes that are looked at for it at once.
const PIECE: usize = 32 << 10;
/// Tags that may stand one behind the other.
const MOST_TAGS: usize = 64;

/// Who cuts a file into packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FLAC whose mark lies at this byte.
    Flac(u64),
    /// MPEG audio whose first frame lies at this byte.
    Mpeg(u64),
    /// The general reader.
    Other,
}

/// The byte behind all tags in front.
pub fn behind_tags(source: &mut Front) -> io::Result<u64> {
    let mut at = 0_u64;
    for _ in 0..MOST_TAGS {
        let head = source.peek(at, 16)?;
        let Some(size) = tags::size(&source.peek(at, tags::wanted(&head))?) else { break };
        at = at.saturating_add(size);
        if source.peek(at, 1)?.is_empty() {
            break;
        }
    }
    Ok(at)
}

/// Looks for FLAC and for frames of MPEG audio, behind tags and what else stands in front of them.
pub fn of(source: &mut Front, name: &str) -> Result<Kind> {
    let fail = |e: io::Error| fault::io(name, &e);
    let start = behind_tags(source).map_err(fail)?;
    let head = source.peek(start, 12).map_err(fail)?;
    if head.starts_with(b"fLaC") {
        return Ok(Kind::Flac(start));
    }
    if is_container(&head) {
        return Ok(Kind::Other);
    }
    if let Some(at) = mpeg(source, start).map_err(fail)? {
        return Ok(Kind::Mpeg(at));
    }
    // the size of a tag may be wrong
    if start > 0
        && let Some(at) = mpeg(source, 10).map_err(fail)?
    {
        return Ok(Kind::Mpeg(at));
    }
    if mpeg::is_free(&head) {
        return Err(fault::codec(name, "MPEG audio of free bit rate"));
    }
    Ok(Kind::Other)
}

/// Containers with marks of their own, in which frames of MPEG audio may lie too.
fn is_container(head: &[u8]) -> bool {
    let marks: [&[u8]; 7] = [b"RIFF", b"RF64", b"FORM", b"OggS", b"caff", b"\x1a\x45\xdf\xa3", b"ADIF"];
    let mp4 = [&b"ftyp"[..], b"moov", b"mdat", b"free", b"skip", b"wide"];
    // AAC in ADTS has the mark of MPEG audio and no layer
    let adts = matches!(head, [0xff, second, ..] if second & 0xf6 == 0xf0);
    adts || marks.iter().any(|mark| head.starts_with(mark))
        || head.get(4..8).is_some_and(|name| mp4.contains(&name))
}

/// Where frames of MPEG audio begin, at `start` or behind it.
fn mpeg(source: &mut Front, start: u64) -> io::Result<Option<u64>> {
    let mut at = start;
    while at < start + MOST {
        // a frame has less than 3 kB
        let bytes = source.peek(at, PIECE + 16_384)?;
        let ended = bytes.len() < PIECE + 16_384;
        let most = if ended { bytes.len() } else { PIECE };
        let need = |place: usize| if at == start && place == 0 { 2 } else { 4 };
        let found =
            (0..most).find(|place| bytes[*place] == 0xff && mpeg::run(&bytes, *place, ended) >= need(*place));
        if let Some(place) = found {
            return Ok(Some(at + place as u64));
        }
        if ended {
            break;
        }
        at += PIECE as u64;
    }
    Ok(None)
}
