//! Detects files with a header where raw samples are expected, so that the header is not read as samples.

use super::Read;
use std::io;

/// The format of a file of `size` bytes if its first bytes are the signature of a known container: "a WAV".
///
/// The signatures are too long to occur by chance.
pub fn container(file: &mut dyn Read, size: u64) -> io::Result<Option<&'static str>> {
    let mut head = [0; 265];
    let head = &mut head[..size.min(265) as usize];
    file.read(0, head)?;
    let form = |mark: &[u8], kinds: &[&[u8]]| {
        head.starts_with(mark) && head.get(8..12).is_some_and(|kind| kinds.contains(&kind))
    };
    let wav = ["RIFF", "RIFX", "RF64", "BW64"].iter().any(|mark| form(mark.as_bytes(), &[b"WAVE"]));
    Ok(match () {
        () if wav => Some("a WAV"),
        () if form(b"FORM", &[b"AIFF", b"AIFC"]) => Some("an AIFF"),
        () if head.starts_with(b"fLaC\0\0\0\x22") => Some("a FLAC"),
        () if head.starts_with(b"OggS\0\x02") => Some("an Ogg"),
        () if head.get(257..262) == Some(b"ustar") => Some("a tar archive"),
        () if head.starts_with(b"\xfd7zXZ\0") => Some("compressed (xz)"),
        () if head.starts_with(b"\x1f\x8b\x08\0\0\0\0\0") => Some("compressed (gzip)"),
        () if head.starts_with(b"PK\x03\x04") && head.get(5) == Some(&0) => Some("a zip archive"),
        () => None,
    })
}
