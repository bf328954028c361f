//! Reads readings from files, one per line.

mod backlog;
mod container;
mod cut;
mod lines;
mod open;
mod pace;
mod reader;

use super::pace::Pace;
use super::path_pattern;
use crate::config::{PassedOn, Place};
use crate::data::{Kind, Stream};
use crate::format::{Carrier, Choice, Encoding, Job};
use crate::part::{Context, Reads, Source, SourcePlan};
use crate::store;
use backlog::Backlog;
use passband_signal::iq::Pattern;
use passband_signal::{Duration, Fault, Result};
use reader::Reader;

crate::settings! {
    /// Reads readings from files, one per line: NDJSON, CSV, also compressed (.gz, .zst), also from an object store. In Avro
    /// container files, each datum is a reading.
    ///
    /// Symbolic links to files are followed, also out of the folder; links to folders are skipped. A file with several
    /// names in the folder is read once, under a name that is not a symbolic link if there is one.
    ///
    /// Files are read in the order of their names, or of the `{number}` in them if the pattern has one. Lines are counted
    /// over all files: if positions are stored, files that were read must not change, and new files must follow them in
    /// order. Empty lines are skipped. Lines of more than 16 MiB and lines that the format cannot decode are refused, with
    /// file and line number. A file whose lines cannot be interpreted without a setting is refused as a whole; a container
    /// file is refused from its first block of more than 128 MiB, compressed or not. If the format has no key, each file is
    /// a sensor named like the file: `boiler` for `boiler.csv`.
    pub struct Files {
        /// A file; a folder, of which every file is read, without subfolders; or a pattern such as `data/day-*.ndjson`.
        /// `s3://bucket/prefix` names objects (S3, MinIO, Ozone, Ceph), likewise `gs://` (Google) and `az://` (Azure).
        path: String,
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// The names of files to read in a folder: `{number}` stands for digits, `*` for anything. Names that start with a dot
        /// are skipped.
        pattern: Option<String>,
        /// The format of the lines.
        format: Choice = "json",
        /// The encoding of the files: `auto` for UTF-8, or UTF-16 if the first bytes indicate it; or a label of the WHATWG
        /// Encoding Standard, such as `latin-1`, `windows-1252`, `utf-16le` or `shift_jis`.
        encoding: String = "auto",
        /// Whether to wait for more lines at the end of the last file, and for more files. Reading continues with the next file
        /// when a file has not grown for `settle`; a compressed file is only started then.
        follow: Follow = "no",
        /// A file that has not grown for this time is complete.
        settle: Duration = "1 s",
        /// The pace of reading: `real time` follows the times of the readings, with pauses of at most a minute.
        pace: Pace = "as fast as it goes",
        /// The name of the stream.
        stream: String = "readings",
    }
}

crate::choice! {
    /// Whether to wait for more lines and files.
    pub enum Follow {
        /// Waits until the pipeline is stopped.
        Yes = "yes",
        /// Reads the existing files.
        No = "no",
    }
}

impl Files {
    /// The path without a pattern, and the pattern.
    fn wanted(&self) -> Result<(&str, Option<Pattern>), String> {
        let (path, last) = path_pattern::split(&self.path, &['*', '{']);
        let text = match (last, self.pattern.as_deref()) {
            (Some(_), Some(_)) => return Err("path has a pattern too".into()),
            (last, pattern) => last.or(pattern),
        };
        let pattern: Option<Pattern> = text.map(str::parse).transpose()?;
        if pattern.as_ref().is_some_and(Pattern::halves) {
            return Err("{iq} is for I/Q files".into());
        }
        Ok((path, pattern))
    }
}

impl SourcePlan for Files {
    fn gives(&self) -> Kind {
        Kind::Readings
    }
    fn value_names(&self) -> Vec<String> {
        let reader = self.format.open().ok().and_then(|format| format.readings().ok());
        reader.map_or(vec![], |reader| reader.value_names().to_vec())
    }
    fn reads(&self) -> Vec<Reads> {
        let Ok((path, pattern)) = self.wanted() else { return vec![] };
        let meant = move |name: &str| {
            !path_pattern::is_hidden(name)
                && pattern.as_ref().is_none_or(|pattern| pattern.read(name).is_some())
        };
        vec![Reads::Files(path.to_owned(), Box::new(meant))]
    }
    fn ends(&self) -> bool {
        self.follow == Follow::No
    }
    fn resumes(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.is_empty() {
            faults.push(place.fault("path", "is empty").fix("set path to a file or a folder"));
        }
        if let Err(why) = Encoding::named(&self.encoding) {
            faults.push(place.fault("encoding", "is unknown").why(why));
        }
        match self.wanted() {
            Ok((path, _)) => store::check(path, &self.store, place, faults),
            Err(why) => {
                let key = if self.pattern.is_some() { "pattern" } else { "path" };
                let fault = place.fault(key, "cannot be used").why(why);
                faults.push(fault.fix("write it like \"day-*.ndjson\" or \"log.{number}.csv\""));
            }
        }
        match self.format.open().ok().map(|format| format.readings()) {
            Some(Err(why)) => faults.push(place.fault("format", "cannot read readings").why(why)),
            Some(Ok(reader)) if reader.in_container() => {
                let why = format!("{} files are not text", self.format.name);
                place.without_effect(&["encoding"], &why, faults);
            }
            _ => {}
        }
        self.format.check(&[Job::Read(Kind::Readings, Carrier::Files)], place, "format", faults);
        if self.follow == Follow::No {
            place.without_effect(&["settle"], "it applies to follow = \"yes\" only", faults);
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let (path, pattern) = self.wanted().map_err(|why| Fault::new(why).at("path"))?;
        let (store, only) = store::at(path, &self.store, &context.control)?;
        let follow = self.follow == Follow::Yes;
        let backlog = Backlog::new(store, path, only, pattern, follow.then(|| self.settle.std()))?;
        let format = self.format.open()?.readings().map_err(Fault::new)?;
        let stream = Stream::from(self.stream.as_str());
        let encoding = Encoding::named(&self.encoding).map_err(|why| Fault::new(why).at("encoding"))?;
        Ok(Box::new(Reader::new(backlog, format, encoding, stream, self.pace, &context.control)))
    }
}
