//! The append-only log of recordings that arrived. It makes each recording be measured once, across restarts and kills.

use super::tracks::Track;
use crate::data::Timestamp;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// A line of the log.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Event {
    /// The recording: counted from 1 in the order of arrival.
    pub number: i64,
    /// What happened.
    pub event: What,
    /// When it happened, in ISO 8601.
    pub time: String,
    /// The version of Passband.
    pub version: String,
    /// The path of the recording.
    pub path: String,
    /// The path relative to the folder.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time (µs since 1970).
    pub modified: i64,
    /// XXH3-128 of the bytes, from `read` on. Unknown values are empty strings, so that all lines have the same fields.
    pub content_hash: String,
    /// `SHARD@OFFSET`: the committed position that includes the rows of the recording.
    pub position: String,
    /// The path the file was moved to.
    pub moved_to: String,
    /// Why the recording was refused.
    pub error: String,
}

/// The events of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// The file is complete and numbered.
    #[default]
    Arrived,
    /// The file was opened and hashed.
    Read,
    /// It cannot be measured; it is moved when the results before it are committed.
    Refused,
    /// All sinks committed its results.
    Done,
    /// It was refused, and moved if that is set.
    Failed,
}

/// The log and its current state.
pub struct Events {
    path: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    file: Option<File>,
    /// Hashes of path, size and modification time of every recording that arrived.
    known: HashSet<u128>,
    /// Recordings that are neither done nor failed.
    open: BTreeMap<i64, Event>,
    /// The highest number.
    last: i64,
    /// Identifies the log: a hash of its first line.
    id: Option<String>,
}

/// µs since 1970.
fn now() -> i64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_micros() as i64)
}

/// Identifies a log by its first line.
fn identity(line: &str) -> String {
    format!("{:032x}", xxh3_128(line.as_bytes()))
}

/// Identifies a version of a file: a changed file is a new recording.
fn key(path: &str, size: u64, modified: i64) -> u128 {
    xxh3_128(format!("{path}\n{size}\n{modified}").as_bytes())
}

