//! A FLAC frame (RFC 9639): its header and its end.

/// Maximum size of a header.
pub const HEADER: usize = 16;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether the block size varies: then `number` counts samples, otherwise frames.
    pub variable: bool,
    /// Samples per channel.
    pub block: u64,
    /// `None` if it is in STREAMINFO.
    pub rate: Option<u32>,
    pub bits: Option<u32>,
    pub channels: usize,
    pub number: u64,
    /// The side channel, if any, which has an additional bit.
    wider: Option<usize>,
    /// Size of the header in bytes.
    pub size: usize,
}

impl Header {
    /// Parses a header with a correct checksum.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let &[0xff, sync, sizes, kinds] = bytes.first_chunk::<4>()? else { return None };
        if sync & 0xfe != 0xf8 || kinds & 1 != 0 {
            return None;
        }
        let (number, mut size) = number(&bytes[4..])?;
        size += 4;
        let mut next = |n: usize| {
            let value = bytes.get(size..size + n)?.iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
            size += n;
            Some(value)
        };
        let block = match sizes >> 4 {
            0 => return None,
            1 => 192,
            n @ 2..=5 => 576 << (n - 2),
            6 => next(1)? + 1,
            7 => next(2)? + 1,
            n => 256 << (n - 8),
        };
        let rate = match sizes & 15 {
            0 => None,
            n @ 1..=11 => Some(RATES[usize::from(n) - 1]),
            12 => Some(next(1)? as u32 * 1000),
            13 => Some(next(2)? as u32),
            14 => Some(next(2)? as u32 * 10),
            _ => return None,
        };
        let (channels, wider) = match kinds >> 4 {
            n @ 0..=7 => (usize::from(n) + 1, None),
            9 => (2, Some(0)),
            8 | 10 => (2, Some(1)),
            _ => return None,
        };
        let bits = match kinds >> 1 & 7 {
            0 => None,
            3 => return None,
            n => Some([8, 12, 0, 16, 20, 24, 32][usize::from(n) - 1]),
        };
        let checked = crc8(&bytes[..size]) == *bytes.get(size)?;
        let variable = sync & 1 == 1;
        checked.then_some(Self { variable, block, rate, bits, channels, number, wider, size: size + 1 })
    }
}

const RATES: [u32; 11] =
    [88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// Decodes a number of up to 36 bits in the encoding of UTF-8; returns it and its size in bytes.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let ones = first.leading_ones() as usize;
    let size = match ones {
        0 => return Some((u64::from(first), 1)),
        2..=7 => ones,
        _ => return None,
    };
    let start = u64::from(first) & ((1 << (7 - ones.min(7))) - 1);
    let rest = bytes.get(1..size)?;
    let sum =
        rest.iter().try_fold(start, |sum, b| (b >> 6 == 2).then_some(sum << 6 | u64::from(b & 0x3f)))?;
    Some((sum, size))
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 })
    })
}

const CRC16: [u16; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let (mut crc, mut bit) = ((i as u16) << 8, 0);
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x8005 } else { crc << 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

/// The CRC of a frame including its own CRC: 0 if it is correct.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ CRC16[usize::from((crc >> 8) as u8 ^ byte)])
}

/// The size of the frame at the start of `bytes`, found by parsing its residuals; `None` if it is not a complete frame.
pub fn walk(bytes: &[u8], header: &Header, bits: u32) -> Option<usize> {
    let mut codes = Codes { bytes, at: 8 * header.size };
    for channel in 0..header.channels {
        let wide = header.wider == Some(channel);
        codes.subframe(header.block, bits + u32::from(wide))?;
    }
    let end = codes.at.div_ceil(8) + 2;
    (end <= bytes.len()).then_some(end)
}

