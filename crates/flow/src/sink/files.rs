//! Writes each result to a file of its own, in a folder or a bucket.

mod pretty;

use super::refused::RefusedFile;
use crate::config::{Named, PassedOn, Place, unknown};
use crate::data::{Form, Kind, Output, Positions, Refusal, Value};
use crate::format::json_value;
use crate::part::{Commit, Committed, Context, End, Sink, SinkPlan, Writes, Written};
use crate::store::{self, Directory};
use passband_signal::{Fault, Result};

crate::settings! {
    /// Writes each result of a recording to a JSON file of its own, in a folder or a bucket.
    ///
    /// A file gets its name when it is complete and replaces an existing file of that name, so that a recording that is
    /// measured again has one file. It is written before positions are committed: after a kill a file may be written
    /// again, with the same content.
    pub struct Files {
        /// A folder, or an address such as `s3://bucket/audio-features` (likewise `gs://`, `az://`).
        path: String,
        /// The name of a file: `{name}` is the path of the recording relative to its folder, `{stem}` the same without the
        /// extension. With `{stem}`, `song.wav` and `song.flac` share one file: use it for recordings of one extension.
        name: String = "{name}.json",
        /// The fields to write and their names: `{ mfccs = "mfcc_mean" }`. Default: all fields.
        fields: Named,
        /// Spaces per level of indentation; 0 writes one line. The text equals that of Python's `json.dump(…, indent=4)`.
        indent: u32 = "4",
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// A file for refused data, one line of JSON each.
        refused: Option<String>,
    }
}

/// The field that identifies the recording.
const RECORDING: &str = "recording";

impl Files {
    /// The path as a prefix of file names.
    fn prefix(&self) -> String {
        format!("{}/_", self.path.trim_end_matches('/'))
    }

    /// The name of the file of a stream.
    fn named(&self, stream: &str) -> Result<String> {
        let plain = |part: &str| !["", ".", ".."].contains(&part) && !part.contains('\\');
        if !stream.split('/').all(plain) {
            let fault = Fault::new(format!("{stream} cannot be the name of a file"));
            return Err(fault.fix("rename the recording, without .. and \\ in its path"));
        }
        let (folder, file) = stream.rsplit_once('/').map_or(("", stream), |(folder, file)| (folder, file));
        let stem = match file.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => file,
        };
        let stem = if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") };
        Ok(self.name.replace("{stem}", &stem).replace("{name}", stream))
    }
}

impl SinkPlan for Files {
    fn refuses(&self, kind: Kind) -> Option<String> {
        let Some(declared) = kind.declaration() else { return Some(format!("{kind} have no fields")) };
        let fields = (declared.of)(Form::Exact);
        let is_named = fields.iter().any(|field| field.name() == RECORDING);
        (!is_named).then(|| "a file holds the result of a recording, and these results belong to none".into())
    }
    fn writes(&self) -> Vec<Writes> {
        self.refused.clone().map(Writes::Appended).into_iter().collect()
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.is_empty() {
            faults
                .push(place.fault("path", "is empty").fix("set path to a folder, or to s3://bucket/prefix"));
        }
        store::check(&self.path, &self.store, place, faults);
        if !self.name.contains("{stem}") && !self.name.contains("{name}") {
            let fault = place.fault("name", "is the same for all recordings");
            faults.push(fault.fix("write {stem} or {name} in it, such as \"{stem}.json\""));
        }
        if self.indent > 16 {
            faults.push(place.fault("indent", "is more than 16").fix("set it to a number such as 4"));
        }
    }

    fn open(&self, _: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let (directory, _) = Directory::of(&self.prefix(), &self.store, &context.control)?;
        let refused = self.refused.as_deref().map(RefusedFile::new);
        Ok(Box::new(Writer { plan: self.clone(), directory, last: None, files: 0, bytes: 0, refused }))
    }
}

struct Writer {
    plan: Files,
    directory: Directory,
    /// The last file and the number of its recording.
    last: Option<(String, i64)>,
    files: u64,
    bytes: u64,
    refused: Option<RefusedFile>,
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        let Some(record) = output.data.record() else { return Ok(()) };
        let (fields, values) = (record.fields(Form::Plain), record.values(Form::Plain));
        let at = |name: &str| fields.iter().position(|field| field.name() == name);
        let name = self.plan.named(&output.stream)?;
        let recording = match at(RECORDING).and_then(|at| values.get(at)) {
            Some(Value::Long(number)) => *number,
            _ => 0,
        };
        if self.last.as_ref().is_some_and(|last| last.0 == name && last.1 == recording) {
            let fault =
                Fault::new(format!("two results of one recording would be written to the file {name}"));
            return Err(fault.fix("compute one result per recording: over = \"recording\""));
        }
        let mut json = vec![b'{'];
        let mut put = |name: &str, at: usize| {
            if json.len() > 1 {
                json.push(b',');
            }
            // serializing a string cannot fail
            json.extend(serde_json::to_vec(name).unwrap_or_default());
            json.push(b':');
            json_value(&values[at], &fields[at].kind, &mut json)
        };
        match &self.plan.fields.0[..] {
            [] => (0..fields.len()).try_for_each(|at| put(&fields[at].name(), at))?,
            chosen => chosen.iter().try_for_each(|(name, field)| match at(field) {
                Some(at) => put(name, at),
                None => {
                    let known: Vec<_> = fields.iter().map(|field| field.name()).collect();
                    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
                    let fault = Fault::new(format!("the results have no field {field}"));
                    Err(fault.why(unknown(field, &known)).fix("correct fields of this sink"))
                }
            })?,
        }
        json.push(b'}');
        let text = pretty::indented(&json, self.plan.indent as usize);
        self.directory.put(&name, text.as_bytes())?;
        self.files += 1;
        self.bytes += text.len() as u64;
        self.last = Some((name, recording));
        Ok(())
    }

    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }

    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        // files are complete once written
        Ok(Committed::Safe)
    }

    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }

    fn written(&self) -> Vec<Written> {
        let (to, bytes) = (self.directory.at(), Some(self.bytes));
        let own = Written { to, bytes, rows: self.files, of: "files", whole: true };
        std::iter::once(own).chain(self.refused.as_ref().and_then(RefusedFile::written)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_the_folder() {
        let of = |name: &str, stream: &str| {
            let (fields, store) = (Named::default(), PassedOn::default());
            let (path, name) = ("out".into(), name.into());
            Files { path, name, fields, indent: 4, store, refused: None }.named(stream).ok()
        };
        assert_eq!(of("{name}.json", "deep/a.b.wav").unwrap(), "deep/a.b.wav.json");
        assert_eq!(of("{stem}.json", "deep/a.b.wav").unwrap(), "deep/a.b.json");
        assert_eq!(of("{stem}.json", ".wav").unwrap(), ".wav.json");
        for stream in ["../a.wav", "/a.wav", "a//b.wav", "a\\b.wav", ""] {
            assert_eq!(of("{name}.json", stream), None, "{stream}");
        }
    }
}
