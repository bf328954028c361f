//! Reads an Avro object container file: its schema, then one datum after the other.
//!
//! Reference: Apache Avro 1.12 specification, "Object Container Files".

use super::lines::Line;
use crate::format::ReadReadings;
use flate2::read::DeflateDecoder;
use std::io::{self, Read};
use std::ops::Range;

/// Bytes read at once.
const CHUNK: usize = 1 << 18;
/// Maximum size of the header, and of a block, compressed or not.
const LONGEST_HEAD: usize = 16 << 20;
const LONGEST: usize = 128 << 20;
/// How much of invalid data is kept.
const KEPT: usize = 1 << 16;

type From = Box<dyn Read + Send>;

/// The data of a container file.
pub struct Container {
    from: From,
    /// Bytes that were read, and the offset of those that were not parsed yet.
    raw: Vec<u8>,
    at: usize,
    head: Option<([u8; 16], Codec)>,
    /// The schema, or the current block; the offset of its next datum, and the number of data left.
    block: Vec<u8>,
    next: usize,
    left: u64,
    /// Whether the schema has not been returned yet.
    schema: bool,
    /// Why reading cannot continue.
    broken: Option<String>,
    over: bool,
}

#[derive(Clone, Copy)]
enum Codec {
    Null,
    Deflate,
    Zstandard,
}

/// More bytes are needed, or the data is invalid.
enum Not {
    Yet,
    Right(String),
}

impl Container {
    pub fn new(from: From) -> Self {
        Self {
            from,
            raw: vec![],
            at: 0,
            head: None,
            block: vec![],
            next: 0,
            left: 0,
            schema: false,
            broken: None,
            over: false,
        }
    }

    /// Continues with another reader, which starts where the last one ended.
    pub fn go_on(&mut self, from: From) {
        self.from = from;
    }

