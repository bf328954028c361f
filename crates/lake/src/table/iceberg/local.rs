//! The files of tables on the local file system. A file is flushed to the disk when it is closed, since files that a
//! catalogue refers to must survive a power failure.

use super::storage::failed;
use async_trait::async_trait;
use bytes::Bytes;
use iceberg::Result;
use iceberg::io::{FileRead, FileWrite};
use passband_signal::Fault;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The path of an address with or without the scheme `file:`.
pub fn path(address: &str) -> PathBuf {
    let path = address.strip_prefix("file://").or_else(|| address.strip_prefix("file:"));
    PathBuf::from(path.unwrap_or(address))
}

fn told<T>(address: &str, what: &str, done: io::Result<T>) -> Result<T> {
    done.map_err(|error| {
        let full = error.kind() == io::ErrorKind::StorageFull;
        let fault = Fault::new(format!("a file of the table cannot be {what}"))
            .at(path(address).display().to_string());
        failed(fault.why(error).fix(if full {
            "make room on the disk"
        } else {
            "check the folder and its permissions"
        }))
    })
}

pub fn size(address: &str) -> Result<u64> {
    told(address, "read", fs::metadata(path(address)).map(|known| known.len()))
}

pub fn read(address: &str) -> Result<Bytes> {
    told(address, "read", fs::read(path(address)).map(Bytes::from))
}

pub fn delete(address: &str) -> Result<()> {
    match fs::remove_file(path(address)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => told(address, "removed", done),
    }
}

pub fn delete_folder(address: &str) -> Result<()> {
    match fs::remove_dir_all(path(address)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => told(address, "removed", done),
    }
}

/// Reads ranges of a file.
pub struct Reader {
    address: String,
    file: Mutex<File>,
}

impl Reader {
    pub fn open(address: &str) -> Result<Self> {
        let file = told(address, "read", File::open(path(address)))?;
        Ok(Self { address: address.to_owned(), file: Mutex::new(file) })
    }
}

#[async_trait]
impl FileRead for Reader {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let mut bytes = vec![0; (range.end.saturating_sub(range.start)) as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let done = file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes));
        told(&self.address, "read", done.map(|()| Bytes::from(bytes)))
    }
}

/// Writes a file.
pub struct Writer {
    address: String,
    file: File,
}

impl Writer {
    pub fn create(address: &str) -> Result<Self> {
        let path = path(address);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let file = told(address, "written", folder.and_then(|()| File::create(&path)))?;
        Ok(Self { address: address.to_owned(), file })
    }
}

/// Makes the directory entries of a folder durable; does nothing where a folder cannot be opened as a file.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[async_trait]
impl FileWrite for Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        told(&self.address, "written", self.file.write_all(&bytes))
    }
    async fn close(&mut self) -> Result<()> {
        told(&self.address, "written", self.file.sync_all())?;
        path(&self.address).parent().into_iter().for_each(sync_folder);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_a_path() {
        for address in ["file:///data/t", "file:/data/t", "/data/t"] {
            assert_eq!(path(address), Path::new("/data/t"));
        }
    }
}
