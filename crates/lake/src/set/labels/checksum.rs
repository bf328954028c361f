//! Computes checksums of a list while it is read.

use crate::set::record::crc::Crc;
use std::io::{Read, Result};
use xxhash_rust::xxh3::Xxh3;

/// A reader that computes checksums of all bytes read.
///
/// ```
/// use passband_lake::set::labels::{Options, ChecksumReader, read};
/// let mut list = ChecksumReader::new(&b"Label,Blob Name\n3,three.wav\n"[..]);
/// read(&mut list, &Options::default()).unwrap();
/// assert_eq!(list.crc32c(), passband_lake::set::record::crc::crc32c(b"Label,Blob Name\n3,three.wav\n"));
/// ```
pub struct ChecksumReader<R> {
    list: R,
    crc: Crc,
    hash: Box<Xxh3>,
}

impl<R: Read> ChecksumReader<R> {
    /// A checksum reader at the start of a list.
    pub fn new(list: R) -> Self {
        Self { list, crc: Crc::new(), hash: Box::default() }
    }
    /// CRC-32C of the bytes read.
    pub fn crc32c(&self) -> u32 {
        self.crc.value()
    }
    /// XXH3 of the bytes read.
    pub fn xxh3(&self) -> u128 {
        self.hash.digest128()
    }
}

impl<R: Read> Read for ChecksumReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let length = self.list.read(bytes)?;
        self.crc.update(&bytes[..length]);
        self.hash.update(&bytes[..length]);
        Ok(length)
    }
}
