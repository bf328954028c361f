//! The metadata of a FLAC, taken away: a bad picture or cue sheet is no reason to refuse the sound.

use super::front::Front;
use std::io;

/// Blocks of metadata that are passed over.
const MOST_BLOCKS: usize = 100_000;

/// Puts before the first packet only what reading and seeking need, and tells how many bytes the packets have, if
/// the source knows its length. What is no FLAC, or where no packet follows, is left as it is.
pub fn strip(mut source: Front) -> io::Result<(Front, Option<u64>)> {
    match beginning(&mut source)? {
        Some((head, at)) => {
            let source = source.replace(head, at)?;
            let packets = source.whole().map(|whole| whole.saturating_sub(at));
            Ok((source, packets))
        }
        None => Ok((source, None)),
    }
}

/// The metadata that is kept, and where the first packet begins.
fn beginning(source: &mut Front) -> io::Result<Option<(Vec<u8>, u64)>> {
    let mut head = b"fLaC".to_vec();
    if source.peek(0, 4)? != head {
        return Ok(None);
    }
    let (mut at, mut newest) = (4, 0);
    for _ in 0..MOST_BLOCKS {
        let block = source.peek(at, 4)?;
        let [kind, a, b, c] = block[..] else { return Ok(None) };
        let size = u32::from_be_bytes([0, a, b, c]);
        at += 4;
        // what the stream is, and the table of places
        if matches!(kind & 0x7f, 0 | 3) {
            newest = head.len();
            head.extend([kind & 0x7f, a, b, c]);
            head.extend(source.peek(at, size as usize)?);
        }
        at += u64::from(size);
        if kind & 0x80 != 0 {
            break;
        }
    }
    let packet = source.peek(at, 2)?;
    let follows = matches!(packet[..], [0xff, 0xf8 | 0xf9]) && head.get(4) == Some(&0);
    head[newest] |= 0x80;
    Ok(follows.then_some((head, at)))
}
