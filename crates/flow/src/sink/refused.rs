//! Writes refused data to a file, one JSON object per line.

use crate::data::Refusal;
use crate::part::Written;
use base64::Engine;
use passband_signal::{Fault, Result};
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file of refused data, created on the first refusal.
pub struct RefusedFile {
    path: String,
    file: Option<File>,
    lines: u64,
    /// Existing lines that will be refused again.
    known: HashSet<String>,
}

impl RefusedFile {
    /// A file at this path; lines are appended to an existing file.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), file: None, lines: 0, known: HashSet::new() }
    }

    /// Its length in bytes, if it is a regular file.
    pub fn length(&self) -> u64 {
        let known = std::fs::metadata(&self.path).ok().filter(std::fs::Metadata::is_file);
        known.map_or(0, |known| known.len())
    }

    /// Lines that an interrupted run appended from this byte on are not added twice when they are refused
    /// again.
    pub fn resume(&mut self, from: u64) {
        let read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok::<_, std::io::Error>(text)
        };
        // an unreadable file is reported when a line is added
        let text = if self.length() > from { read().unwrap_or_default() } else { String::new() };
        self.known = text.lines().map(str::to_owned).collect();
    }

    /// What was appended, if anything.
    pub fn written(&self) -> Option<Written> {
        let written =
            Written { to: self.path.clone(), bytes: None, rows: self.lines, of: "refused", whole: true };
        (self.lines > 0).then_some(written)
    }

    /// Appends a line.
    pub fn add(&mut self, refusal: &Refusal) -> Result<()> {
        let tell = |error: std::io::Error| {
            Fault::new("refused data cannot be written")
                .at(&self.path)
                .why(error)
                .fix("free disk space, or choose another path")
        };
        let bytes = base64::engine::general_purpose::STANDARD.encode(&refusal.bytes);
        let line = serde_json::json!({ "source": refusal.place, "reason": refusal.reason, "bytes": bytes });
        let line = line.to_string();
        self.lines += 1;
        if self.known.remove(&line) {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                if let Some(folder) = Path::new(&self.path).parent() {
                    std::fs::create_dir_all(folder).map_err(tell)?;
                }
                none.insert(File::options().create(true).append(true).open(&self.path).map_err(tell)?)
            }
        };
        // in a single write: a process that is killed leaves no partial line
        file.write_all((line + "\n").as_bytes()).map_err(tell)
    }
}
