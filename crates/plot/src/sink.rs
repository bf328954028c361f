//! The sink `pictures`: writes pictures to files in a folder.

use crate::transform::Picture;
use crate::{png, svg};
use base64::Engine;
use passband_flow::Control;
use passband_flow::config::{PassedOn, Place};
use passband_flow::data::{Kind, Output, Positions};
use passband_flow::part::{Commit, Committed, Context, End, Sink, SinkPlan, Written};
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::collections::HashSet;
use std::io::Read;

passband_flow::settings! {
    /// Writes pictures to a folder: `NAME.png` and `NAME.svg` for each recording, in the same subfolders as the
    /// recordings.
    ///
    /// `song.flac` is drawn as `song.png`. If this name is in use, by `song.wav` in the same folder or by a file that
    /// Passband did not write, the name is `song.flac.png`, then `song.flac-2.png`. Pictures of an earlier run are
    /// overwritten, other files are not.
    pub struct Pictures {
        /// The folder, or a prefix of an object store such as `s3://bucket/pictures`.
        path: String,
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
    }
}

impl SinkPlan for Pictures {
    fn refuses(&self, kind: Kind) -> Option<String> {
        (kind != Picture::KIND).then(|| "it writes only pictures, from the transform plot".into())
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.is_empty() {
            faults.push(place.fault("path", "is empty").fix("set path to the name of a folder"));
        }
    }
    fn open(&self, _: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let path = self.path.trim_end_matches('/').to_owned();
        let path = if path.is_empty() { "/".into() } else { path };
        if !path.contains("://") {
            if std::path::Path::new(&path).is_file() {
                return Err(Fault::new(format!("{path} is a file")).fix("name a folder"));
            }
            std::fs::create_dir_all(&path).map_err(|error| {
                Fault::new(format!("the folder {path} cannot be created"))
                    .why(error)
                    .fix("choose another one")
            })?;
        }
        let (store, control) = (self.store.clone(), context.control.clone());
        Ok(Box::new(Writer { path, store, control, taken: HashSet::new(), pictures: 0, bytes: 0 }))
    }
}

struct Writer {
    path: String,
    store: PassedOn,
    control: Control,
    /// Names used in this run, without extension.
    taken: HashSet<String>,
    pictures: u64,
    bytes: u64,
}

/// The candidate names for a recording, in order of preference.
fn names(stream: &str) -> impl Iterator<Item = String> {
    // the stream name is a relative path: components that lead out of the folder are dropped
    let parts = stream.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    let whole = parts.collect::<Vec<_>>().join("/");
    let whole = if whole.is_empty() { "recording".into() } else { whole };
    let file = whole.rsplit('/').next().unwrap_or_default();
    let ending = file.rfind('.').filter(|at| *at > 0).map_or(0, |at| file.len() - at);
    let short = whole[..whole.len() - ending].to_owned();
    let numbered = whole.clone();
    [short, whole].into_iter().chain((2..).map(move |number| format!("{numbered}-{number}")))
}

impl Writer {
    fn directory(&self, name: &str) -> Result<(Directory, String)> {
        Directory::of(&format!("{}/{name}", self.path), &self.store, &self.control)
    }

    /// Whether a name is free: not used in this run, and not the name of a file, unless an earlier run wrote it.
    fn is_free(&self, name: &str) -> Result<bool> {
        if self.taken.contains(name) {
            return Ok(false);
        }
        let (place, stem) = self.directory(name)?;
        for (ending, mark) in [("png", png::SOFTWARE), ("svg", svg::SOFTWARE.as_bytes())] {
            let Some(file) = place.open(&format!("{stem}.{ending}"))? else { continue };
            let mut start = vec![];
            let read = file.take(1024).read_to_end(&mut start);
            if read.is_err() || !start.windows(mark.len()).any(|part| part == mark) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        let Some(picture) = output.data.get::<Picture>() else { return Ok(()) };
        let mut free = None;
        for name in names(&output.stream) {
            if self.is_free(&name)? {
                free = Some(name);
                break;
            }
        }
        let name = free.unwrap_or_default();
        let png = base64::engine::general_purpose::STANDARD.decode(&picture.png);
        let png = png
            .map_err(|error| Fault::new(format!("the picture of {} is damaged", output.stream)).why(error))?;
        let (place, stem) = self.directory(&name)?;
        place.put(&format!("{stem}.png"), &png)?;
        place.put(&format!("{stem}.svg"), picture.svg.as_bytes())?;
        self.pictures += 2;
        self.bytes += (png.len() + picture.svg.len()) as u64;
        self.taken.insert(name);
        Ok(())
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }
    fn written(&self) -> Vec<Written> {
        let (to, bytes) = (self.path.clone(), Some(self.bytes));
        vec![Written { to, bytes, rows: self.pictures, of: "pictures", whole: true }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mirror_folders_and_lead_out_of_none() {
        let first = |stream: &str| names(stream).take(3).collect::<Vec<_>>();
        assert_eq!(first("a/b/song.flac"), ["a/b/song", "a/b/song.flac", "a/b/song.flac-2"]);
        assert_eq!(first("../../etc/passwd")[0], "etc/passwd");
        assert_eq!(first(".hidden")[0], ".hidden");
    }
}
