//! Writes results to a file, which is renamed to its final name when complete.

use super::journal::Journal;
use super::refused::RefusedFile;
use crate::config::Place;
use crate::data::{Kind, Output, Positions, Refusal};
use crate::format::{Carrier, Choice, Format};
use crate::part::{self, Commit, Committed, Context, End, Sink, SinkPlan, Writes, Written};
use passband_signal::{Fault, Result};
use std::fs::TryLockError;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

crate::settings! {
    /// Writes results to a file.
    ///
    /// It is written as `PATH.part` and renamed when it is complete: when the source has ended, or a source without an end
    /// was stopped. A run without results removes the `.part` and keeps an earlier file. A path that is also an input,
    /// under any name, is refused. For standard output use the sink `stdout`.
    pub struct File {
        /// The path of the file.
        path: String,
        /// The format of results.
        format: Choice = "json",
        /// A file for refused data, one line of JSON each.
        refused: Option<String>,
        /// What a start takes over from a run that was killed or stopped: nothing, or the results of `recordings`, which
        /// are kept in `PATH.journal` until the file is whole. They are found by the bytes of a recording, the settings of
        /// window and transforms, and the version: content that is there twice is measured once.
        resume: Resume = "nothing",
    }
}

crate::choice! {
    /// What a start takes over.
    pub enum Resume {
        /// Nothing: all is read and measured again.
        Nothing = "nothing",
        /// The results of recordings that were measured. What an interrupted run added to `refused` is not added twice.
        Recordings = "recordings",
    }
}

/// The journal that holds the results of recordings until this file is complete.
fn journal_of(path: &str) -> String {
    format!("{path}.journal")
}

impl SinkPlan for File {
    fn check_format(&self, kinds: &[Kind], place: &Place, faults: &mut Vec<Fault>) {
        self.format.check_writing(kinds, Carrier::Files, place, faults);
    }
    fn refuses(&self, kind: Kind) -> Option<String> {
        self.format.refuses(kind)
    }
    fn one_kind(&self) -> bool {
        self.format.name != "json"
    }
    fn begins_anew(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.is_empty() {
            faults.push(place.fault("path", "is empty").fix("set path to the name of a file"));
        }
        if self.path.contains("://") {
            let fault = place.fault("path", "is an address").why("this sink writes local files");
            faults.push(fault.fix("name a local file, and copy it when it is complete"));
        }
    }

    fn bytes_each(&self) -> Option<(f64, &'static str)> {
        let smaller = "a longer hop, or format = \"avro\", makes it smaller";
        Some(match self.format.name {
            "avro" => (4.0, "a longer hop makes it smaller"),
            "csv" => (40.0, smaller),
            _ => (13.0, smaller),
        })
    }
    fn has_journal(&self) -> bool {
        self.resume == Resume::Recordings
    }
    fn writes(&self) -> Vec<Writes> {
        let refused = self.refused.clone().map(Writes::Appended);
        let journal = self.has_journal().then(|| Writes::Appended(journal_of(&self.path)));
        std::iter::once(Writes::File(self.path.clone())).chain(refused).chain(journal).collect()
    }

    fn open(&self, kinds: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        let tell = |error: std::io::Error| refused(&self.path, error);
        let path = target(Path::new(&self.path));
        if path.is_dir() {
            return Err(Fault::new(format!("{} is a folder", self.path)).fix("name a file"));
        }
        // a terminal, pipe or device is written directly: it has no complete state, and must not be replaced
        let direct = path.metadata().is_ok_and(|known| !known.is_file());
        let part = match direct {
            true => path.clone(),
            false => PathBuf::from(format!("{}.part", path.display())),
        };
        if let Some(folder) = part.parent() {
            std::fs::create_dir_all(folder).map_err(tell)?;
        }
        let file = create_part(&part).map_err(tell)?;
        let Some(file) = file else {
            let fault = Fault::new(format!("{} is already being written", self.path));
            let why = "another run, or another sink of this run, has it open";
            return Err(fault.why(why).fix("wait until it ends, or choose another path"));
        };
        let (mut format, mut bytes) = (self.format.open()?, vec![]);
        kinds.iter().take(1).for_each(|kind| format.begin(*kind, &mut bytes));
        let mut refused = self.refused.as_deref().map(RefusedFile::new);
        let mut journal = None;
        if self.has_journal() && !direct {
            let length = refused.as_ref().map_or(0, RefusedFile::length);
            let (opened, length) =
                Journal::open(Path::new(&journal_of(&path.display().to_string())), length)?;
            refused.iter_mut().for_each(|refused| refused.resume(length));
            journal = Some(Arc::new(opened));
        }
        let out = BufWriter::with_capacity(1 << 18, file);
        let lines = format.is_text().then_some(0);
        Ok(Box::new(Writer {
            name: self.path.clone(),
            path: (!direct).then_some(path),
            part,
            out,
            format,
            bytes,
            refused,
            journal,
            results: 0,
            lines,
            size: 0,
            whole: false,
        }))
    }
}

