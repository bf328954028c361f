//! Records of a training set, and the shards they are written to.
//!
//! A [`Record`] has named features: numbers, text, bytes, or a [`Tensor`] of samples. [`ShardFormat::open`] returns a
//! [`ShardWriter`] for any output of bytes. Output is deterministic: the same records result in the same bytes.
//!
//! ```
//! use passband_lake::set::record::{Record, Schema, ShardFormat, Tensor, TfRecords, example, tensor};
//! use passband_signal::Hertz;
//!
//! let mut record = Record::new("0");
//! record.push("label", 7)?;
//! record.push("audio", Tensor::waveform(1, Hertz(8000.0), vec![0.5, -0.5, 0.25])?)?;
//!
//! let mut file = vec![];
//! let mut shard = ShardFormat::TfRecord.open(&Schema::of(&[&record])?, &mut file)?;
//! shard.add(&record)?;
//! let written = shard.finish()?;
//! assert_eq!((written.records, written.bytes), (1, file.len() as u64));
//!
//! let mut shard = TfRecords::new(&file[..])?;
//! let read = example::decode(shard.next()?.unwrap())?;
//! let passband_lake::set::record::Feature::Bytes(bytes) = read.get("audio").unwrap() else { panic!() };
//! assert_eq!(tensor::decode(bytes)?.values(), [0.5, -0.5, 0.25]);
//! assert!(shard.next()?.is_none());
//! # Ok::<(), passband_signal::Fault>(())
//! ```

pub mod crc;
pub mod example;
pub mod tensor;

mod column;
mod feature;
mod member;
mod output;
mod parquet;
mod read;
mod schema;
mod shard;
mod tar;
mod tfrecord;
mod webdataset;
mod wire;

#[cfg(test)]
mod tests;

pub use feature::{Feature, Record};
pub use read::TfRecords;
pub use schema::{Kind, Schema};
pub use shard::{ShardFormat, ShardWriter, Written};
pub use tensor::Tensor;
