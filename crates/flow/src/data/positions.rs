//! Positions: where a source can be resumed without losing or repeating a result.

use std::collections::BTreeMap;

/// A sample of a stream, by recording and index; later recordings are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// The recording's number or start.
    pub recording: i64,
    /// Index of the sample.
    pub index: u64,
}

/// Where the next result of a stream starts.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Resume {
    /// The first sample of the next result.
    #[serde(flatten)]
    pub next: Mark,
    /// One past the last sample read, if the next result starts after it (a hop longer than the frame).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<u64>,
    /// For recordings in pieces: the offset of the first piece that is still needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Closed recordings of which pieces would be read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "over")]
    pub closed: Vec<Over>,
    /// The watermark of readings (µs since 1970).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<i64>,
}

/// A closed recording: its number, the time of its newest sample (s since 1970, rounded up), the offset of its first
/// piece, and whether it was complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Over(pub i64, pub i64, pub i64, pub bool);

/// Serializes closed recordings as a list of numbers, each the difference from its predecessor: a position is limited
/// to 4 kB.
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

/// Where a shard of a source can resume without losing or repeating a result.
///
/// On Kafka, the offset is the committed offset, and the rest is its metadata.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// The offset to read from: that of the oldest datum that a future result needs.
    #[serde(skip)]
    pub offset: i64,
    /// One past the last datum counted; data read again below it gives no results.
    pub reached: i64,
    /// By stream, where its next result starts.
    pub resume: BTreeMap<String, Resume>,
    /// A note of the source, needed to find the position again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Positions by shard.
pub type Positions = BTreeMap<i32, Position>;
