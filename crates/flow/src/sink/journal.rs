//! Stores the results of recordings in a file next to a table that is not complete yet.
//!
//! The file is append-only and consists of chunks: length, checksum, and a payload of entry, key and records
//! in Avro; a payload without records ends the entry. A process that is killed leaves at most its last chunk
//! incomplete; the next start truncates it.

use crate::data::{Data, Kind, Output};
use crate::format::{avro_record, read_avro_record};
use crate::part;
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use xxhash_rust::xxh3::xxh3_64;

/// Magic bytes of the file, followed by the length that the file of refusals had.
const MARK: &[u8; 24] = b"passband journal 1\n\0\0\0\0\0";
const HEADER: u64 = 24 + 8;

/// Size of the header of a chunk: its length and checksum.
const FRAME: usize = 4 + 8;
/// Size of the header of a payload: its entry and key.
const HEAD: usize = 8 + 16;

/// The chunks of an entry: position and length of each payload.
type Chunks = Vec<(u64, u32)>;

/// The journal of one table.
pub struct Journal {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    end: u64,
    whole: HashMap<u128, Chunks>,
    open: HashMap<u64, (u128, Chunks)>,
    next: u64,
}

impl Journal {
    /// Opens the journal at this path, or creates it. `refused`: the current length of the file of refusals.
    /// Also returns the length that this file had when the journal was created.
    pub fn open(path: &Path, refused: u64) -> Result<(Self, u64)> {
        let tell = |error| unusable(path, error);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(tell)?;
        let state = State { file, end: HEADER, whole: HashMap::new(), open: HashMap::new(), next: 0 };
        let mut journal = Self { path: path.to_owned(), state: Mutex::new(state) };
        let state = journal.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let refused = state.read(refused).map_err(tell)?;
        Ok((journal, refused))
    }

    /// Number of recordings whose results are complete in the journal.
    pub fn recordings(&self) -> usize {
        self.state().whole.len()
    }

    /// Removes the file, because the table is complete or nothing was measured.
    pub fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, entry: u64, records: &[u8]) -> Result<()> {
        let mut state = self.state();
        state.add(entry, records).map_err(|error| unusable(&self.path, error))
    }
}

fn unusable(path: &Path, error: io::Error) -> Fault {
    let what = format!("{} cannot be used", path.display());
    Fault::new(what).why(error).fix("free disk space, or remove it: its recordings are then measured again")
}

impl State {
    /// Reads the entries of an earlier run, and truncates an incomplete chunk.
    fn read(&mut self, refused: u64) -> io::Result<u64> {
        let mut header = [0; HEADER as usize];
        self.file.rewind()?;
        let known = self.file.read_exact(&mut header).is_ok() && header.starts_with(MARK);
        let Some(first) = header.last_chunk::<8>().filter(|_| known) else {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(&[&MARK[..], &refused.to_le_bytes()].concat())?;
            return Ok(refused);
        };
        let first = u64::from_le_bytes(*first);
        let mut from = io::BufReader::new(&self.file);
        let (mut open, mut whole) = (HashMap::new(), HashMap::new());
        while let Some(payload) = chunk(&mut from) {
            let (entry, key) = head(&payload);
            let at = self.end + FRAME as u64;
            self.end = at + payload.len() as u64;
            let (_, chunks): &mut (u128, Chunks) = open.entry(entry).or_insert_with(|| (key, vec![]));
            chunks.push((at, payload.len() as u32));
            if payload.len() == HEAD {
                chunks.pop();
                whole.extend(open.remove(&entry));
            }
            self.next = self.next.max(entry + 1);
        }
        self.whole = whole;
        self.file.set_len(self.end)?;
        Ok(first)
    }

    fn add(&mut self, entry: u64, records: &[u8]) -> io::Result<()> {
        let Some((key, chunks)) = self.open.get_mut(&entry) else { return Ok(()) };
        let payload = [&entry.to_le_bytes()[..], &key.to_le_bytes(), records].concat();
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let frame = [&length.to_le_bytes()[..], &xxh3_64(&payload).to_le_bytes(), &payload].concat();
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&frame)?;
        if !records.is_empty() {
            chunks.push((self.end + FRAME as u64, length));
        }
        self.end += frame.len() as u64;
        if records.is_empty() {
            self.whole.extend(self.open.remove(&entry));
        }
        Ok(())
    }

    fn payload(&mut self, (at, length): (u64, u32)) -> io::Result<Vec<u8>> {
        let mut payload = vec![0; length as usize];
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut payload)?;
        Ok(payload)
    }
}

/// The next payload; `None` at the end, or if it is incomplete.
fn chunk(from: &mut impl Read) -> Option<Vec<u8>> {
    let (mut length, mut checksum, mut payload) = ([0; 4], [0; 8], vec![]);
    from.read_exact(&mut length).ok()?;
    from.read_exact(&mut checksum).ok()?;
    let length = u32::from_le_bytes(length);
    from.take(u64::from(length)).read_to_end(&mut payload).ok()?;
    let whole = payload.len() == length as usize && payload.len() >= HEAD;
    (whole && xxh3_64(&payload) == u64::from_le_bytes(checksum)).then_some(payload)
}

