//! The info frame that encoders write as the first frame: Xing, Info, LAME, VBRI.

use super::frame::Header;

/// The delay of a layer III decoder in samples.
const DECODER_DELAY: u64 = 529;

/// The claims of an info frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    pub name: &'static str,
    pub frames: Option<u64>,
    /// Number of bytes from this frame to the end of the last one.
    pub bytes: Option<u64>,
    /// Encoder delay in samples, including that of the decoder.
    pub delay: u64,
    /// Padding in samples.
    pub padding: u64,
}

/// The claims of a frame, if it is an info frame. The checksum of the LAME tag is not verified, because programs that
/// edit the header do not update it.
pub fn read(frame: &[u8], header: &Header) -> Option<Info> {
    if header.layer != 3 {
        return None;
    }
    if frame.get(36..40)? == b"VBRI" && frame[6..36].iter().all(|b| *b == 0) {
        return Some(Info {
            name: "VBRI",
            bytes: be32(frame, 46),
            frames: be32(frame, 50),
            ..Info::default()
        });
    }
    // with or without space for a CRC before it
    let places = [header.side_end(), header.side_end() + 2];
    places.into_iter().take(if header.has_crc() { 2 } else { 1 }).find_map(|at| xing(frame, at, header))
}

fn xing(frame: &[u8], start: usize, header: &Header) -> Option<Info> {
    let name = match frame.get(start..start + 4)? {
        b"Xing" => "Xing",
        b"Info" => "Info",
        _ => return None,
    };
    let side = if header.has_crc() { 6 } else { 4 };
    if frame[side..start].iter().any(|b| *b != 0) {
        return None;
    }
    let flags = be32(frame, start + 4)?;
    let mut at = start + 8;
    let mut field = |bit: u64, size: usize| {
        let there = flags & bit != 0;
        let value = be32(frame, at).filter(|_| there);
        at += if there { size } else { 0 };
        value
    };
    let (frames, bytes) = (field(1, 4), field(2, 4));
    // skip the table of contents and the quality
    let _ = (field(4, 100), field(8, 4));
    let mut info = Info { name, frames, bytes, ..Info::default() };
    let encoder = frame.get(at..at + 4).unwrap_or_default();
    if [b"LAME", b"Lavf", b"Lavc"].iter().any(|known| encoder == *known)
        && let Some(&[a, b, c]) = frame.get(at + 21..).and_then(|trim| trim.first_chunk::<3>())
    {
        let (delay, padding) = (u64::from(a) << 4 | u64::from(b) >> 4, u64::from(b & 15) << 8 | u64::from(c));
        (info.delay, info.padding) = (delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY));
    }
    Some(info)
}

fn be32(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from(u32::from_be_bytes(*bytes)))
}
