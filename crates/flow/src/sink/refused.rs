//! Writes refused data to a file, one line of JSON each.

use crate::data::Refusal;
use crate::part::Written;
use base64::Engine;
use passband_signal::{Fault, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// A file for refused data, created on the first refusal.
pub struct RefusedFile {
    path: String,
    file: Option<File>,
    lines: u64,
}

impl RefusedFile {
    /// A file at this path; lines are appended if it exists.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), file: None, lines: 0 }
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
