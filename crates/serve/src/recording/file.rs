//! The file behind a row: where it is, and whether it is still the one that was measured.

use passband_signal::has_recording_extension;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use xxhash_rust::xxh3::Xxh3;

/// Whether the file of a row can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It is there, with the content that was measured.
    Present,
    /// It is not there.
    Missing,
    /// It has another content than the one that was measured.
    Changed,
    /// It is on another machine, and not looked at before it is used.
    Remote,
}

impl FileState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Remote => "remote",
        }
    }
}

/// Size and time of a file.
type Stamp = (u64, Option<SystemTime>);

/// The files that were looked at, with their hashes.
#[derive(Default)]
pub struct Files(Mutex<HashMap<PathBuf, (Stamp, String)>>);

/// The address of a recording as a row names it: a relative path is one of the working folder, or of the folder of the
/// table.
pub fn address(path: &str, table: Option<&Path>) -> String {
    let local = Path::new(path);
    if path.contains("://") || local.is_absolute() || local.exists() {
        return path.to_owned();
    }
    let beside = table.and_then(Path::parent).map(|folder| folder.join(local));
    beside.filter(|beside| beside.exists()).map_or(path.to_owned(), |beside| beside.display().to_string())
}

impl Files {
    /// The state of the file at an address, and a key that changes with its content.
    pub fn state(&self, address: &str, hash: Option<&str>) -> (FileState, String) {
        // a row may name any file, but only recordings are given
        if !has_recording_extension(address) {
            return (FileState::Missing, address.to_owned());
        }
        if address.contains("://") {
            return (FileState::Remote, address.to_owned());
        }
        let path = Path::new(address);
        let Some(known) = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file) else {
            return (FileState::Missing, address.to_owned());
        };
        let stamp = (known.len(), known.modified().ok());
        let key = format!("{address} {stamp:?}");
        let Some(hash) = hash else { return (FileState::Present, key) };
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        let own = match seen {
            Some((seen, own)) if seen == stamp => own,
            _ => match hashed(path) {
                Ok(own) => {
                    let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.insert(path.to_owned(), (stamp, own.clone()));
                    own
                }
                Err(_) => return (FileState::Missing, key),
            },
        };
        (if own == hash { FileState::Present } else { FileState::Changed }, key)
    }
}

/// The content hash as `passband analyze` writes it: XXH3-128 in hexadecimal digits.
fn hashed(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Xxh3::new(), vec![0; 1 << 18]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(format!("{:032x}", hash.digest128()));
        }
        hash.update(&buffer[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_present_changed_or_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, b"one").unwrap();
        let (files, text) = (Files::default(), path.display().to_string());
        let hash = hashed(&path).unwrap();
        assert_eq!(files.state(&text, Some(&hash)).0, FileState::Present);
        assert_eq!(files.state(&text, None).0, FileState::Present);
        std::fs::write(&path, b"other").unwrap();
        assert_eq!(files.state(&text, Some(&hash)).0, FileState::Changed);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(files.state(&text, Some(&hash)).0, FileState::Missing);
        assert_eq!(files.state("s3://bucket/a.wav", Some(&hash)).0, FileState::Remote);
        let other = folder.path().join("secret.txt");
        std::fs::write(&other, b"x").unwrap();
        assert_eq!(files.state(&other.display().to_string(), None).0, FileState::Missing);
    }

    #[test]
    fn relative_paths_are_found_beside_the_table() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.wav"), b"").unwrap();
        let table = folder.path().join("rows.parquet");
        assert_eq!(address("a.wav", Some(&table)), folder.path().join("a.wav").display().to_string());
        assert_eq!(address("b.wav", Some(&table)), "b.wav");
        assert_eq!(address("s3://b/a.wav", Some(&table)), "s3://b/a.wav");
    }
}
