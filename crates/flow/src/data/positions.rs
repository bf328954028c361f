//! Positions: where a source can be resumed without losing or repeating a result.

use std::collections::BTreeMap;

/// A sample of a stream by its recording and index; later recordings are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Names the recording.
    pub recording: i64,
    /// Index of the sample.
    pub index: u64,
}

/// Where a stream's next result begins.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Resume {
    /// The first sample of the next result.
    #[serde(flatten)]
    pub next: Mark,
    /// One past the last sample taken, where the next result begins beyond it (a hop longer than the frame).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<u64>,
    /// Where recordings come in pieces: the offset from which on pieces are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Recordings that were closed and of which something would be read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "over")]
    pub closed: Vec<Over>,
    /// The watermark of readings (µs since 1970).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<i64>,
}

/// A recording that was closed: its number, the time of its newest sample (s since 1970, rounded up), the offset of
/// its first piece, and whether it was whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Over(pub i64, pub i64, pub i64, pub bool);

/// Marks of closed recordings as numbers in a row, each the difference from the one before: a position has room for
/// 4 kB in all.
mod over {
    use super::Over;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(closed: &[Over], to: S) -> Result<S::Ok, S::Error> {
        let mut last = [0; 3];
        to.collect_seq(closed.iter().flat_map(|over| {
            let now = [over.0, over.1, over.2];
            let [number, time, first] = [0, 1, 2].map(|at| now[at].wrapping_sub(last[at]));
            last = now;
            [number, time, first, i64::from(over.3)]
        }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Over>, D::Error> {
        let mut last = [0i64; 3];
        let row = |row: &[i64; 4]| {
            last = [0, 1, 2].map(|at| last[at].wrapping_add(row[at]));
            Over(last[0], last[1], last[2], row[3] != 0)
        };
        Ok(Vec::<i64>::deserialize(from)?.as_chunks().0.iter().map(row).collect())
    }
}

/// Where a shard of a source can be resumed without losing or repeating a result.
///
/// On Kafka the offset is the committed one and the rest travels as its metadata.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// Read again from here: the oldest datum that a result to come needs.
    #[serde(skip)]
    pub offset: i64,
    /// Everything before this has been counted; what is read again up to here is silent.
    pub reached: i64,
    /// By stream, where its next result begins.
    pub resume: BTreeMap<String, Resume>,
    /// What the source needs to find the place again, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Positions by shard.
pub type Positions = BTreeMap<i32, Position>;
