//! Reads TFRecord files record by record, and locates damaged records.

use super::crc::{crc32c, masked};
use super::tfrecord::LARGEST;
use flate2::read::MultiGzDecoder;
use passband_signal::{Fault, Result};
use std::io::{self, BufReader, Chain, Cursor, Read};

/// The records of a TFRecord file, plain or compressed with GZIP; both checksums of each record are verified.
///
/// A record with damaged data is a fault, and the next call continues after it. After a damaged length, or at the end
/// of a truncated file, no further record can be located: that fault is the last.
///
/// ```
/// use passband_lake::set::record::{Record, Schema, ShardFormat, TfRecords};
/// let mut file = vec![];
/// let mut shard = ShardFormat::TfRecord.open(&Schema::new(), &mut file)?;
/// for label in 0..3 {
///     let mut record = Record::new(label.to_string());
///     record.push("label", label)?;
///     shard.add(&record)?;
/// }
/// shard.finish()?;
/// file[34 + 20] ^= 1; // records are of 34 bytes: within the data of the second
///
/// let mut shard = TfRecords::new(&file[..])?;
/// assert_eq!(shard.next()?.map(<[u8]>::len), Some(18));
/// assert_eq!(shard.next().unwrap_err().place(), "record 1, byte 34");
/// assert_eq!(shard.next()?.map(<[u8]>::len), Some(18));
/// assert!(shard.next()?.is_none());
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub struct TfRecords<R: Read> {
    input: Input<R>,
    record: Vec<u8>,
    /// Number and offset of the next record.
    number: u64,
    offset: u64,
    over: bool,
}

/// The input, with the bytes used to detect the compression prepended.
enum Input<R: Read> {
    Plain(BufReader<Chain<Cursor<Vec<u8>>, R>>),
    Gzip(BufReader<MultiGzDecoder<Chain<Cursor<Vec<u8>>, R>>>),
}

/// Size of a length and its checksum.
const HEAD: usize = 12;
const BLOCK: usize = 256 << 10;

impl<R: Read> TfRecords<R> {
    /// Detects GZIP by the first bytes.
    pub fn new(mut input: R) -> Result<Self> {
        let mut first = vec![];
        input.by_ref().take(HEAD as u64).read_to_end(&mut first).map_err(unread)?;
        // the length of a plain file's first record may equal the magic bytes of GZIP, but then its checksum matches
        let plain = first.first_chunk().is_some_and(|head| length(head).is_some());
        let gzip = !plain && first.starts_with(&[0x1f, 0x8b]);
        let whole = Cursor::new(first).chain(input);
        let input = if gzip {
            Input::Gzip(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(whole)))
        } else {
            Input::Plain(BufReader::with_capacity(BLOCK, whole))
        };
        Ok(Self { input, record: vec![], number: 0, offset: 0, over: false })
    }

    /// Number of records read, including damaged ones.
    pub fn passed(&self) -> u64 {
        self.number
    }

    /// Reads the next record; returns its bytes, or `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "lends its memory out, which an Iterator cannot")]
    pub fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.over {
            return Ok(None);
        }
        let (number, offset) = (self.number, self.offset);
        // reset below: after any fault but damaged data, nothing more is read
        self.over = true;
        let at = |fault: Fault| fault.at(format!("record {number}, byte {offset}"));
        if !self.fill(HEAD).map_err(at)? {
            return Ok(None);
        }
        let head = self.record.first_chunk().copied().unwrap_or_default();
        let Some(length) = length(&head) else {
            let why = "the checksum of its length does not match, so the records after it cannot be located";
            return Err(at(Fault::new("a record's length is damaged").why(why)));
        };
        if length > LARGEST as u64 {
            return Err(at(Fault::new(format!("a record of {length} bytes is not an Example"))
                .why("an Example, like every Protocol Buffers message, is limited to 2 GiB")));
        }
        if !self.fill(length as usize + 4).map_err(at)? {
            return Err(at(cut_short()));
        }
        self.over = false;
        self.number += 1;
        self.offset += length + HEAD as u64 + 4;
        match self.record.split_last_chunk() {
            Some((data, crc)) if masked(crc32c(data)) == u32::from_le_bytes(*crc) => Ok(Some(data)),
            _ => Err(at(Fault::new("a record's data are damaged").why("their checksum does not match"))),
        }
    }

    /// Reads `length` bytes into `record`. Memory grows with the bytes read, not with the length claimed. Returns false
    /// at the end of the input.
    fn fill(&mut self, length: usize) -> Result<bool> {
        self.record.clear();
        let (input, record) = (&mut self.input, &mut self.record);
        let read = match input {
            Input::Plain(input) => input.take(length as u64).read_to_end(record),
            Input::Gzip(input) => input.take(length as u64).read_to_end(record),
        };
        match read.map_err(unread)? {
            0 => Ok(false),
            read if read < length => Err(cut_short()),
            _ => Ok(true),
        }
    }
}

/// The length, if its checksum matches.
fn length(head: &[u8; HEAD]) -> Option<u64> {
    let (length, crc) = head.split_first_chunk()?;
    let right = masked(crc32c(length)).to_le_bytes() == crc;
    right.then(|| u64::from_le_bytes(*length))
}

fn cut_short() -> Fault {
    Fault::new("a shard is cut short").why("it ends within a record").fix("build the set again")
}

fn unread(error: io::Error) -> Fault {
    Fault::new(format!("a shard cannot be read: {error}"))
}
