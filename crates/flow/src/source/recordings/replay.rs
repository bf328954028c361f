//! Measures a recording again: its file is put back where it arrived, with a new modification time.

use super::events::{Event, read};
use passband_signal::{Fault, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

/// Puts the recordings with this content back, so that a pipeline that follows their folder measures them again, now or
/// at its next start; returns their paths. `hash` is the content hash or its first digits; `events` is the log of events
/// of the source `recordings`. A file that was moved after it was measured or refused is moved back.
///
/// # Errors  the hash is unknown or ambiguous; a file no longer exists
pub fn replay(events: &str, hash: &str) -> Result<Vec<String>> {
    let hash = hash.trim().to_lowercase();
    let (mut found, mut hashes) = (BTreeMap::<String, Event>::new(), BTreeSet::new());
    let mut numbers = BTreeMap::new();
    for event in read(events)? {
        if !event.content_hash.is_empty() && event.content_hash.starts_with(&hash) {
            hashes.insert(event.content_hash.clone());
            numbers.insert(event.number, event.path.clone());
        }
        if numbers.contains_key(&event.number) {
            found.insert(event.path.clone(), event);
        }
    }
    let fault =
        Fault::new(format!("no recording can be measured again by the content hash {hash}")).at(events);
    match hashes.len() {
        0 => return Err(fault.why("no recording with this content hash was read").fix(
            "look for it: passband sql \"SELECT path, content_hash FROM 'events.ndjson' WHERE event = 'done'\"",
        )),
        1 if !hash.is_empty() => {}
        _ => {
            let all: Vec<String> = hashes.into_iter().take(5).collect();
            let why = format!("several content hashes begin with it: {}", all.join(", "));
            return Err(fault.why(why).fix("give more digits"));
        }
    }
    let back = found.into_values().map(|event| back(&event).map(|()| event.path));
    back.collect()
}

/// Moves a file back where it arrived.
fn back(event: &Event) -> Result<()> {
    let tell = |error: std::io::Error| {
        let fault = Fault::new("the recording cannot be put back").at(&event.path).why(error);
        fault.fix("put a copy of it there")
    };
    let moved = &event.moved_to;
    if Path::new(moved).exists() {
        if Path::new(&event.path).exists() {
            let fault = Fault::new("another file has the name of the recording").at(&event.path);
            return Err(fault.why(format!("it was moved to {moved}")).fix("move the other one away"));
        }
        if fs::metadata(moved).map_err(tell)?.len() != event.size {
            let fault = Fault::new("the moved file is another version of the recording").at(moved);
            return Err(fault.fix(format!("put a copy of the recording at {}", event.path)));
        }
        fs::rename(moved, &event.path).map_err(tell)?;
        // the reason may no longer hold
        let _ = fs::remove_file(format!("{moved}.reason.txt"));
    }
    let file = File::open(&event.path).map_err(tell)?;
    file.set_modified(SystemTime::now()).map_err(tell)
}