    /// Marks the end of the file.
    ///
    /// # Errors   a file that ends within its header or within a block
    pub fn finish(&mut self) -> io::Result<()> {
        self.over = true;
        match (&self.head, self.raw.len() - self.at) {
            (None, 0) => Err(invalid("it is empty, not an Avro container file".into())),
            (None, _) => Err(invalid("it ends within the header of an Avro container file".into())),
            (Some(_), 0) => Ok(()),
            (Some(_), bytes) => {
                Err(invalid(format!("it ends within a block, {bytes} bytes after the start of the block")))
            }
        }
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The bytes of a datum.
    pub fn bytes(&self, datum: Range<usize>) -> &[u8] {
        &self.block[datum]
    }

    /// The schema, or the next datum of the current block.
    pub fn next(&mut self, format: &mut dyn ReadReadings) -> Option<Line> {
        if std::mem::take(&mut self.schema) {
            return Some(Line::Whole(0..self.block.len(), 1));
        }
        if self.left == 0 || self.broken.is_some() {
            return None;
        }
        let from = self.next;
        match format.datum(&self.block[from..]) {
            Ok(0) => self.broken = Some("a datum has no bytes".into()),
            Err(why) => self.broken = Some(why),
            Ok(length) => {
                (self.left, self.next) = (self.left - 1, from + length);
                let over = self.block.len() - self.next;
                if self.left == 0 && over > 0 {
                    self.broken = Some(format!("{over} bytes follow the last datum of a block"));
                }
                return Some(Line::Whole(from..self.next, 1));
            }
        }
        None
    }

    /// The remaining bytes, when reading cannot continue.
    pub fn rest(&mut self) -> Vec<u8> {
        let rest = if self.left > 0 { &self.block[self.next..] } else { &self.raw[self.at..] };
        rest[..rest.len().min(KEPT)].to_vec()
    }

    /// Reads until there is a next block; 0 at the end.
    pub fn fill(&mut self) -> io::Result<usize> {
        loop {
            if let Some(why) = self.broken.take() {
                return Err(invalid(why));
            }
            let taken = if self.head.is_none() { self.head() } else { self.block() };
            match taken {
                Ok(()) if self.schema || self.left > 0 => return Ok(1),
                Ok(()) => continue,
                Err(Not::Right(why)) => return Err(invalid(why)),
                Err(Not::Yet) => {}
            }
            self.raw.drain(..std::mem::take(&mut self.at));
            let before = self.raw.len();
            self.raw.resize(before + CHUNK, 0);
            let read = loop {
                match self.from.read(&mut self.raw[before..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.raw.truncate(before + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Ok(0);
            }
        }
    }

    fn head(&mut self) -> Result<(), Not> {
        let magic = b"Obj\x01";
        let raw = &self.raw[..];
        if !magic.starts_with(&raw[..raw.len().min(4)]) {
            return Err(Not::Right(
                "it is not an Avro container file: it does not begin with Obj and 1".into(),
            ));
        }
        let (mut cut, mut schema, mut codec) = (Cut { raw, at: 4.min(raw.len()) }, None, &b"null"[..]);
        if raw.len() < 4 {
            return Err(Not::Yet);
        }
        loop {
            let count = cut.long()?;
            if count < 0 {
                cut.long()?;
            }
            if count == 0 {
                break;
            }
            for _ in 0..count.unsigned_abs() {
                let (name, value) = (cut.text()?, cut.text()?);
                match name {
                    b"avro.schema" => schema = Some(value),
                    b"avro.codec" => codec = value,
                    _ => {}
                }
            }
        }
        let sync = std::array::from_fn({
            let bytes = cut.take(16)?;
            move |i| bytes[i]
        });
        let codec = match codec {
            b"null" | b"" => Codec::Null,
            b"deflate" => Codec::Deflate,
            b"zstandard" => Codec::Zstandard,
            other => {
                let name = String::from_utf8_lossy(other);
                let why = format!("its codec {name} is not supported; null, deflate and zstandard are");
                return Err(Not::Right(why));
            }
        };
        let schema = schema.ok_or_else(|| Not::Right("its header has no schema".into()))?;
        (self.block, self.at) = (schema.to_vec(), cut.at);
        (self.head, self.schema) = (Some((sync, codec)), true);
        Ok(())
    }

    fn block(&mut self) -> Result<(), Not> {
        let Some((sync, codec)) = self.head else { return Err(Not::Yet) };
        let mut cut = Cut { raw: &self.raw, at: self.at };
        if cut.at == cut.raw.len() {
            return Err(Not::Yet);
        }
        let (count, length) = (cut.long()?, cut.long()?);
        let claim = |what: &str, n: i64| Not::Right(format!("a block states {n} {what}"));
        let count = u64::try_from(count).map_err(|_| claim("data", count))?;
        let size = usize::try_from(length).ok().filter(|size| *size <= LONGEST);
        let packed = cut.take(size.ok_or_else(|| claim("bytes", length))?)?;
        if cut.take(16)? != sync {
            return Err(Not::Right("a block does not end with the file's sync marker".into()));
        }
        self.block.clear();
        let most = LONGEST as u64 + 1;
        let unpacked = match codec {
            Codec::Null => packed.take(most).read_to_end(&mut self.block),
            Codec::Deflate => DeflateDecoder::new(packed).take(most).read_to_end(&mut self.block),
            Codec::Zstandard => zstd::stream::read::Decoder::with_buffer(packed).and_then(|mut decoder| {
                decoder.window_log_max(27)?;
                decoder.take(most).read_to_end(&mut self.block)
            }),
        };
        unpacked.map_err(|error| Not::Right(format!("a block cannot be decompressed: {error}")))?;
        if self.block.len() > LONGEST {
            return Err(Not::Right(format!("a block is longer than {} MiB", LONGEST >> 20)));
        }
        if count == 0 && !self.block.is_empty() {
            return Err(Not::Right("a block without data has bytes".into()));
        }
        (self.at, self.next, self.left) = (cut.at, 0, count);
        Ok(())
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A cursor over bytes that may be incomplete.
struct Cut<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Cut<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Not> {
        let end = self.at.checked_add(length).ok_or(Not::Yet)?;
        let bytes = self.raw.get(self.at..end).ok_or(Not::Yet)?;
        self.at = end;
        Ok(bytes)
    }
    fn long(&mut self) -> Result<i64, Not> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(Not::Right("a number exceeds 64 bits".into()))
    }
    /// A text of the header.
    fn text(&mut self) -> Result<&'a [u8], Not> {
        let length = self.long()?;
        let size = usize::try_from(length).ok().filter(|size| *size <= LONGEST_HEAD);
        let size = size.filter(|_| self.at <= LONGEST_HEAD);
        self.take(size.ok_or_else(|| Not::Right(format!("its header is longer than {LONGEST_HEAD} bytes")))?)
    }
}
