//! Classifies the data after the samples of a WAV or an AIFF: chunks, tags, another recording, or more samples.

use super::super::tags;
use super::aiff;
use super::layout::{Bytes, Layout};
use super::wave;
use std::io;

/// Number of bytes that are examined.
pub const LOOK: usize = 64 << 10;

/// Chunks that programs write after samples.
const CHUNKS: &[&[u8; 4]] = &[
    b"LIST", b"list", b"INFO", b"id3 ", b"ID3 ", b"bext", b"cue ", b"smpl", b"inst", b"fact", b"JUNK",
    b"junk", b"PAD ", b"FLLR", b"iXML", b"aXML", b"axml", b"_PMX", b"umid", b"levl", b"afsp", b"AFAn",
    b"strc", b"acid", b"DISP", b"PEAK", b"LGWV", b"ResU", b"minf", b"elm1", b"regn", b"chna", b"auxi",
    b"r64m", b"plst", b"cart", b"NAME", b"AUTH", b"ANNO", b"(c) ", b"MARK", b"INST", b"COMT", b"APPL",
    b"CHAN",
];

/// Signatures of recordings.
const FORMS: [&[u8; 4]; 5] = [b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM"];

/// The data that follows.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    End,
    /// A chunk, a tag or padding of this size, after which the next data is classified.
    Pass(u64),
    /// Another recording.
    Another,
    /// Another chunk of samples: the size of its header, and of its body.
    Data(u64, u64),
    /// More samples.
    Sound,
    /// Other bytes.
    Junk,
}

/// Classifies the data after the claimed end, or after chunks that follow it: `bytes` are the next bytes, and all
/// remaining bytes if `ended`; `at` is their position. The result is the same for a file and a pipe.
pub fn next(bytes: &[u8], ended: bool, at: u64, layout: &Layout, chunks: bool) -> Next {
    // a chunk of odd size should be followed by a padding byte
    let odd = !chunks && layout.known && layout.sizes[0] & 1 == 1;
    if bytes.is_empty() || odd && bytes.len() == 1 && ended {
        return Next::End;
    }
    let starts = |from: usize| begins(bytes.get(from..).unwrap_or_default(), ended, at + from as u64, layout);
    match (odd, starts(0), starts(1)) {
        (true, None, Some(_)) => return Next::Pass(1),
        (_, Some(next), _) => return next,
        _ => {}
    }
    let zeros = ended && bytes.iter().all(|b| *b == 0);
    match (chunks, layout.known) {
        (false, true) if ended && (zeros || bytes.len() < layout.frame()) => Next::Junk,
        (false, _) => Next::Sound,
        (true, _) if zeros => Next::End,
        (true, _) => Next::Junk,
    }
}

/// A chunk, a tag or a recording that begins here.
fn begins(bytes: &[u8], ended: bool, at: u64, layout: &Layout) -> Option<Next> {
    if wave::is_wav(bytes) || aiff::is_aiff(bytes) {
        return Some(Next::Another);
    }
    let name = bytes.first_chunk::<4>()?;
    // with truncated headers
    if ended && (bytes.len() < 12 && FORMS.contains(&name) || bytes.len() < 8 && CHUNKS.contains(&name)) {
        return Some(Next::Junk);
    }
    let chunk = |bytes: &[u8]| {
        let size = *bytes.get(4..8)?.first_chunk()?;
        Some(u64::from(if layout.big_chunks { u32::from_be_bytes(size) } else { u32::from_le_bytes(size) }))
    };
    let size = chunk(bytes)?;
    let data = if layout.big_chunks { b"SSND" } else { b"data" };
    if name == data {
        return Some(Next::Data(8, size));
    }
    if CHUNKS.contains(&name) {
        return Some(Next::Pass(8 + size + (size & 1)));
    }
    if let Some(size) = tags::size(bytes) {
        return Some(Next::Pass(size));
    }
    // a chunk of another name, within the claimed file size or up to the end of the file
    let printable = |name: &[u8]| name.iter().all(|b| matches!(b, b' '..=b'~'));
    let mut from = 0_u64;
    while let Some(rest) = usize::try_from(from).ok().and_then(|from| bytes.get(from..)) {
        if rest.is_empty() && ended || rest.len() == 1 && ended && rest[0] == 0 {
            return Some(Next::Pass(8 + size + (size & 1)));
        }
        if rest.len() < 8 || !printable(&rest[..4]) {
            return None;
        }
        let size = chunk(rest)?;
        from += 8 + size;
        if at + from <= layout.end && layout.known && layout.end > at {
            return Some(Next::Pass(8 + size + (size & 1)));
        }
        from += size & 1;
    }
    (ended && from == bytes.len() as u64 + 1).then_some(Next::Pass(8 + size + (size & 1)))
}

/// The start of the chunk after one whose body of this size begins at `at`: after a padding byte, unless it is missing.
pub fn after(source: &mut impl Bytes, at: u64, size: u64) -> io::Result<u64> {
    let end = at.saturating_add(size);
    if size & 1 == 0 {
        return Ok(end);
    }
    let names = [&b"data"[..], b"fmt ", b"SSND", b"COMM", b"FVER"];
    let known = |name: &[u8]| names.contains(&name) || CHUNKS.iter().any(|chunk| name == *chunk);
    let next = source.at(end, 5)?;
    let missing = next.len() == 5 && known(&next[..4]) && !known(&next[1..]);
    Ok(if missing { end } else { end + 1 })
}

/// Whether only known chunks, or nothing, follow the samples.
pub fn is_plain(mut bytes: &[u8], layout: &Layout) -> bool {
    if layout.sizes[0] & 1 == 1 && !bytes.is_empty() {
        bytes = &bytes[1..];
    }
    loop {
        match bytes.first_chunk::<4>() {
            None => return bytes.is_empty(),
            Some(name) if CHUNKS.contains(&name) => match begins(bytes, true, 0, layout) {
                Some(Next::Pass(size)) => {
                    bytes = usize::try_from(size).ok().and_then(|size| bytes.get(size..)).unwrap_or_default();
                }
                _ => return false,
            },
            Some(_) => return false,
        }
    }
}
