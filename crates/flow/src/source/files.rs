//! Readings from files, a line each.

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
    /// Readings from files, a line each: NDJSON, CSV, also compressed (.gz, .zst), also from an object store. Of Avro
    /// container files each datum is a reading.
    ///
    /// A symbolic link is the file to which it leads, also out of the folder, and one to a folder is passed over. A file
    /// with several names in the folder is read once, by one that is no symbolic link if there is one.
    ///
    /// Files come in the order of their names, or of the `{number}` in them where the pattern has one. Lines are
    /// counted over all files: where positions are kept, files that were read must stay as they are, and new ones come
    /// after them. Empty lines are passed over; a line of more than 16 MiB, and what the format cannot read, is refused
    /// by file and line. A file in which a setting must decide what the lines say is refused as a whole, and a
    /// container file from the first block on that has more than 128 MiB, packed or not. Where the format names no key,
    /// a file is a sensor of its own, named like the file: `boiler` of `boiler.csv`.
    pub struct Files {
        /// The file; a folder, of which every file is read; or a pattern such as `data/day-*.ndjson`. Folders in the
        /// folder are not entered. `s3://bucket/prefix` names objects (S3, MinIO, Ozone, Ceph), and likewise `gs://`
        /// (Google) and `az://` (Azure).
        path: String,
        /// How the object store is reached, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// Which files of a folder, by name: `{number}` stands for digits, `*` for anything. Those whose name begins
        /// with a dot are left out.
        pattern: Option<String>,
        /// How the lines are written.
        format: Choice = "json",
        /// The encoding of the files: `auto`, which is UTF-8, or UTF-16 where the first bytes show it; or one of the
        /// WHATWG Encoding Standard, such as `latin-1`, `windows-1252`, `utf-16le` or `shift_jis`.
        encoding: String = "auto",
        /// Whether to wait for more: lines at the end of the last file, and files after it. A file is left for the next
        /// when it has not grown for `settle`; a compressed one is begun then.
        follow: Follow = "no",
        /// How long a file must not have grown to be taken as whole.
        settle: Duration = "1 s",
        /// How fast it comes: `real time` is as the readings' own times say, but no pause is longer than a minute.
        pace: Pace = "as fast as it goes",
        /// The name of the stream.
        stream: String = "readings",
    }
}

crate::choice! {
    /// Whether to wait for more lines and files.
    pub enum Follow {
        /// More is waited for until the pipeline is stopped.
        Yes = "yes",
        /// What is there is all.
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
            faults.push(place.fault("path", "is empty").fix("name a file or a folder"));
        }
        if let Err(why) = Encoding::named(&self.encoding) {
            faults.push(place.fault("encoding", "is not known").why(why));
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
                let why = format!("files of {} are no text", self.format.name);
                place.without_effect(&["encoding"], &why, faults);
            }
            _ => {}
        }
        self.format.check(&[Job::Read(Kind::Readings, Carrier::Files)], place, "format", faults);
        if self.follow == Follow::No {
            place.without_effect(&["settle"], "it is for follow = \"yes\"", faults);
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
