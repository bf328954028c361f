//! CRC-32C (Castagnoli, RFC 3720), by the processor's own means where it has them.

use crc_fast::{CrcAlgorithm, Digest};

/// The checksum of a piece of memory.
///
/// ```
/// assert_eq!(passband_lake::set::record::crc::crc32c(b"123456789"), 0xe306_9283);
/// ```
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// As TFRecord stores a checksum: turned and shifted, since a checksum of data that holds checksums is a weak one.
///
/// ```
/// assert_eq!(passband_lake::set::record::crc::masked(0), 0xa282_ead8);
/// ```
pub fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A checksum of bytes that come in pieces.
#[derive(Clone, Copy)]
pub struct Crc(Digest);

impl Crc {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc32Iscsi))
    }
    /// Takes the next bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// Of all bytes so far.
    pub fn value(&self) -> u32 {
        self.0.finalize() as u32
    }
}

impl Default for Crc {
    fn default() -> Self {
        Self::new()
    }
}
