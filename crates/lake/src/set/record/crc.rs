//! CRC-32C (Castagnoli, RFC 3720), with hardware acceleration where available.

use crc_fast::{CrcAlgorithm, Digest};

/// The checksum of a slice.
///
/// ```
/// assert_eq!(passband_lake::set::record::crc::crc32c(b"123456789"), 0xe306_9283);
/// ```
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// The masked checksum of TFRecord: rotated, plus a constant, because a CRC over data that contains CRCs is weak.
///
/// ```
/// assert_eq!(passband_lake::set::record::crc::masked(0), 0xa282_ead8);
/// ```
pub fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// An incremental checksum.
#[derive(Clone, Copy)]
pub struct Crc(Digest);

impl Crc {
    /// The checksum of no bytes.
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc32Iscsi))
    }
    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// The checksum of all bytes so far.
    pub fn value(&self) -> u32 {
        self.0.finalize() as u32
    }
}

impl Default for Crc {
    fn default() -> Self {
        Self::new()
    }
}
