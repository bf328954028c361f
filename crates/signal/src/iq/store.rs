//! File stores: a folder, or any other store that can list files, return their sizes and read ranges.

use crate::Fault;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Metadata of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its size in bytes.
    pub size: u64,
    /// Its modification time (µs since 1970).
    pub modified: i64,
}

/// A store of files.
///
/// # Errors  an error that contains a [`Fault`] concerns the store itself, not the file; [`fault`] extracts it
pub trait Store: Send {
    /// The names of all files in any order, without subfolders.
    fn names(&self) -> io::Result<Vec<String>>;
    /// The metadata of a file.
    fn info(&self, name: &str) -> io::Result<Info>;
    /// Opens a file.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read>>;
    /// Reads a file of at most `most` bytes; returns the size of any file. One request is enough.
    fn whole(&self, name: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<u64> {
        bytes.clear();
        let size = self.info(name)?.size;
        if size <= most {
            bytes.resize(size as usize, 0);
            self.open(name)?.read(0, bytes)?;
        }
        Ok(size)
    }
}

/// An open file. A remote one may read ahead and cache.
pub trait Read: Send {
    /// Fills `bytes` from an offset on; fewer bytes are an error.
    fn read(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// Extracts the fault of a store from an error; an error of one file is returned.
///
/// ```
/// use passband_signal::{Fault, iq};
/// use std::io;
/// assert_eq!(iq::fault(io::Error::other(Fault::new("the store is away"))).unwrap().what(), "the store is away");
/// assert!(iq::fault(io::ErrorKind::NotFound.into()).is_err());
/// ```
pub fn fault(error: io::Error) -> Result<Fault, io::Error> {
    error.downcast()
}

/// A local folder.
///
/// A symbolic link to a file is equivalent to that file, including a file outside the folder; a link to a folder is
/// skipped, like folders. A file with several names (symbolic or hard links) is listed once: under the requested name,
/// otherwise under a name that is not a symbolic link, otherwise under the first in alphabetical order.
pub struct Folder {
    path: PathBuf,
    wanted: Option<String>,
}

impl Folder {
    /// The folder of a path, which is not accessed yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().into(), wanted: None }
    }

    /// Sets the requested file name.
    pub fn wanting(self, name: &str) -> Self {
        Self { wanted: Some(name.into()), ..self }
    }
}

/// A name in a folder, and the identity of its file, which all names of one file share.
struct Named {
    name: String,
    is_link: bool,
    /// `None` if it is unknown or not needed.
    identity: Option<(u64, u64)>,
}

/// The name of an entry, unless it is a folder. Errors are reported by [`Store::info`].
fn named(entry: &std::fs::DirEntry, device: Option<u64>) -> Option<Named> {
    let name = entry.file_name().to_string_lossy().into_owned();
    let kind = entry.file_type().ok();
    if kind.is_some_and(|kind| kind.is_dir()) {
        return None;
    }
    let is_link = kind.is_some_and(|kind| kind.is_symlink());
    let target = is_link.then(|| std::fs::metadata(entry.path()).ok()).flatten();
    if target.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        return None;
    }
    let identity = match is_link {
        true => target.as_ref().and_then(identity),
        false => inode(entry).and_then(|inode| Some((device?, inode))),
    };
    Some(Named { name, is_link, identity })
}

#[cfg(unix)]
fn identity(known: &std::fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((known.dev(), known.ino()))
}

/// Taken from the listing of the folder, without access to the file.
#[cfg(unix)]
fn inode(entry: &std::fs::DirEntry) -> Option<u64> {
    use std::os::unix::fs::DirEntryExt;
    Some(entry.ino())
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(not(unix))]
fn inode(_: &std::fs::DirEntry) -> Option<u64> {
    None
}

impl Store for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        let device = std::fs::metadata(&self.path)?;
        let device = identity(&device).map(|(device, _)| device);
        let mut all = vec![];
        for entry in std::fs::read_dir(&self.path)? {
            all.extend(named(&entry?, device));
        }
        let is_wanted = |named: &Named| self.wanted.as_ref() == Some(&named.name);
        all.sort_by(|a, b| (!is_wanted(a), a.is_link, &a.name).cmp(&(!is_wanted(b), b.is_link, &b.name)));
        let mut first: HashMap<(u64, u64), String> = HashMap::new();
        all.retain(|named| {
            let Some(listed) = named.identity else { return true };
            let Some(before) = first.get(&listed) else {
                first.insert(listed, named.name.clone());
                return true;
            };
            // some file systems list inode numbers that differ from those of their files
            let known = |name: &str| std::fs::metadata(self.path.join(name)).ok().as_ref().and_then(identity);
            known(before).is_none_or(|before| known(&named.name) != Some(before))
        });
        Ok(all.into_iter().map(|named| named.name).collect())
    }
    fn info(&self, name: &str) -> io::Result<Info> {
        let known = std::fs::metadata(self.path.join(name))?;
        if !known.is_file() {
            return Err(io::Error::other("is not a file"));
        }
        let modified = match known.modified()?.duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_micros() as i64,
            Err(before) => -(before.duration().as_micros() as i64),
        };
        Ok(Info { size: known.len(), modified })
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(Local { file: File::open(self.path.join(name))?, at: 0 }))
    }
}

struct Local {
    file: File,
    at: u64,
}

impl Read for Local {
    fn read(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        if self.at != at {
            self.file.seek(SeekFrom::Start(at))?;
        }
        // the position after a failed read is unknown
        self.at = u64::MAX;
        self.file.read_exact(bytes)?;
        self.at = at + bytes.len() as u64;
        Ok(())
    }
}
