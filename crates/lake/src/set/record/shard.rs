//! A shard of a training set, in any supported format.

use super::output::Checked;
use super::parquet::Parquet;
use super::tfrecord::TfRecord;
use super::webdataset::WebDataset;
use super::{Record, Schema};
use passband_signal::Result;
use std::io::Write;

/// The format of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardFormat {
    /// TFRecord: one `tf.train.Example` per record.
    TfRecord,
    /// TFRecord, compressed with GZIP, from level 0 (none) to 9 (smallest).
    TfRecordGzip {
        /// The compression level; TensorFlow uses 6.
        level: u32,
    },
    /// Parquet: one column per feature, compressed with Zstandard.
    Parquet,
    /// WebDataset: a tar archive with one or more files per record.
    WebDataset,
}

/// The size and checksum of a finished shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Number of records.
    pub records: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32C of all bytes, which object stores also compute.
    pub crc32c: u32,
}

/// Receives the records of a shard.
///
/// After an error of `add`, the shard is unusable.
pub trait ShardWriter: Send {
    /// Adds a record.
    fn add(&mut self, record: &Record) -> Result<()>;
    /// Writes the remaining data. Until then, the shard is incomplete.
    fn finish(self: Box<Self>) -> Result<Written>;
}

impl ShardFormat {
    /// The file extension of the format.
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

    /// The format with this file extension.
    pub fn by_extension(extension: &str) -> Option<Self> {
        let all = [Self::TfRecord, Self::TfRecordGzip { level: 1 }, Self::Parquet, Self::WebDataset];
        all.into_iter().find(|format| format.extension() == extension)
    }

    /// Starts a shard. Output is written in large blocks, so `out` does not need a buffer.
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
