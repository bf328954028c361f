//! The log segments of a stopped broker, from which transaction markers can be removed.
//!
//! The log of a broker that lost a marker does not contain it. Removing a marker from the files creates this state
//! deterministically.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The data folder of a killed broker.
pub struct Segments {
    folder: PathBuf,
}

/// A batch of records in a segment.
struct Batch {
    bytes: Range<usize>,
    producer: i64,
    transactional: bool,
    control: bool,
}

impl Segments {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folders of the partitions of a topic.
    fn partitions(&self, topic: &str) -> Vec<PathBuf> {
        let of_topic = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.rsplit_once('-').is_some_and(|(name, n)| name == topic && n.parse::<u32>().is_ok())
        };
        let entries = fs::read_dir(&self.folder).expect("the broker's data");
        let mut found: Vec<_> =
            entries.map(|entry| entry.expect("an entry").path()).filter(of_topic).collect();
        found.sort();
        found
    }

    /// The producers with transactions in a topic, most recent last.
    pub fn producers(&self, topic: &str) -> Vec<i64> {
        let mut found = vec![];
        for (_, bytes) in self.partitions(topic).iter().flat_map(|folder| segments(folder)) {
            for batch in batches(&bytes).filter(|batch| batch.transactional && !batch.control) {
                found.retain(|known| *known != batch.producer);
                found.push(batch.producer);
            }
        }
        found
    }

    /// Removes the last marker of a producer from each partition of a topic, and the files that the broker derives from
    /// its log. Returns the number of markers removed.
    pub fn lose_last_marker(&self, topic: &str, producer: i64) -> usize {
        let mut lost = 0;
        for folder in self.partitions(topic) {
            let last = segments(&folder).into_iter().rev().find_map(|(path, bytes)| {
                let markers = batches(&bytes).filter(|batch| batch.control && batch.producer == producer);
                markers.last().map(|batch| batch.bytes).map(|range| (path, bytes, range))
            });
            let Some((path, mut bytes, range)) = last else { continue };
            bytes.drain(range);
            fs::write(path, bytes).expect("a segment can be written");
            for entry in
                fs::read_dir(&folder).expect("a partition").map(|entry| entry.expect("an entry").path())
            {
                let derived = ["index", "timeindex", "txnindex", "snapshot"];
                if entry
                    .extension()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| derived.contains(&name))
                {
                    fs::remove_file(entry).expect("an index can be deleted");
                }
            }
            lost += 1;
        }
        lost
    }
}

/// The segments of a partition and their content, in order.
fn segments(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a partition").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|name| name == "log")).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a segment"))).collect()
}

/// The complete batches of a segment.
fn batches(bytes: &[u8]) -> impl Iterator<Item = Batch> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let head = bytes.get(at..at + 61)?;
        let number = |from: usize| i64::from_be_bytes(head[from..from + 8].try_into().expect("eight bytes"));
        let length = u32::from_be_bytes(head[8..12].try_into().expect("four bytes")) as usize + 12;
        let attributes = u16::from_be_bytes([head[21], head[22]]);
        let end = at + length;
        // preallocated space is zero
        if head[16] != 2 || end > bytes.len() {
            return None;
        }
        let batch = Batch {
            bytes: at..end,
            producer: number(43),
            transactional: attributes & 0x10 != 0,
            control: attributes & 0x20 != 0,
        };
        at = end;
        Some(batch)
    })
}
