//! Where files are: a folder, or anything else that can list, tell a size and read a range.

use crate::Fault;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its bytes.
    pub size: u64,
    /// When it was last written to (µs since 1970).
    pub modified: i64,
}

/// Where files are.
///
/// # Errors  one that holds a [`Fault`] is of the store itself, which may be away, and not of the file that was asked
/// for; [`fault`] takes it out
pub trait Store: Send {
    /// The names of all files, in no order; folders in it are not entered.
    fn names(&self) -> io::Result<Vec<String>>;
    /// What is known of one of them.
    fn info(&self, name: &str) -> io::Result<Info>;
    /// Opens one of them.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read>>;
    /// Reads one that has at most so many bytes, and gives the size of any: a far store is asked once, not twice.
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

/// An open file. One that is far away may read more than was asked for, and keep it.
pub trait Read: Send {
    /// Fills `bytes` from there on; fewer than that is an error.
    fn read(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// The fault of a store that an error holds; an error of one file comes back.
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

/// A folder of this machine.
///
/// A symbolic link to a file is that file, also where it leads out of the folder; one to a folder is passed over as a
/// folder is. A file that has several names here (by links, hard ones too) is listed once: by the name that is wanted,
/// else by one that is no symbolic link, else by the first in alphabetical order.
pub struct Folder {
    path: PathBuf,
    wanted: Option<String>,
}

impl Folder {
    /// The folder of that path; it is not looked at yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().into(), wanted: None }
    }

    /// The same, of which one file is wanted by this name.
    pub fn wanting(self, name: &str) -> Self {
        Self { wanted: Some(name.into()), ..self }
    }
}

/// A name in a folder, and the file that it stands for; two names of one file have the same.
struct Named {
    name: String,
    is_link: bool,
    /// None where it cannot be told, or need not be.
    identity: Option<(u64, u64)>,
}

/// The name of an entry, unless it is a folder. What cannot be told is left for [`Store::info`] to say.
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

/// As the listing of the folder has it: the file itself is not looked at.
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
            // some file systems list other numbers than their files have
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
        // where a failed read stopped is not known
        self.at = u64::MAX;
        self.file.read_exact(bytes)?;
        self.at = at + bytes.len() as u64;
        Ok(())
    }
}
