//! Where files are: a folder, or anything else that can list, tell a size and read a range.

use crate::Fault;
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
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of that path; it is not looked at yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self(path.as_ref().into())
    }
}

impl Store for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = vec![];
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            // a link to a file is a file; what cannot be told is left for `info` to say
            if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }
    fn info(&self, name: &str) -> io::Result<Info> {
        let known = std::fs::metadata(self.0.join(name))?;
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
        Ok(Box::new(Local { file: File::open(self.0.join(name))?, at: 0 }))
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
