//! TFRecord: each record is preceded by its length and the length's checksum, and followed by its own checksum.

use super::crc::{crc32c, masked};
use super::example::Example;
use super::output::{Buffer, Checked, Put, unwritten};
use super::schema::place;
use super::{Record, ShardWriter, Written};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use passband_signal::{Fault, Result};
use std::io::{self, Write};

pub struct TfRecord<W: Write> {
    out: Buffer<Stage<W>>,
    example: Example,
    records: u64,
}

/// The output of records, with or without compression.
enum Stage<W: Write> {
    Plain(Checked<W>),
    Gzip(GzEncoder<Checked<W>>),
}

impl<W: Write> TfRecord<W> {
    pub fn plain(out: Checked<W>) -> Self {
        Self::new(Stage::Plain(out))
    }

    /// The header contains no time, operating system or name, so that equal shards have equal bytes.
    pub fn gzip(out: Checked<W>, level: u32) -> Self {
        let header = GzBuilder::new().mtime(0).operating_system(255);
        Self::new(Stage::Gzip(header.write(out, Compression::new(level.min(9)))))
    }

    fn new(stage: Stage<W>) -> Self {
        Self { out: Buffer::new(stage), example: Example::default(), records: 0 }
    }
}

impl<W: Write + Send> ShardWriter for TfRecord<W> {
    fn add(&mut self, record: &Record) -> Result<()> {
        let length = self.example.measure(record);
        if length > LARGEST {
            return Err(Fault::new(format!("a record would have {length} bytes"))
                .at(place(record))
                .why("an Example, like every Protocol Buffers message, is limited to 2 GiB")
                .fix("crop the recording, or cut it in pieces"));
        }
        let head = (length as u64).to_le_bytes();
        self.out.put(&head);
        self.out.put(&masked(crc32c(&head)).to_le_bytes());
        self.out.sum();
        self.example.write(record, &mut self.out);
        let crc = self.out.summed();
        self.out.put(&masked(crc).to_le_bytes());
        self.records += 1;
        self.out.check()
    }

    fn finish(self: Box<Self>) -> Result<Written> {
        let mut out = match self.out.finish()? {
            Stage::Plain(out) => out,
            Stage::Gzip(encoder) => encoder.finish().map_err(unwritten)?,
        };
        out.flush().map_err(unwritten)?;
        Ok(Written { records: self.records, bytes: out.bytes, crc32c: out.crc.value() })
    }
}

/// Maximum size of a record in bytes.
pub const LARGEST: usize = i32::MAX as usize;

impl<W: Write> Write for Stage<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}
