//! Labelled recordings of a training set.

mod floats;

pub use floats::{Floats, Lender};
use passband_signal::{Hertz, Result};
use std::sync::Arc;

/// A recording, or a piece of one, with its label and metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its shard.
    pub shard: Arc<Shard>,
    /// The number of its row in the list, from 1.
    pub row: u64,
    /// The number of the piece within the recording, from 0.
    pub piece: u32,
    /// The name of the recording in the list.
    pub name: Box<str>,
    /// Its label.
    pub label: i64,
    /// The further columns of the list.
    pub columns: Vec<(Arc<str>, ColumnValue)>,
    /// Sample rate.
    pub rate: Hertz,
    /// Number of channels.
    pub channels: usize,
    /// The samples, interleaved; full scale is ±1. `None` if features replace them.
    pub audio: Option<Floats>,
    /// Its features.
    pub features: Vec<Feature>,
}

/// The value of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValue {
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(Box<str>),
}

/// A feature: rows of `width` values, one row per frame, the earliest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Values per row.
    pub width: usize,
    /// The rows, one after the other.
    pub values: Vec<f32>,
}

/// A recording in a shard, before it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleRow {
    /// The number of its row in the list, from 1.
    pub number: u64,
    /// The name of the recording in the list.
    pub blob: String,
    /// Its label.
    pub label: i64,
    /// The further columns of the list.
    pub columns: Vec<(Arc<str>, ColumnValue)>,
    /// The first of its pieces in the shard.
    pub first: u32,
    /// The number of its pieces in the shard.
    pub records: u32,
    /// A hash of its samples.
    pub content: u64,
}

/// The contents of the shards of a set.
pub trait Rows: Send + Sync {
    /// The number of recordings in a shard.
    fn count(&self, shard: &Shard) -> usize;
    /// A range of these recordings, in order.
    fn rows(&self, shard: &Shard, from: usize, take: usize) -> Result<Vec<ExampleRow>>;
}

/// A planned shard of a training set.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// Its number over all splits.
    pub number: i32,
    /// Its split; empty if the set has none.
    pub split: String,
    /// Its number among the shards of its split.
    pub index: u32,
    /// The number of shards of the split.
    pub of: u32,
    /// The number of examples in the shard.
    pub examples: u64,
}

/// The plan of a training set, which a source provides before its examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The id of the plan: a hash of the list, the inspected recordings, the settings and the identities of the transforms.
    pub plan: String,
    /// Whether examples contain samples.
    pub audio: bool,
    /// The names of the features of each example.
    pub features: Vec<String>,
    /// The further columns, each with a value of its type.
    pub columns: Vec<(Arc<str>, ColumnValue)>,
    /// All shards, by number.
    pub shards: Vec<Arc<Shard>>,
    /// Numbers of the shards to build here; empty for all.
    pub only: Vec<i32>,
    /// Entries for the manifest.
    pub manifest: serde_json::Value,
}
