//! What stands behind the samples of a WAV or an AIFF: chunks, tags, another recording, or more samples.

use super::super::tags;
use super::aiff;
use super::layout::{Bytes, Layout};
use super::wave;
use std::io;

/// Bytes that are looked at.
pub const LOOK: usize = 64 << 10;

/// Chunks that programs put behind samples.
const CHUNKS: &[&[u8; 4]] = &[
    b"LIST", b"list", b"INFO", b"id3 ", b"ID3 ", b"bext", b"cue ", b"smpl", b"inst", b"fact", b"JUNK",
    b"junk", b"PAD ", b"FLLR", b"iXML", b"aXML", b"axml", b"_PMX", b"umid", b"levl", b"afsp", b"AFAn",
    b"strc", b"acid", b"DISP", b"PEAK", b"LGWV", b"ResU", b"minf", b"elm1", b"regn", b"chna", b"auxi",
    b"r64m", b"plst", b"cart", b"NAME", b"AUTH", b"ANNO", b"(c) ", b"MARK", b"INST", b"COMT", b"APPL",
    b"CHAN",
];

/// Heads of recordings.
const FORMS: [&[u8; 4]; 5] = [b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM"];

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    End,
    /// So many bytes of a chunk, of a tag or of padding, and then something else.
    Pass(u64),
    /// Another recording.
    Another,
    /// The head, of so many bytes, of another chunk of samples, and how many bytes the chunk has.
    Data(u64, u64),
    /// More samples.
    Sound,
    /// Bytes that are nothing of that.
    Junk,
}

/// Tells it by what comes behind the end that is announced, or behind the chunks that follow there: `bytes` are the
/// next ones, and all there are if `ended`; `at` is where they lie. What is said is the same of a file and of a pipe.
pub fn next(bytes: &[u8], ended: bool, at: u64, layout: &Layout, chunks: bool) -> Next {
    // a chunk of an odd number of bytes is followed by one more, if the program kept to that
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
    // cut in their heads
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
    // a chunk of another name: one that the file's own size covers, or that ends where the file does
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

/// Where the chunk behind one of so many bytes begins, whose body begins at `at`: after a byte of padding, if that
/// is not missing.
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

/// Whether nothing but chunks that are known, or nothing, stands behind the samples.
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
