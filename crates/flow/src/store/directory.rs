//! Storage for complete files: a local folder, or a prefix of an object store.
//!
//! A file exists completely or not at all: on a disk it is written under a temporary name, synced and renamed; an object
//! store shows an object when its upload is complete.

mod bucket;
mod folder;

use crate::config::PassedOn;
use crate::part::Control;
use crate::store::remote::{Bucket, Objects};
use folder::Folder;
use passband_signal::{Fault, Result};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A folder or a prefix in which files are stored by name; a name may contain one `/`.
pub enum Directory {
    /// A local folder.
    Folder(Folder),
    /// A prefix in an object store.
    Bucket(Objects),
}

/// A file that is being written. If it is dropped, it is discarded.
pub trait Upload: Write + Send {
    /// Publishes the file, durably.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Directory {
    /// The storage for files whose names start with `prefix`, and the last component of the prefix: `sets/digits` is
    /// `digits` in `sets`. A folder is created with its first file.
    ///
    /// ```
    /// use passband_flow::{Control, config::PassedOn, store::Directory};
    /// let folder = tempfile::tempdir().unwrap();
    /// let prefix = folder.path().join("sets/digits");
    /// let (place, stem) = Directory::of(prefix.to_str().unwrap(), &PassedOn::default(), &Control::default())?;
    /// place.put(&format!("{stem}.json"), b"{}")?;
    /// assert_eq!(stem, "digits");
    /// assert_eq!(std::fs::read(folder.path().join("sets/digits.json")).unwrap(), b"{}");
    /// assert_eq!(place.get("digits.json")?, Some(b"{}".to_vec()));
    /// assert_eq!(place.get("digits.csv")?, None);
    /// # Ok::<(), passband_signal::Fault>(())
    /// ```
    pub fn of(prefix: &str, options: &PassedOn, control: &Control) -> Result<(Self, String)> {
        if prefix.contains("://") {
            let (folder, stem) = prefix.rsplit_once('/').unwrap_or((prefix, ""));
            let Some(bucket) = Bucket::of(&format!("{folder}/")) else { return Err(no_prefix(prefix)) };
            let bucket = bucket.map_err(|fault| fault.at(prefix))?;
            let (objects, _) = Objects::open(&bucket, options, control).map_err(|fault| fault.at(prefix))?;
            return Ok((Self::Bucket(objects), stem.to_owned()));
        }
        let path = Path::new(prefix);
        let stem = path.file_name().ok_or_else(|| no_prefix(prefix))?.to_string_lossy().into_owned();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok((Self::Folder(Folder::new(folder.unwrap_or(Path::new(".")))), stem))
    }

    /// Creates a file.
    pub fn create(&self, name: &str) -> Result<Box<dyn Upload>> {
        let created = match self {
            Self::Folder(folder) => folder.create(name),
            Self::Bucket(objects) => bucket::create(objects, name),
        };
        created.map_err(|error| self.unwritten(name, error))
    }

    /// Writes a small file, replacing an existing one.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut file = self.create(name)?;
        file.write_all(bytes).and_then(|()| file.finish()).map_err(|error| self.unwritten(name, error))
    }

    /// The bytes of a small file, if it exists.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(mut file) = self.open(name)? else { return Ok(None) };
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(|error| self.unread(name, error))?;
        Ok(Some(bytes))
    }

    /// Opens a file for reading, if it exists.
    pub fn open(&self, name: &str) -> Result<Option<Box<dyn Read + Send>>> {
        let opened = match self {
            Self::Folder(folder) => folder.open(name),
            Self::Bucket(objects) => bucket::open(objects, name),
        };
        found(opened).map_err(|error| self.unread(name, error))
    }

    /// The size of a file, if it exists.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        let size = match self {
            Self::Folder(folder) => folder.size(name),
            Self::Bucket(objects) => objects.size(name),
        };
        found(size).map_err(|error| self.unread(name, error))
    }

    /// The files of a subfolder, or of the folder itself if `folder` is empty, with their sizes; none if it does not exist.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, u64)>> {
        let names = match self {
            Self::Folder(place) => place.list(folder),
            Self::Bucket(objects) => objects.names_in(folder),
        };
        let mut names = found(names).map_err(|error| self.unread(folder, error))?.unwrap_or_default();
        names.sort_unstable();
        Ok(names)
    }

    /// Removes a file, if it exists.
    pub fn remove(&self, name: &str) -> Result<()> {
        let removed = match self {
            Self::Folder(folder) => folder.remove(name),
            Self::Bucket(objects) => objects.remove(name),
        };
        found(removed).map(drop).map_err(|error| {
            fault(error).unwrap_or_else(|error| {
                Fault::new(format!("{name} cannot be removed")).at(self.at()).why(error)
            })
        })
    }

    /// Removes all files of a subfolder, and the subfolder.
    pub fn clear(&self, folder: &str) -> Result<()> {
        for (name, _) in self.list(folder)? {
            self.remove(&format!("{folder}/{name}"))?;
        }
        if let Self::Folder(place) = self {
            place.remove_folder(folder);
        }
        Ok(())
    }

    /// The path of a file, if it is local.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder.path(name)),
            Self::Bucket(_) => None,
        }
    }

    /// Removes temporary files that killed processes have left; none may be in use. (Object stores remove incomplete
    /// uploads by their own lifecycle rules.)
    pub fn sweep(&self, of: &dyn Fn(&str) -> bool) -> Result<()> {
        let Self::Folder(folder) = self else { return Ok(()) };
        folder.sweep(of).map_err(|error| self.unwritten("a file under way", error))
    }

    /// Its location, for output.
    pub fn at(&self) -> String {
        match self {
            Self::Folder(folder) => folder.at(),
            Self::Bucket(objects) => objects.at(),
        }
    }

    /// The fault for a file that cannot be written.
    pub fn unwritten(&self, name: &str, error: io::Error) -> Fault {
        fault(error).unwrap_or_else(|error| {
            let fault = Fault::new(format!("{name} cannot be written")).at(self.at()).why(error);
            fault.fix("free disk space, or choose another path")
        })
    }

    /// The fault for a file that cannot be read.
    pub fn unread(&self, name: &str, error: io::Error) -> Fault {
        fault(error)
            .unwrap_or_else(|error| Fault::new(format!("{name} cannot be read")).at(self.at()).why(error))
    }
}

fn no_prefix(prefix: &str) -> Fault {
    Fault::new("the prefix of the files cannot be used").at(prefix).fix("write it like sets/digits")
}

/// The fault of a store contained in an error.
fn fault(error: io::Error) -> Result<Fault, io::Error> {
    passband_signal::iq::fault(error)
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
