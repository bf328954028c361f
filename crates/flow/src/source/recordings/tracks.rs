//! Lists the recordings of a path, in order.

use crate::config::PassedOn;
use crate::data::FileInfo;
use crate::part::Control;
use crate::source::path_pattern;
use crate::store;
use passband_signal::address::redact;
use passband_signal::iq::{self, Pattern, Store};
use passband_signal::{Fault, MediaSource, Recording, Result, has_recording_extension, tags};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// Number of bytes hashed at once.
const PIECE: usize = 1 << 18;

/// Whether a file in a folder is a recording, according to its name.
pub fn is_audio(name: &str) -> bool {
    !path_pattern::is_hidden(name) && has_recording_extension(name)
}

/// Splits a path into its folder and the pattern in its last component.
pub fn wanted(path: &str) -> Result<(&str, Option<Pattern>), String> {
    let (folder, last) = path_pattern::split(path, &['*']);
    if folder.contains('*') {
        return Err(
            "only the last part of a path can be a pattern; a folder is read with its subfolders".into()
        );
    }
    Ok((folder, last.map(str::parse).transpose()?))
}

/// A recording before it is opened.
#[derive(Clone)]
pub struct Track {
    /// Its number, counted from 1 in the order of the paths.
    pub number: i64,
    /// Its name: the path relative to the folder it was found in.
    pub name: String,
    /// The path or address to open it by.
    pub path: String,
    place: Where,
}

#[derive(Clone)]
enum Where {
    Here(PathBuf),
    There(Arc<Mutex<Box<dyn Store>>>, String),
}

impl Track {
    fn new(name: String, path: String, place: Where) -> Self {
        Self { number: 0, name, path, place }
    }

    /// A file of this machine.
    pub(super) fn here(number: i64, name: String, path: &str) -> Self {
        Self { number, ..Self::new(name, path.to_owned(), Where::Here(path.into())) }
    }

    /// Opens it.
    pub fn open(&self) -> Result<Recording> {
        match &self.place {
            // a pipe or a device might never provide data
            Where::Here(path)
                if std::fs::metadata(path).is_ok_and(|known| !known.is_file() && !known.is_dir()) =>
            {
                Err(Fault::new(format!("{} is not a file", path.display()))
                    .fix("use the source file, with path = \"-\""))
            }
            Where::Here(path) => Recording::open(path),
            Where::There(_, name) => Recording::read(self.bytes()?, name),
        }
    }

    /// Its bytes, from the start.
    fn bytes(&self) -> Result<Box<dyn MediaSource>> {
        match &self.place {
            Where::Here(path) => std::fs::File::open(path)
                .map(|file| Box::new(file) as Box<dyn MediaSource>)
                .map_err(|error| Fault::new("the recording cannot be read").at(&self.path).why(error)),
            Where::There(store, name) => {
                let tell = |error| match iq::fault(error) {
                    Ok(fault) => fault,
                    Err(error) => Fault::new("the recording cannot be opened").at(&self.name).why(error),
                };
                let store = store.lock().unwrap_or_else(PoisonError::into_inner);
                let size = store.info(name).map_err(tell)?.size;
                Ok(store::far(store.open(name).map_err(tell)?, size).0)
            }
        }
    }

    /// The properties of this recording's file; `None` if it is stopped meanwhile.
    ///
    /// # Errors  it cannot be read
    pub fn describe(&self, recording: &Recording, control: &Control) -> Result<Option<FileInfo>> {
        let (container, codec) = recording.encoding();
        let (container, codec) = (container.to_owned(), codec.to_owned());
        let (mut hash, mut bytes, mut piece) = (Xxh3::new(), self.bytes()?, vec![0; PIECE]);
        loop {
            let count = bytes.read(&mut piece).map_err(|error| {
                Fault::new("the recording cannot be read").at(&self.path).why(error).fix("try again")
            })?;
            if count == 0 {
                break;
            }
            hash.update(&piece[..count]);
            if control.stopping() {
                return Ok(None);
            }
        }
        let (content_hash, tags) = (format!("{:032x}", hash.digest128()), tags(self.bytes()?, &self.name));
        Ok(Some(FileInfo { path: redact(&self.path).into_owned(), content_hash, container, codec, tags }))
    }
}