/// The entry and key of a payload.
fn head(payload: &[u8]) -> (u64, u128) {
    let (entry, rest) = payload
        .split_first_chunk::<8>()
        .map_or((0, payload), |(entry, rest)| (u64::from_le_bytes(*entry), rest));
    (entry, rest.first_chunk::<16>().map_or(0, |key| u128::from_le_bytes(*key)))
}

impl part::Journal for Journal {
    fn begin(&self, key: u128) -> u64 {
        let mut state = self.state();
        let entry = state.next;
        state.next += 1;
        state.open.insert(entry, (key, vec![]));
        entry
    }

    fn keep(&self, entry: u64, results: &[Output]) -> Result<()> {
        let mut records = vec![];
        for output in results {
            let Some(record) = output.data.record() else { continue };
            let name = output.data.kind().to_string();
            let mut bytes = vec![];
            avro_record(record, &mut bytes);
            for part in [name.as_bytes(), &bytes] {
                let length = u32::try_from(part.len()).map_err(|_| Fault::new("a result is too large"))?;
                records.extend(length.to_le_bytes());
                records.extend(part);
            }
        }
        if records.is_empty() { Ok(()) } else { self.add(entry, &records) }
    }

    fn end(&self, entry: u64) -> Result<()> {
        self.add(entry, &[])
    }

    fn has(&self, key: u128) -> bool {
        self.state().whole.contains_key(&key)
    }

    fn read(&self, key: u128, each: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let chunks = self.state().whole.get(&key).cloned().unwrap_or_default();
        let wrong = |why: String| unusable(&self.path, io::Error::other(why));
        for chunk in chunks {
            let payload = self.state().payload(chunk).map_err(|error| unusable(&self.path, error))?;
            let mut rest = &payload[HEAD..];
            while !rest.is_empty() {
                let (name, bytes) = (taken(&mut rest), taken(&mut rest));
                let kind = name.and_then(|name| Kind::by_name(std::str::from_utf8(name).ok()?));
                let (Some(kind), Some(bytes)) = (kind, bytes) else {
                    return Err(wrong("it holds no records".into()));
                };
                each(read_avro_record(kind, bytes).map_err(wrong)?)?;
            }
        }
        Ok(())
    }
}

/// The next length-prefixed bytes.
fn taken<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let (bytes, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = behind;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Origin;
    use crate::part::Journal as _;
    use crate::transform::features::BeatEvent;

    fn beats(count: u64) -> Vec<Output> {
        let beat = |beat: u64| BeatEvent {
            recording: 7,
            beat,
            time: 0,
            start: beat as f64 * 0.1,
            bar: None,
            position: Some(beat % 4),
            tempo: Some(120.0),
            chord: Some("C:maj".into()),
        };
        let output = |n| Output { stream: "a".into(), data: Data::row(beat(n)), origin: Origin::default() };
        (0..count).map(output).collect()
    }

    fn found(journal: &Journal, key: u128) -> Vec<Data> {
        let mut all = vec![];
        let mut each = |data| {
            all.push(data);
            Ok(())
        };
        journal.read(key, &mut each).unwrap();
        all
    }

    #[test]
    fn what_ended_is_found_by_the_next_run_and_what_did_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.journal");
        let (journal, refused) = Journal::open(&path, 17).unwrap();
        assert_eq!((refused, journal.recordings()), (17, 0));
        // entries are written alternately
        let (one, two, three) = (journal.begin(1), journal.begin(2), journal.begin(3));
        for (entry, count) in [(one, 3), (two, 2), (three, 5), (one, 4)] {
            journal.keep(entry, &beats(count)).unwrap();
        }
        journal.end(one).unwrap();
        journal.end(three).unwrap();
        let data = |beats: Vec<Output>| beats.into_iter().map(|output| output.data).collect::<Vec<_>>();
        let wanted: Vec<_> = [data(beats(3)), data(beats(4))].concat();
        assert!(journal.has(1) && !journal.has(2) && found(&journal, 1) == wanted);
        drop(journal);

        // for any length that a kill leaves, complete chunks are read, and new ones can be appended
        let bytes = std::fs::read(&path).unwrap();
        for length in (0..=bytes.len()).rev().step_by(7) {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let (journal, refused) = Journal::open(&path, 99).unwrap();
            assert_eq!(refused, if length < HEADER as usize { 99 } else { 17 });
            assert!(!journal.has(2) && (!journal.has(1) || found(&journal, 1) == wanted), "{length}");
            let entry = journal.begin(4);
            journal.keep(entry, &beats(6)).unwrap();
            journal.end(entry).unwrap();
            drop(journal);
            let (journal, _) = Journal::open(&path, 0).unwrap();
            assert!(journal.has(4) && found(&journal, 4) == data(beats(6)), "{length}");
        }
        // a chunk with a changed byte is not read
        let mut wrong = bytes.clone();
        wrong[HEADER as usize + FRAME + HEAD + 3] ^= 1;
        std::fs::write(&path, wrong).unwrap();
        assert!(!Journal::open(&path, 0).unwrap().0.has(1));
    }
}
