//! Lists the members of a tar archive by reading its headers only.

use super::Read;
use std::io::{self, ErrorKind};

/// Block size: headers, members and padding are multiples of it.
const BLOCK: u64 = 512;
/// Maximum size of a name or a list of extended attributes.
const LONGEST: u64 = 1 << 20;
/// Maximum number of headers that are read.
const MOST: usize = 1 << 20;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// The offset of its first byte in the archive.
    pub offset: u64,
    /// The number of its bytes that are in the file.
    pub size: u64,
}

/// The content of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// Its files, in the order of the archive.
    pub members: Vec<Member>,
    /// Claims of the headers that contradict the bytes.
    pub odd: Vec<String>,
}

/// Reads the headers of a tar archive of `size` bytes: ustar, pax (`path`, `size`) and GNU (long names, sizes beyond
/// 8 GiB). Links, folders and other special files are skipped.
///
/// # Errors
/// Those of the file; of kind [`ErrorKind::InvalidData`] if it is not a tar archive. A damaged header after intact
/// ones, and a truncated member, are reported in `odd`.
pub fn archive(file: &mut dyn Read, size: u64) -> io::Result<Archive> {
    let mut found = Archive::default();
    let (mut at, mut long) = (0u64, Long::default());
    for headers in 0.. {
        let mut head = [0; BLOCK as usize];
        if headers == MOST || at.checked_add(BLOCK).is_none_or(|end| end > size) {
            break;
        }
        file.read(at, &mut head)?;
        if head == [0; BLOCK as usize] {
            break;
        }
        let Some(claimed) = checked(&head).then(|| number(&head[124..136])).flatten() else {
            if headers == 0 {
                return Err(io::Error::new(ErrorKind::InvalidData, "is not a tar archive"));
            }
            found.odd.push(format!("a header is missing at byte {at}: the rest is not read"));
            break;
        };
        let begin = at + BLOCK;
        let kind = head[156];
        let claimed = match kind {
            b'x' | b'g' | b'L' | b'K' => claimed,
            _ => long.size.unwrap_or(claimed),
        };
        let there = claimed.min(size - begin);
        match kind {
            b'x' | b'L' => long.take(kind, &body(file, begin, there)?),
            // global attributes, and names of links
            b'g' | b'K' => {}
            _ => {
                let Long { name, sparse, .. } = std::mem::take(&mut long);
                let name = name.unwrap_or_else(|| short_name(&head));
                if matches!(kind, b'0' | 0 | b'7') && !sparse && !name.ends_with('/') {
                    if there < claimed {
                        found.odd.push(format!("{name} should have {claimed} bytes, and has {there}"));
                    }
                    found.members.push(Member { name, offset: begin, size: there });
                } else if sparse || kind == b'S' {
                    found.odd.push(format!("{name} is stored as a sparse file, which is not supported"));
                }
            }
        }
        match claimed.checked_next_multiple_of(BLOCK).and_then(|claimed| begin.checked_add(claimed)) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(found)
}

/// The extended attributes of a member.
#[derive(Default)]
struct Long {
    name: Option<String>,
    size: Option<u64>,
    sparse: bool,
}

impl Long {
    fn take(&mut self, kind: u8, body: &[u8]) {
        if kind == b'L' {
            self.name = Some(text(body));
            return;
        }
        // "28 path=recordings/rec.sigmf-data\n"
        let mut rest = body;
        while let Some(blank) = rest.iter().position(|b| *b == b' ') {
            let length = std::str::from_utf8(&rest[..blank]).ok().and_then(|digits| digits.parse().ok());
            let Some((length, record)) =
                length.and_then(|length: usize| Some((length, rest.get(blank + 1..length)?)))
            else {
                return;
            };
            let record = String::from_utf8_lossy(record);
            match record.trim_end_matches('\n').split_once('=') {
                Some(("path", path)) => self.name = Some(path.to_owned()),
                Some(("size", size)) => self.size = size.parse().ok(),
                Some((key, _)) if key.starts_with("GNU.sparse") => self.sparse = true,
                _ => {}
            }
            rest = &rest[length..];
        }
    }
}

fn body(file: &mut dyn Read, begin: u64, size: u64) -> io::Result<Vec<u8>> {
    let mut body = vec![0; size.min(LONGEST) as usize];
    file.read(begin, &mut body)?;
    Ok(body)
}

/// Whether a header's checksum is correct: the sum of its bytes, with the checksum field as spaces.
fn checked(head: &[u8; BLOCK as usize]) -> bool {
    let own = 148..156;
    let byte = |(at, byte): (usize, &u8)| if own.contains(&at) { b' ' } else { *byte };
    let bytes = || head.iter().enumerate().map(byte);
    let unsigned: u64 = bytes().map(u64::from).sum();
    // old programs summed signed bytes
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    let told = number(&head[own.clone()]);
    told.is_some_and(|told| told == unsigned || i64::try_from(told) == Ok(signed))
}

/// A number in octal digits, or in big-endian binary after a first byte of 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        return rest.iter().try_fold(0u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let digits = std::str::from_utf8(field).ok()?;
    let digits = digits.trim_matches(['\0', ' ']);
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn short_name(head: &[u8; BLOCK as usize]) -> String {
    let name = text(&head[..100]);
    match text(&head[345..500]) {
        // the GNU format has other fields there
        prefix if &head[257..263] == b"ustar\0" && !prefix.is_empty() => format!("{prefix}/{name}"),
        _ => name,
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
