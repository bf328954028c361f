//! A shard of a training set, in any of the formats.

use super::output::Checked;
use super::parquet::Parquet;
use super::tfrecord::TfRecord;
use super::webdataset::WebDataset;
use super::{Record, Schema};
use passband_signal::Result;
use std::io::Write;

/// What a shard is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardFormat {
    /// TensorFlow's: an Example each record.
    TfRecord,
    /// The same in GZIP, from level 0 (as it is) to 9 (smallest).
    TfRecordGzip {
        /// How hard to try; TensorFlow's is 6.
        level: u32,
    },
    /// A column each feature, compressed with Zstandard.
    Parquet,
    /// A tar with some files each record.
    WebDataset,
}

/// What came of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many records it has.
    pub records: u64,
    /// How many bytes.
    pub bytes: u64,
    /// CRC-32C of all its bytes, as object stores keep it too.
    pub crc32c: u32,
}

/// Takes the records of a shard one after the other.
///
/// After a fault of `add` the shard is of no use.
pub trait ShardWriter: Send {
    /// Adds a record.
    fn add(&mut self, record: &Record) -> Result<()>;
    /// Writes what remains. Without it the shard is not whole.
    fn finish(self: Box<Self>) -> Result<Written>;
}

impl ShardFormat {
    /// What the names of its files end with.
    ///
    /// ```
    /// use passband_lake::set::record::ShardFormat;
    /// assert_eq!(ShardFormat::TfRecordGzip { level: 6 }.extension(), "tfrecord.gz");
    /// ```
    pub fn extension(self) -> &'static str {
        match self {
            Self::TfRecord => "tfrecord",
            Self::TfRecordGzip { .. } => "tfrecord.gz",
            Self::Parquet => "parquet",
            Self::WebDataset => "tar",
        }
    }

    /// Begins a shard. What is written comes in large pieces, so `out` needs no buffer.
    pub fn open<'a, W: Write + Send + 'a>(
        self,
        schema: &Schema,
        out: W,
    ) -> Result<Box<dyn ShardWriter + Send + 'a>> {
        let out = Checked::new(out);
        Ok(match self {
            Self::TfRecord => Box::new(TfRecord::plain(out)),
            Self::TfRecordGzip { level } => Box::new(TfRecord::gzip(out, level)),
            Self::Parquet => Box::new(Parquet::new(schema, out)?),
            Self::WebDataset => Box::new(WebDataset::new(schema, out)?),
        })
    }
}
