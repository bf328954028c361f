//! Labelled recordings, on their way to a training set.

mod floats;

pub use floats::{Floats, Lender};
use passband_signal::{Hertz, Result};
use std::sync::Arc;

/// A recording, or a piece of one, with its label and all that is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Where it goes.
    pub shard: Arc<Shard>,
    /// The number of its row in the list, from 1 on.
    pub row: u64,
    /// Which piece of the recording, from 0 on.
    pub piece: u32,
    /// The recording, as the list names it.
    pub name: Box<str>,
    /// Its label.
    pub label: i64,
    /// The further columns of the list.
    pub columns: Vec<(Arc<str>, ColumnValue)>,
    /// Samples a second.
    pub rate: Hertz,
    /// Channels.
    pub channels: usize,
    /// The samples, all channels of a moment side by side; full scale is ±1. None where features stand in their place.
    pub audio: Option<Floats>,
    /// What was measured of it.
    pub features: Vec<Feature>,
}

/// What a column says.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValue {
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(Box<str>),
}

/// A measured feature: rows of so many values, one after the other; a row for each frame, the earliest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Values in a row.
    pub width: usize,
    /// Row after row.
    pub values: Vec<f32>,
}

/// A recording that is in a shard, before it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleRow {
    /// Its number in the list, from 1 on.
    pub number: u64,
    /// The recording, as the list names it.
    pub blob: String,
    /// Its label.
    pub label: i64,
    /// The further columns of the list.
    pub columns: Vec<(Arc<str>, ColumnValue)>,
    /// The first of its pieces that are in the shard.
    pub first: u32,
    /// How many of its pieces are.
    pub records: u32,
    /// Tells its samples from others.
    pub content: u64,
}

/// What is in each shard of a set.
pub trait Rows: Send + Sync {
    /// How many recordings a shard has.
    fn count(&self, shard: &Shard) -> usize;
    /// Some of them, in order.
    fn rows(&self, shard: &Shard, from: usize, take: usize) -> Result<Vec<ExampleRow>>;
}

/// A shard of a training set, as it was planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// Its number over all splits.
    pub number: i32,
    /// Its split; empty where the set has none.
    pub split: String,
    /// Its number among the shards of its split.
    pub index: u32,
    /// How many shards the split has.
    pub of: u32,
    /// How many examples it has.
    pub examples: u64,
}

/// What is known of a training set when it has been planned: a source says so before it gives examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// Tells this plan from others: of the list, all that was inspected, the settings and what the transforms say.
    pub plan: String,
    /// Whether each example has its samples.
    pub audio: bool,
    /// What is measured of each example.
    pub features: Vec<String>,
    /// The further columns, each with a value of its kind.
    pub columns: Vec<(Arc<str>, ColumnValue)>,
    /// All shards, by number.
    pub shards: Vec<Arc<Shard>>,
    /// Only these are built here, by number; all, if none are told.
    pub only: Vec<i32>,
    /// For the manifest.
    pub manifest: serde_json::Value,
}
