//! Reads the records of a shard in any format.

use super::parquet_reader::ParquetReader;
use super::shard;
use super::webdataset_reader::WebDatasetReader;
use crate::set::record::{Record, Schema, ShardFormat, TfRecords, example};
use passband_signal::Result;
use std::fs::File;
use std::path::Path;

/// Reads records up to the end or the first fault.
pub trait RecordReader {
    /// Reads the next record. Types that the format does not distinguish (text, bytes and tensors of an Example) are
    /// returned as bytes.
    fn next(&mut self) -> Result<Option<Record>>;
}

pub fn open(format: ShardFormat, schema: &Schema, path: &Path) -> Result<Box<dyn RecordReader>> {
    let file = shard::open(path)?;
    Ok(match format {
        ShardFormat::TfRecord | ShardFormat::TfRecordGzip { .. } => Box::new(Examples(TfRecords::new(file)?)),
        ShardFormat::Parquet => Box::new(ParquetReader::new(file, schema)?),
        ShardFormat::WebDataset => Box::new(WebDatasetReader::new(file, schema)),
    })
}

struct Examples(TfRecords<File>);

impl RecordReader for Examples {
    fn next(&mut self) -> Result<Option<Record>> {
        let number = self.0.passed();
        let decode = |bytes| example::decode(bytes).map_err(|fault| fault.at(format!("record {number}")));
        self.0.next()?.map(decode).transpose()
    }
}
