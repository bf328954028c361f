//! The positions of a writer, stored in the summary of the snapshot that contains its rows.

use super::history::{self, POSITIONS, WRITER, ancestors, note};
use iceberg::spec::TableMetadata;
use passband_flow::data::Position;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Positions by shard; `None` for a shard whose rows begin with the source's first datum.
pub type Positions = BTreeMap<i32, Option<Position>>;

/// The stored form of a position.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Offset of the oldest datum that is still needed.
    offset: i64,
    #[serde(flatten)]
    position: Position,
}

/// Encodes positions as text.
pub fn written(positions: &Positions) -> String {
    let kept = |position: &Position| Kept { offset: position.offset, position: position.clone() };
    let all: BTreeMap<i32, Option<Kept>> =
        positions.iter().map(|(shard, position)| (*shard, position.as_ref().map(kept))).collect();
    // numbers and text can always be serialised
    serde_json::to_string(&all).unwrap_or_default()
}

fn read(text: &str) -> Result<Positions, serde_json::Error> {
    let all: BTreeMap<i32, Option<Kept>> = serde_json::from_str(text)?;
    let position = |kept: Kept| Position { offset: kept.offset, ..kept.position };
    Ok(all.into_iter().map(|(shard, kept)| (shard, kept.map(position))).collect())
}

/// The table property that preserves positions when their snapshots are expired.
pub fn property(writer: &str) -> String {
    format!("{POSITIONS}.{writer}")
}

/// The positions of a writer: those in its newest snapshot, or those that were preserved when snapshots were expired.
///
/// # Errors   positions that another program has written, and that cannot be parsed
pub fn positions(metadata: &TableMetadata, writer: &str) -> Result<Positions> {
    let newest = ancestors(metadata).into_iter().find_map(|snapshot| {
        (note(snapshot, WRITER) == Some(writer)).then(|| note(snapshot, POSITIONS)).flatten()
    });
    let kept = newest.or_else(|| metadata.properties().get(&property(writer)).map(String::as_str));
    kept.map_or(Ok(Positions::new()), |text| {
        read(text).map_err(|error| {
            Fault::new(format!("the positions of {writer} in the table cannot be read"))
                .why(error)
                .fix("write under another name (setting writer), or to another table")
        })
    })
}

/// The newest positions of every writer, as text.
pub fn all(metadata: &TableMetadata) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for snapshot in ancestors(metadata) {
        if let (Some(writer), Some(text)) = (note(snapshot, history::WRITER), note(snapshot, POSITIONS)) {
            all.entry(writer.to_owned()).or_insert_with(|| text.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_flow::data::{Mark, Resume};

    #[test]
    fn positions_come_back_as_they_were() {
        let next = Mark { recording: 3, index: 4096 };
        let resume = Resume { next, edge: Some(9000), offset: None, closed: vec![], watermark: Some(17) };
        let resume = BTreeMap::from([("kitchen".to_owned(), resume)]);
        let position = Position { offset: 40, reached: 52, resume, note: Some("a.csv".into()) };
        let positions = Positions::from([(0, Some(position)), (7, None)]);
        assert_eq!(read(&written(&positions)).unwrap(), positions);
        assert!(read("{\"0\": 3}").is_err());
    }
}
