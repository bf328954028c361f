//! Results to a file, which has its name only when it is whole.

use super::refused::RefusedFile;
use crate::config::Place;
use crate::data::{Kind, Output, Positions, Refusal};
use crate::engine::{Context, End};
use crate::format::{Choice, Format};
use crate::part::{Sink, SinkPlan};
use passband_signal::{Fault, Result};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

crate::settings! {
    /// Results to a file.
    ///
    /// It is written as `PATH.part` and gets its name when it is whole: when the source came to its end, or a
    /// source without an end was stopped. Standard output is the sink `stdout`.
    pub struct File {
        /// Where.
        path: String,
        /// How results are written.
        format: Choice = "json",
        /// A file for what was refused, a line of JSON each.
        refused: Option<String>,
    }
}

impl SinkPlan for File {
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
            faults.push(place.fault("path", "is empty").fix("give the file a name"));
        }
    }

    fn open(&self, kinds: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        let part = PathBuf::from(format!("{}.part", self.path));
        let tell = |error: std::io::Error| refused(&self.path, error);
        if let Some(folder) = part.parent() {
            std::fs::create_dir_all(folder).map_err(tell)?;
        }
        if PathBuf::from(&self.path).is_dir() {
            return Err(Fault::new(format!("{} is a folder", self.path)).fix("name a file"));
        }
        let file = std::fs::File::create(&part).map_err(tell)?;
        let (mut format, mut bytes) = (self.format.open()?, vec![]);
        kinds.iter().take(1).for_each(|kind| format.begin(*kind, &mut bytes));
        let refused = self.refused.as_deref().map(RefusedFile::new);
        let out = BufWriter::with_capacity(1 << 18, file);
        Ok(Box::new(Writer { path: self.path.clone(), part, out, format, bytes, refused }))
    }
}

fn refused(path: &str, error: std::io::Error) -> Fault {
    Fault::new(format!("{path} cannot be written")).why(error).fix("make room or choose another place")
}

struct Writer {
    path: String,
    part: PathBuf,
    out: BufWriter<std::fs::File>,
    format: Box<dyn Format>,
    bytes: Vec<u8>,
    refused: Option<RefusedFile>,
}

impl Writer {
    fn write_out(&mut self) -> Result<()> {
        let written = self.out.write_all(&self.bytes);
        self.bytes.clear();
        written.map_err(|error| refused(&self.path, error))
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        self.format.append(&output.data, &mut self.bytes)?;
        self.write_out()
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }
    fn commit(&mut self, _: &Positions) -> Result<bool> {
        self.write_out()?;
        self.out.flush().map_err(|error| refused(&self.path, error)).map(|()| false)
    }
    fn finish(&mut self, end: End) -> Result<()> {
        if end != End::Complete {
            return self.out.flush().map_err(|error| refused(&self.path, error));
        }
        self.format.end(&mut self.bytes);
        self.write_out()?;
        let whole = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        whole
            .and_then(|()| std::fs::rename(&self.part, &self.path))
            .map_err(|error| refused(&self.path, error))
    }
}