/// The target of a link, which is written so that the link remains.
fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Ok(to) = std::fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    path
}

/// Creates the empty temporary file; `None` if another process is writing to it.
fn create_part(part: &Path) -> std::io::Result<Option<std::fs::File>> {
    loop {
        let file = std::fs::File::options().write(true).create(true).truncate(false).open(part)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            // a file system without locks: concurrent runs are not detected
            Err(TryLockError::Error(_)) => {}
        }
        if !file.metadata()?.is_file() {
            return Ok(Some(file));
        }
        // the previous owner may have renamed it in the meantime: it must not be truncated then
        if is_still(&file, part) {
            file.set_len(0)?;
            return Ok(Some(file));
        }
    }
}

#[cfg(unix)]
fn is_still(file: &std::fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let node = |known: std::fs::Metadata| (known.dev(), known.ino());
    file.metadata().ok().map(node) == path.metadata().ok().map(node)
}

#[cfg(not(unix))]
fn is_still(_: &std::fs::File, _: &Path) -> bool {
    true
}

fn refused(path: &str, error: std::io::Error) -> Fault {
    Fault::new(format!("{path} cannot be written")).why(error).fix("free disk space, or choose another path")
}

struct Writer {
    /// The path as the user wrote it.
    name: String,
    /// The final path; `None` if it is written directly.
    path: Option<PathBuf>,
    part: PathBuf,
    out: BufWriter<std::fs::File>,
    format: Box<dyn Format>,
    bytes: Vec<u8>,
    refused: Option<RefusedFile>,
    journal: Option<Arc<Journal>>,
    results: u64,
    /// Number of lines, for text formats.
    lines: Option<u64>,
    size: u64,
    whole: bool,
}

impl Writer {
    fn write_out(&mut self) -> Result<()> {
        let written = self.out.write_all(&self.bytes);
        self.size += self.bytes.len() as u64;
        if let Some(lines) = &mut self.lines {
            *lines += self.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.bytes.clear();
        written.map_err(|error| refused(&self.name, error))
    }
    fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|error| refused(&self.name, error))
    }
}

impl Drop for Writer {
    /// Removes the temporary file of a run without results.
    fn drop(&mut self) {
        if self.results == 0 && !self.whole && self.path.is_some() {
            let _ = std::fs::remove_file(&self.part);
            self.journal.iter().filter(|journal| journal.recordings() == 0).for_each(|one| one.remove());
        }
    }
}

impl Sink for Writer {
    fn begin(&mut self) -> Result<Option<String>> {
        let known = self.journal.as_ref().map_or(0, |journal| journal.recordings());
        Ok((known > 0)
            .then(|| format!("{known} recordings were measured by an interrupted run of {}", self.name)))
    }
    fn journal(&self) -> Option<Arc<dyn part::Journal>> {
        self.journal.clone().map(|journal| journal as Arc<dyn part::Journal>)
    }
    fn write(&mut self, output: &Output) -> Result<()> {
        self.format.append_of(&output.stream, &output.data, &mut self.bytes)?;
        self.results += 1;
        self.write_out()
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        self.write_out()?;
        self.flush().map(|()| Committed::Safe)
    }
    fn finish(&mut self, end: End) -> Result<()> {
        if end != End::Complete {
            return self.flush();
        }
        self.format.end(&mut self.bytes)?;
        self.write_out()?;
        self.flush()?;
        let Some(path) = &self.path else {
            self.whole = true;
            return Ok(());
        };
        let safe = self.out.get_ref().sync_all();
        safe.map_err(|error| refused(&self.name, error))?;
        // an earlier result is not replaced by an empty one
        if self.results > 0 {
            std::fs::rename(&self.part, path).map_err(|error| refused(&self.name, error))?;
            self.journal.iter().for_each(|journal| journal.remove());
            self.whole = true;
        }
        Ok(())
    }
    fn written(&self) -> Vec<Written> {
        let to = if self.whole { self.name.clone() } else { self.part.display().to_string() };
        let (rows, of) = self.lines.map_or((self.results, "results"), |lines| (lines, "lines"));
        let rows = if self.results == 0 { 0 } else { rows };
        let own = Written { to, bytes: Some(self.size), rows, of, whole: self.whole };
        std::iter::once(own).chain(self.refused.as_ref().and_then(RefusedFile::written)).collect()
    }
}