/// All recordings that the paths name, without duplicates, in order.
pub fn tracks(
    paths: &[String],
    list: Option<&str>,
    options: &PassedOn,
    control: &Control,
) -> Result<Vec<Track>> {
    let mut paths = paths.to_vec();
    if let Some(list) = list {
        let text = std::fs::read_to_string(list).map_err(|error| {
            Fault::new("the list of recordings cannot be read").at(list).why(error).fix("check list")
        })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        paths.extend(lines.map(str::to_owned));
    }
    let (mut all, mut left_out) = (vec![], 0);
    for path in &paths {
        let (folder, pattern) = wanted(path).map_err(Fault::new)?;
        let meant = |name: &str| match &pattern {
            Some(pattern) => !path_pattern::is_hidden(name) && pattern.read(name).is_some(),
            None => is_audio(name),
        };
        let local = Path::new(folder);
        match () {
            () if !folder.contains("://") && pattern.is_none() && !local.is_dir() => {
                let name =
                    local.file_name().map_or_else(|| path.clone(), |name| name.to_string_lossy().into());
                all.push(Track::new(name, folder.to_owned(), Where::Here(local.into())));
            }
            () if !folder.contains("://") => {
                let mut seen = BTreeSet::new();
                let mut found = walk(local, pattern.is_none(), &mut seen)
                    .map_err(|error| Fault::new("the folder cannot be read").at(folder).why(error))?;
                found.sort();
                for file in found {
                    let name =
                        file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    if !meant(&name) {
                        left_out += 1;
                        continue;
                    }
                    let below = file.strip_prefix(local).unwrap_or(&file).to_string_lossy().into_owned();
                    all.push(Track::new(below, file.to_string_lossy().into_owned(), Where::Here(file)));
                }
            }
            () => {
                let (store, only) = store::at(folder, options, control)?;
                let listed = |error| match iq::fault(error) {
                    Ok(fault) => fault.at(folder),
                    Err(error) => Fault::new("the recordings cannot be listed").at(folder).why(error),
                };
                // the base of a single file is its own address
                let base = match &only {
                    Some(only) => folder.strip_suffix(only.as_str()).unwrap_or(folder),
                    None => folder,
                };
                let base = base.trim_end_matches('/').to_owned();
                let mut names = match only {
                    Some(only) => vec![only],
                    None => {
                        let names = store.names().map_err(listed)?;
                        let (meant, others): (Vec<_>, Vec<_>) =
                            names.into_iter().partition(|name| meant(name));
                        left_out += others.len();
                        meant
                    }
                };
                names.sort();
                let store = Arc::new(Mutex::new(store));
                all.extend(names.into_iter().map(|name| {
                    let place = Where::There(store.clone(), name.clone());
                    Track::new(name.clone(), format!("{base}/{name}"), place)
                }));
            }
        }
    }
    for (at, track) in all.iter_mut().enumerate() {
        track.number = at as i64 + 1;
    }
    if left_out > 0 {
        let files = if left_out == 1 { "file was" } else { "files were" };
        control.note(|| format!("{left_out} {files} skipped: they do not have the extension of a recording"));
    }
    if all.is_empty() {
        return Err(Fault::new("there is no recording to read").at(paths.join(", ")).fix("check path"));
    }
    Ok(all)
}

/// The files of a folder and, if wanted, of the folders in it; a link that leads back is followed once.
pub fn walk(folder: &Path, deep: bool, seen: &mut BTreeSet<PathBuf>) -> std::io::Result<Vec<PathBuf>> {
    let mut files = vec![];
    if !seen.insert(folder.canonicalize()?) {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| path_pattern::is_hidden(&name.to_string_lossy()));
        match () {
            () if hidden => {}
            () if path.is_dir() && deep => files.append(&mut walk(&path, deep, seen)?),
            () if path.is_dir() => {}
            // a broken link is refused when it is opened
            () => files.push(path),
        }
    }
    Ok(files)
}