struct Codes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Codes<'_> {
    fn bits(&mut self, n: u32) -> Option<u32> {
        (0..n).try_fold(0, |value, _| {
            let bit = self.bytes.get(self.at / 8)? >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(value << 1 | u32::from(bit))
        })
    }

    fn pass(&mut self, bits: u64) -> Option<()> {
        self.at = self.at.checked_add(usize::try_from(bits).ok()?)?;
        (self.at <= 8 * self.bytes.len()).then_some(())
    }

    /// Skips a unary code.
    fn unary(&mut self) -> Option<u32> {
        let mut zeros = 0;
        loop {
            let left = self.bytes.get(self.at / 8)? << (self.at % 8);
            if left != 0 {
                let n = left.leading_zeros();
                self.at += n as usize + 1;
                return Some(zeros + n);
            }
            let n = 8 - self.at % 8;
            (zeros, self.at) = (zeros + n as u32, self.at + n);
        }
    }

    fn subframe(&mut self, block: u64, bits: u32) -> Option<()> {
        if self.bits(1)? != 0 {
            return None;
        }
        let kind = self.bits(6)?;
        let wasted = if self.bits(1)? == 1 { self.unary()? + 1 } else { 0 };
        let bits = bits.checked_sub(wasted).filter(|bits| *bits > 0)?;
        match kind {
            0 => self.pass(u64::from(bits)),
            1 => self.pass(u64::from(bits) * block),
            8..=12 => {
                self.pass(u64::from((kind - 8) * bits))?;
                self.residual(block, u64::from(kind - 8))
            }
            32.. => {
                let order = kind - 31;
                self.pass(u64::from(order * bits))?;
                let precision = self.bits(4)? + 1;
                self.pass(u64::from(5 + order * precision))?;
                self.residual(block, u64::from(order))
            }
            _ => None,
        }
    }

    fn residual(&mut self, block: u64, order: u64) -> Option<()> {
        let width = match self.bits(2)? {
            0 => 4,
            1 => 5,
            _ => return None,
        };
        let parts = 1 << self.bits(4)?;
        for part in 0..parts {
            let count = (block / parts).checked_sub(if part == 0 { order } else { 0 })?;
            let parameter = self.bits(width)?;
            if parameter == (1 << width) - 1 {
                let plain = self.bits(5)?;
                self.pass(u64::from(plain) * count)?;
            } else {
                for _ in 0..count {
                    self.unary()?;
                    self.pass(u64::from(parameter))?;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_whose_checksum_is_right() {
        // 4096 samples, 44.1 kHz, one channel, 16 bits, frame 0
        let mut bytes = vec![0xff, 0xf8, 0xc9, 0x08, 0x00];
        bytes.push(crc8(&bytes));
        let header = Header::read(&bytes).unwrap();
        assert_eq!(
            (header.block, header.rate, header.channels, header.bits),
            (4096, Some(44_100), 1, Some(16))
        );
        assert_eq!((header.number, header.variable, header.size), (0, false, 6));
        bytes[4] = 1;
        assert_eq!(Header::read(&bytes), None);
    }

    #[test]
    fn a_number_is_coded_as_a_character() {
        assert_eq!(number(&[0x7f]), Some((127, 1)));
        assert_eq!(number("ä".as_bytes()), Some((0xe4, 2)));
        assert_eq!(number("€".as_bytes()), Some((0x20ac, 3)));
        assert_eq!(number(&[0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]), Some(((1 << 36) - 1, 7)));
        assert_eq!(number(&[0xff, 0xbf]), None);
        assert_eq!(number(&[0xc3, 0x20]), None);
    }

    #[test]
    fn a_constant_frame_ends_where_its_codes_end() {
        let mut bytes = vec![0xff, 0xf8, 0xc9, 0x08, 0x00];
        bytes.push(crc8(&bytes));
        // constant, no wasted bits, the value 5
        bytes.extend([0, 0, 5]);
        let crc = crc16(&bytes);
        bytes.extend(crc.to_be_bytes());
        assert_eq!(crc16(&bytes), 0);
        let header = Header::read(&bytes).unwrap();
        let end = bytes.len();
        bytes.extend(b"TAG and so on");
        assert_eq!(walk(&bytes, &header, 16), Some(end));
    }
}
