//! MPEG audio frames: layers I, II and III of versions 1, 2 and 2.5.

/// Bytes of a frame's header.
pub const HEADER: usize = 4;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// 1, 2 or 3.
    pub layer: u8,
    /// 0 for version 1, 1 for 2, 2 for 2.5.
    version: u8,
    pub rate: u32,
    pub channels: usize,
    /// Size of the whole frame in bytes.
    pub size: usize,
    crc: bool,
}

const V1: [[u32; 14]; 3] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
];
const V2: [[u32; 14]; 2] = [
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl Header {
    /// Parses a header; `None` if it is invalid, or has a free bit rate.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let &[sync, a, b, c] = bytes.first_chunk::<HEADER>()?;
        if sync != 0xff || a & 0xe0 != 0xe0 {
            return None;
        }
        let version = match a >> 3 & 3 {
            3 => 0,
            2 => 1,
            0 => 2,
            _ => return None,
        };
        let layer = 4 - (a >> 1 & 3);
        let kilobits = usize::from(b >> 4).checked_sub(1)?;
        let row = usize::from(layer - 1);
        let table = match (version, layer) {
            (_, 4) => return None,
            (0, _) => &V1[row],
            _ => &V2[row.min(1)],
        };
        let bits = table.get(kilobits)? * 1000;
        let rate = [44_100, 48_000, 32_000].get(usize::from(b >> 2 & 3))? >> version;
        let padding = u32::from(b >> 1 & 1);
        let size = match (layer, version) {
            (1, _) => (12 * bits / rate + padding) * 4,
            (3, 1..) => 72 * bits / rate + padding,
            _ => 144 * bits / rate + padding,
        };
        let channels = if c >> 6 == 3 { 1 } else { 2 };
        Some(Self { layer, version, rate, channels, size: size as usize, crc: a & 1 == 0 })
    }

    /// Whether both headers can belong to one stream.
    pub fn fits(&self, other: &Self) -> bool {
        (self.layer, self.version, self.rate) == (other.layer, other.version, other.rate)
    }

    /// Samples per channel in a frame.
    pub fn samples(&self) -> u64 {
        match (self.layer, self.version) {
            (1, _) => 384,
            (3, 1..) => 576,
            _ => 1152,
        }
    }

    /// The end of the side information of layer III.
    pub fn side_end(&self) -> usize {
        HEADER
            + match (self.version, self.channels) {
                (0, 2) => 32,
                (0, _) | (_, 2) => 17,
                _ => 9,
            }
    }

    pub fn has_crc(&self) -> bool {
        self.crc
    }
}

/// Whether these bytes are the start of a frame with a free bit rate, whose size is not in the header.
pub fn is_free(bytes: &[u8]) -> bool {
    let Some(&[_, a, b, _]) = bytes.first_chunk::<HEADER>() else { return false };
    // valid with another bit rate
    b >> 4 == 0 && Header::read(&[bytes[0], a, b | 0x10, bytes[3]]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_samples() {
        let read =
            |bytes: [u8; 4]| Header::read(&bytes).map(|h| (h.layer, h.rate, h.channels, h.size, h.samples()));
        assert_eq!(read([0xff, 0xfb, 0x90, 0xc0]), Some((3, 44_100, 1, 417, 1152)));
        assert_eq!(read([0xff, 0xfb, 0x92, 0x00]), Some((3, 44_100, 2, 418, 1152)));
        assert_eq!(read([0xff, 0xf3, 0x40, 0xc0]), Some((3, 22_050, 1, 104, 576)));
        assert_eq!(read([0xff, 0xe3, 0x18, 0xc0]), Some((3, 8000, 1, 72, 576)));
        assert_eq!(read([0xff, 0xfd, 0x84, 0x00]), Some((2, 48_000, 2, 384, 1152)));
        assert_eq!(read([0xff, 0xff, 0x14, 0x00]), Some((1, 48_000, 2, 32, 384)));
        // reserved version, layer, bit rate and rate; free bit rate; a frame of AAC
        for bytes in
            [[0xff, 0xeb, 0x90, 0], [0xff, 0xf9, 0x90, 0], [0xff, 0xfb, 0xf0, 0], [0xff, 0xfb, 0x9c, 0]]
        {
            assert_eq!(read(bytes), None);
        }
        assert!(read([0xff, 0xfb, 0x00, 0]).is_none() && is_free(&[0xff, 0xfb, 0x00, 0]));
        assert!(!is_free(&[0xff, 0xf1, 0x00, 0]) && !is_free(&[0xff, 0xfb, 0x90, 0]));
    }
}
