//! The output of shard writers: a buffer to encode into, and the size and checksum of the bytes written.

use super::crc::Crc;
use passband_signal::{Fault, Result};
use std::io::{self, Write};

/// An output of bytes and of numbers in little-endian order.
pub trait Put {
    fn put(&mut self, bytes: &[u8]);
    fn put_floats(&mut self, values: &[f32]);
}

impl Put for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
    fn put_floats(&mut self, values: &[f32]) {
        let from = self.len();
        self.resize(from + 4 * values.len(), 0);
        lay(values, &mut self[from..]);
    }
}

/// Copies in little-endian order; compiles to a plain copy.
fn lay(values: &[f32], bytes: &mut [u8]) {
    for (bytes, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
        *bytes = value.to_le_bytes();
    }
}

/// Small enough that the bytes are still in the L2 cache for the checksum and the write.
const BLOCK: usize = 256 << 10;

/// A buffered output. [`Buffer::check`] returns its first error.
pub struct Buffer<W> {
    out: W,
    block: Box<[u8]>,
    used: usize,
    /// The checksum since `sum`, and the offset in the block up to which it is computed.
    sum: Option<(Crc, usize)>,
    failed: Option<Fault>,
}

impl<W: Write> Buffer<W> {
    pub fn new(out: W) -> Self {
        Self { out, block: vec![0; BLOCK].into_boxed_slice(), used: 0, sum: None, failed: None }
    }

    /// Begins a checksum of the following bytes.
    pub fn sum(&mut self) {
        self.sum = Some((Crc::new(), self.used));
    }

    /// Ends the checksum.
    pub fn summed(&mut self) -> u32 {
        let (mut crc, from) = self.sum.take().unwrap_or((Crc::new(), self.used));
        crc.update(&self.block[from..self.used]);
        crc.value()
    }

    /// The first error of a write, if there was one.
    pub fn check(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Flushes the buffer, and returns the output.
    pub fn finish(mut self) -> Result<W> {
        self.spill();
        self.check()?;
        Ok(self.out)
    }

    fn spill(&mut self) {
        if let Some((crc, from)) = &mut self.sum {
            crc.update(&self.block[*from..self.used]);
            *from = 0;
        }
        if self.failed.is_none() {
            self.failed = self.out.write_all(&self.block[..self.used]).map_err(unwritten).err();
        }
        self.used = 0;
    }

    /// Writes large data without copying.
    fn through(&mut self, bytes: &[u8]) {
        self.spill();
        for bytes in bytes.chunks(BLOCK) {
            if let Some((crc, _)) = &mut self.sum {
                crc.update(bytes);
            }
            if self.failed.is_none() {
                self.failed = self.out.write_all(bytes).map_err(unwritten).err();
            }
        }
    }

    /// Space for `wanted` bytes, or for as many as fit, a multiple of 4.
    fn room(&mut self, wanted: usize) -> &mut [u8] {
        if self.block.len() - self.used < wanted.min(4) {
            self.spill();
        }
        let free = self.block.len() - self.used;
        let length = if wanted <= free { wanted } else { free & !3 };
        let from = self.used;
        self.used += length;
        &mut self.block[from..self.used]
    }
}

impl<W: Write> Put for Buffer<W> {
    fn put(&mut self, mut bytes: &[u8]) {
        if bytes.len() >= BLOCK {
            return self.through(bytes);
        }
        while !bytes.is_empty() {
            let room = self.room(bytes.len());
            let (now, later) = bytes.split_at(room.len());
            room.copy_from_slice(now);
            bytes = later;
        }
    }
    fn put_floats(&mut self, mut values: &[f32]) {
        if cfg!(target_endian = "little") && 4 * values.len() >= BLOCK {
            return self.through(bytemuck::cast_slice(values));
        }
        while !values.is_empty() {
            let room = self.room(4 * values.len());
            let (now, later) = values.split_at(room.len() / 4);
            lay(now, room);
            values = later;
        }
    }
}

/// Counts the bytes written, and computes their checksum.
pub struct Checked<W> {
    out: W,
    pub bytes: u64,
    pub crc: Crc,
}

impl<W: Write> Checked<W> {
    pub fn new(out: W) -> Self {
        Self { out, bytes: 0, crc: Crc::new() }
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.out.write(bytes)?;
        self.crc.update(&bytes[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

pub fn unwritten(error: io::Error) -> Fault {
    Fault::new(format!("a shard cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::crc::crc32c;
    use super::*;

    #[test]
    fn bytes_and_sums_are_right_across_blocks() {
        let floats: Vec<f32> = (0..200_003).map(|n| n as f32 / 7.0).collect();
        let mut expected = b"odd".to_vec();
        expected.put_floats(&floats);
        let text = vec![b'x'; 3 * BLOCK + 1];
        expected.put(&text);
        let mut checked = Checked::new(vec![]);
        let mut buffer = Buffer::new(&mut checked);
        buffer.put(b"odd");
        buffer.sum();
        buffer.put_floats(&floats);
        buffer.put(&text);
        assert_eq!(buffer.summed(), crc32c(&expected[3..]));
        buffer.finish().unwrap();
        assert!(checked.out == expected, "the bytes differ");
        assert_eq!((checked.bytes, checked.crc.value()), (expected.len() as u64, crc32c(&expected)));
    }

    #[test]
    fn an_error_stays() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut buffer = Buffer::new(Full);
        buffer.put(b"a");
        assert!(buffer.check().is_ok());
        buffer.put(&vec![0; 2 * BLOCK]);
        assert!(buffer.check().unwrap_err().what().starts_with("a shard cannot be written: "));
        assert!(buffer.finish().is_err());
    }
}
