//! The metadata before the frames of a FLAC.

use super::super::ahead::Ahead;
use super::frame::Header;
use std::io;

/// Maximum number of metadata blocks that are skipped.
const MOST_BLOCKS: usize = 100_000;

/// The claims of the metadata block STREAMINFO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    pub smallest: u16,
    pub largest: u16,
    pub rate: u32,
    pub channels: usize,
    pub bits: u32,
    /// Samples per channel; `None` if unknown.
    pub samples: Option<u64>,
}

impl Info {
    fn read(bytes: &[u8]) -> Option<Self> {
        let b = bytes.first_chunk::<34>()?;
        let packed = u64::from_be_bytes(*b[10..].first_chunk()?);
        Some(Self {
            smallest: u16::from_be_bytes([b[0], b[1]]),
            largest: u16::from_be_bytes([b[2], b[3]]),
            rate: (packed >> 44) as u32,
            channels: (packed >> 41 & 7) as usize + 1,
            bits: (packed >> 36 & 31) as u32 + 1,
            samples: Some(packed & ((1 << 36) - 1)).filter(|n| *n > 0),
        })
    }

    /// Replaces claims by those of a frame.
    pub fn with(self, header: &Header) -> Self {
        Self {
            rate: header.rate.filter(|rate| *rate > 0).unwrap_or(self.rate),
            bits: header.bits.unwrap_or(self.bits),
            channels: header.channels,
            ..self
        }
    }

    /// A STREAMINFO for the decoder, with the largest block size and no length.
    pub fn bytes(&self) -> Box<[u8]> {
        let mut bytes = [16_u16.to_be_bytes(), u16::MAX.to_be_bytes()].concat();
        bytes.resize(10, 0);
        let packed =
            u64::from(self.rate) << 44 | (self.channels as u64 - 1) << 41 | u64::from(self.bits - 1) << 36;
        bytes.extend(packed.to_be_bytes());
        bytes.resize(34, 0);
        bytes.into()
    }
}

/// Reads from the marker `fLaC` to the first frame; `None` without STREAMINFO. Damaged pictures and cue sheets are
/// skipped.
pub fn read(ahead: &mut Ahead) -> io::Result<Option<Info>> {
    let mut info = None;
    ahead.pass(4)?;
    for _ in 0..MOST_BLOCKS {
        let &[kind, a, b, c] = match ahead.see(4)?.first_chunk::<4>() {
            Some(block) => block,
            None => return Ok(info),
        };
        let size = u32::from_be_bytes([0, a, b, c]);
        ahead.pass(4)?;
        if kind & 0x7f == 0 && info.is_none() {
            info = Info::read(ahead.see(34)?);
        }
        ahead.pass(u64::from(size))?;
        if kind & 0x80 != 0 {
            break;
        }
    }
    Ok(info)
}
