//! What was refused, kept in a file: one line of JSON each.

use crate::data::Refusal;
use crate::part::Written;
use base64::Engine;
use passband_signal::{Fault, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// A file of refusals, made when there is the first one.
pub struct RefusedFile {
    path: String,
    file: Option<File>,
    lines: u64,
}

impl RefusedFile {
    /// A file at this path; lines are added to one that is there.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), file: None, lines: 0 }
    }

    /// What was added, if anything was.
    pub fn written(&self) -> Option<Written> {
        let written =
            Written { to: self.path.clone(), bytes: None, rows: self.lines, of: "refused", whole: true };
        (self.lines > 0).then_some(written)
    }

    /// Adds a line.
    pub fn add(&mut self, refusal: &Refusal) -> Result<()> {
        let tell = |error: std::io::Error| {
            Fault::new("what was refused cannot be written down")
                .at(&self.path)
                .why(error)
                .fix("make room, or choose another place")
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                if let Some(folder) = Path::new(&self.path).parent() {
                    std::fs::create_dir_all(folder).map_err(tell)?;
                }
                none.insert(File::options().create(true).append(true).open(&self.path).map_err(tell)?)
            }
        };
        let bytes = base64::engine::general_purpose::STANDARD.encode(&refusal.bytes);
        let line = serde_json::json!({ "source": refusal.place, "reason": refusal.reason, "bytes": bytes });
        self.lines += 1;
        writeln!(file, "{line}").map_err(tell)
    }
}