impl Events {
    /// Opens the log and truncates a line that a kill left incomplete.
    ///
    /// # Errors  the log is open in another process, or is not a log of events
    pub fn open(path: &str) -> Result<Self> {
        let tell = |error: std::io::Error| unusable(path, error.to_string());
        let file = File::options().read(true).append(true).create(true).open(path).map_err(tell)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let fault = unusable(path, "another process has it open".into());
                return Err(fault.fix("wait until it ends, or set events to another file"));
            }
            Err(TryLockError::Error(error)) => return Err(tell(error)),
            Ok(()) => {}
        }
        let (mut state, mut whole) = (State { id: first(&file).map_err(tell)?, ..State::default() }, 0);
        for (event, end) in lines(&file, path)? {
            whole = end;
            state.take(event);
        }
        file.set_len(whole).map_err(tell)?;
        state.file = Some(file);
        Ok(Self { path: path.to_owned(), state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this version of the file has arrived before.
    pub fn knows(&self, path: &str, size: u64, modified: i64) -> bool {
        self.state().known.contains(&key(path, size, modified))
    }

    /// Numbers new recordings. Durable on return.
    ///
    /// # Errors  a full disk
    pub fn arrive(&self, files: Vec<(String, String, u64, i64)>) -> Result<Vec<Event>> {
        let mut state = self.state();
        let event = |(at, (name, path, size, modified)): (usize, (String, String, u64, i64))| {
            let number = state.last + 1 + at as i64;
            Event { number, name, path, size, modified, ..Event::default() }
        };
        let events: Vec<Event> = files.into_iter().enumerate().map(event).collect();
        self.add(&mut state, &events)?;
        Ok(events)
    }

    /// Appends an event of a recording that is neither done nor failed; otherwise does nothing.
    ///
    /// # Errors  a full disk
    pub fn tell(&self, number: i64, change: impl FnOnce(&mut Event)) -> Result<()> {
        let mut state = self.state();
        let Some(mut event) = state.open.get(&number).cloned() else { return Ok(()) };
        change(&mut event);
        self.add(&mut state, &[event])
    }

    fn add(&self, state: &mut State, events: &[Event]) -> Result<()> {
        let (mut text, time) = (String::new(), Timestamp(now()).to_string());
        for event in events {
            let version = env!("CARGO_PKG_VERSION").to_owned();
            let event = Event { time: time.clone(), version, ..event.clone() };
            // serializing strings and numbers cannot fail
            let line = serde_json::to_string(&event).unwrap_or_default();
            state.id.get_or_insert_with(|| identity(&line));
            text += &(line + "\n");
            state.take(event);
        }
        let Some(file) = &mut state.file else { return Ok(()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|error| unusable(&self.path, error.to_string()).fix("make room on the disk"))
    }

    /// The recordings below this number that are neither done nor failed.
    pub fn open_below(&self, number: i64) -> Vec<Event> {
        self.state().open.range(..number).map(|(_, event)| event.clone()).collect()
    }

    /// The last event of a recording that is neither done nor failed.
    pub fn find(&self, number: i64) -> Option<Event> {
        self.state().open.get(&number).cloned()
    }

    /// Identifies the log, once it has a line.
    pub fn id(&self) -> Option<String> {
        self.state().id.clone()
    }

    /// The recordings to measure: those neither done nor failed or, with `from`, all from this number on that have not
    /// failed. A recording that is done and whose file no longer exists is omitted; the number of these is returned too.
    ///
    /// # Errors  the log cannot be read
    pub fn waiting(&self, from: Option<i64>) -> Result<(Vec<Track>, u64)> {
        let mut state = self.state();
        let Some(from) = from else { return Ok((state.open.values().map(Event::track).collect(), 0)) };
        let Some(file) = &state.file else { return Ok((vec![], 0)) };
        let (mut again, mut done) = (BTreeMap::new(), HashSet::new());
        for (event, _) in lines(file, &self.path)? {
            match event.event {
                _ if event.number < from => {}
                What::Failed => drop(again.remove(&event.number)),
                What::Done => drop(done.insert(event.number)),
                _ => drop(again.insert(event.number, event)),
            }
        }
        // the table may be ahead of the log if the log was removed
        state.last = state.last.max(from - 1);
        let all = again.len();
        again.retain(|number, event| !done.contains(number) || std::path::Path::new(&event.path).exists());
        let gone = all - again.len();
        state.open = again;
        Ok((state.open.values().map(Event::track).collect(), gone as u64))
    }
}

impl Event {
    /// The recording, ready to be opened.
    pub fn track(&self) -> Track {
        Track::here(self.number, self.name.clone(), &self.path)
    }
}

impl State {
    fn take(&mut self, event: Event) {
        self.last = self.last.max(event.number);
        match event.event {
            What::Arrived => {
                self.known.insert(key(&event.path, event.size, event.modified));
                self.open.insert(event.number, event);
            }
            What::Read | What::Refused => drop(self.open.insert(event.number, event)),
            What::Done | What::Failed => drop(self.open.remove(&event.number)),
        }
    }
}

/// The events of a log, in order.
pub fn read(path: &str) -> Result<Vec<Event>> {
    let file = File::open(path).map_err(|error| {
        unusable(path, error.to_string()).fix("name the file that the setting events of the source names")
    })?;
    Ok(lines(&file, path)?.into_iter().map(|(event, _)| event).collect())
}

/// The identity of a log with a complete line.
fn first(file: &File) -> std::io::Result<Option<String>> {
    let (mut file, mut line) = (file, String::new());
    file.seek(SeekFrom::Start(0))?;
    BufReader::new(file).read_line(&mut line)?;
    Ok(line.strip_suffix('\n').map(identity))
}

/// The complete lines of the log, each with the offset of its end.
fn lines(file: &File, path: &str) -> Result<Vec<(Event, u64)>> {
    let tell = |error: std::io::Error| unusable(path, error.to_string());
    let mut file = file;
    file.seek(SeekFrom::Start(0)).map_err(tell)?;
    let (mut reader, mut all, mut line, mut end) = (BufReader::new(file), vec![], String::new(), 0);
    loop {
        line.clear();
        let bytes = reader.read_line(&mut line).map_err(tell)?;
        if bytes == 0 || !line.ends_with('\n') {
            return Ok(all);
        }
        end += bytes as u64;
        let event = serde_json::from_str(&line).map_err(|error| {
            let place = format!("line {}: {error}", all.len() + 1);
            unusable(path, place).fix("set events to another file, or correct that line")
        })?;
        all.push((event, end));
    }
}

fn unusable(path: &str, why: String) -> Fault {
    Fault::new("the log of events cannot be used").at(path).why(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> (String, String, u64, i64) {
        (name.into(), format!("/in/{name}"), 44, 7)
    }

    #[test]
    fn a_log_survives_a_kill_at_any_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson").display().to_string();
        let events = Events::open(&path).unwrap();
        let told = Events::open(&path).err().unwrap();
        assert!(told.to_string().contains("another process"), "{told}");
        let numbers: Vec<i64> =
            events.arrive(["a", "b", "c"].map(file).into()).unwrap().iter().map(|e| e.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        events.tell(1, |event| event.event = What::Done).unwrap();
        events.tell(2, |event| event.event = What::Failed).unwrap();
        drop(events);
        // a kill may leave an incomplete line
        let text = std::fs::read_to_string(&path).unwrap();
        for length in text.len() - 20..=text.len() {
            std::fs::write(&path, &text[..length]).unwrap();
            let events = Events::open(&path).unwrap();
            assert!(events.knows("/in/c", 44, 7) && !events.knows("/in/c", 45, 7));
            let names = |from| -> Vec<String> {
                events.waiting(from).unwrap().0.into_iter().map(|track| track.name).collect()
            };
            let failed = length == text.len();
            assert_eq!(names(None), if failed { vec!["c"] } else { vec!["b", "c"] }, "{length}");
            // if the table was removed, everything is measured again but /in/a, which is done and does not exist
            assert_eq!(names(Some(1)), if failed { vec!["c"] } else { vec!["b", "c"] });
            assert_eq!(events.arrive(vec![file("d")]).unwrap()[0].number, 4);
        }
        std::fs::write(&path, "no event\n").unwrap();
        assert!(Events::open(&path).err().unwrap().to_string().contains("line 1"));
    }
}
