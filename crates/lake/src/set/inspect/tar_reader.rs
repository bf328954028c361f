//! Reads the files of a tar archive (POSIX ustar).

use super::shard::unread;
use passband_signal::{Fault, Result};
use std::io::Read;

const BLOCK: usize = 512;

/// Reads the name and content of the next file; `None` at the end.
pub fn next(input: &mut impl Read) -> Result<Option<(String, Vec<u8>)>> {
    let header = take(input, BLOCK as u64)?;
    if header.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let told = octal(&header[148..156]);
    let field = |place: usize| (148..156).contains(&place);
    // the checksum is computed with its own field as spaces
    let sum = header.iter().enumerate().map(|(at, byte)| if field(at) { 32 } else { u64::from(*byte) }).sum();
    let name = header[..100].split(|byte| *byte == 0).next().unwrap_or_default();
    let (Some(size), true, Ok(name)) = (octal(&header[124..136]), told == Some(sum), str::from_utf8(name))
    else {
        return Err(Fault::new("a header in the tar is damaged"));
    };
    let name = name.to_owned();
    let content = take(input, size)?;
    take(input, size.next_multiple_of(BLOCK as u64) - size)?;
    Ok(Some((name, content)))
}

/// Reads this many bytes; memory grows with the bytes read, not with the length claimed.
fn take(input: &mut impl Read, length: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    input.take(length).read_to_end(&mut bytes).map_err(unread)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(Fault::new("the tar is truncated")),
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok().filter(|size| *size < 1 << 36)
}
