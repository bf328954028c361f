//! Tags before, after and between recordings: ID3, APE, Lyrics3.

/// Maximum size of a Lyrics3 tag.
const LYRICS: usize = 1 << 20;

/// Number of bytes that [`size`] needs for data with this beginning.
pub fn wanted(head: &[u8]) -> usize {
    if head.starts_with(b"LYRICSBEGIN") { LYRICS } else { 64 }
}

/// The size of the tag at the start of these bytes, if there is one.
pub fn size(bytes: &[u8]) -> Option<u64> {
    let word = |at: usize| {
        bytes.get(at..at + 4).and_then(|b| b.first_chunk()).map(|b| u64::from(u32::from_le_bytes(*b)))
    };
    match bytes {
        // ID3v2: seven bits of each byte of its size count; a footer is not part of it
        [b'I', b'D', b'3', major, minor, flags, size @ ..] if *major < 0xff && *minor < 0xff => {
            let size = size.first_chunk::<4>().filter(|size| size.iter().all(|b| *b < 0x80))?;
            let size = size.iter().fold(0, |sum, b| sum << 7 | u64::from(*b));
            Some(10 + size + if flags & 0x10 != 0 { 10 } else { 0 })
        }
        [b'3', b'D', b'I', ..] => Some(10),
        [b'T', b'A', b'G', b'+', ..] => Some(227),
        [b'T', b'A', b'G', ..] => Some(128),
        _ if bytes.starts_with(b"APETAGEX") => {
            let header = word(20)? & 1 << 29 != 0;
            Some(if header { 32 + word(12)? } else { 32 })
        }
        _ if bytes.starts_with(b"LYRICSBEGIN") => {
            let end =
                |mark: &[u8]| bytes.windows(mark.len()).position(|w| w == mark).map(|at| at + mark.len());
            let ends = [end(b"LYRICS200"), end(b"LYRICSEND")];
            ends.into_iter().flatten().min().map(|end| end as u64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_tells_its_size() {
        let mut ape = b"APETAGEX\xd0\x07\0\0\x64\0\0\0\x01\0\0\0\0\0\0\xa0".to_vec();
        assert_eq!(size(&ape), Some(132));
        ape[23] = 0x80;
        assert_eq!(size(&ape), Some(32));
        assert_eq!(size(b"ID3\x04\0\0\0\0\x02\x01rest"), Some(10 + 257));
        assert_eq!(size(b"ID3\x04\0\x10\0\0\0\x01rest"), Some(21));
        assert_eq!(size(b"ID3 \0\0\0\x80"), None);
        assert_eq!(size(b"TAGTitle"), Some(128));
        assert_eq!(size(b"LYRICSBEGININD0000200000026LYRICS200TAG"), Some(36));
        assert_eq!(size(b"\xff\xfb\x90\0"), None);
    }
}
