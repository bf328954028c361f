//! Detects the format of a recording by its first bytes.

use super::fault;
use super::front::Front;
use super::mpeg;
use super::tags;
use crate::Result;
use std::io;

/// Maximum number of bytes searched for the first MPEG audio frame.
const MOST: u64 = 1 << 20;
/// Bytes searched in one step.
const PIECE: usize = 32 << 10;
/// Maximum number of consecutive tags.
const MOST_TAGS: usize = 64;

/// The reader of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FLAC, with the position of its marker.
    Flac(u64),
    /// MPEG audio, with the position of its first frame.
    Mpeg(u64),
    /// Symphonia's reader.
    Other,
}

/// The position after all leading tags.
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

/// Searches for FLAC and MPEG audio after tags and other leading data.
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
    // a tag may have a wrong size
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

/// Whether the file is a container with its own signature, which may contain MPEG audio frames.
fn is_container(head: &[u8]) -> bool {
    let marks: [&[u8]; 7] = [b"RIFF", b"RF64", b"FORM", b"OggS", b"caff", b"\x1a\x45\xdf\xa3", b"ADIF"];
    let mp4 = [&b"ftyp"[..], b"moov", b"mdat", b"free", b"skip", b"wide"];
    // AAC in ADTS has the sync word of MPEG audio, with layer 0
    let adts = matches!(head, [0xff, second, ..] if second & 0xf6 == 0xf0);
    adts || marks.iter().any(|mark| head.starts_with(mark))
        || head.get(4..8).is_some_and(|name| mp4.contains(&name))
}

/// The position of the first MPEG audio frame from `start` on.
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
