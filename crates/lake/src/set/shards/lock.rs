//! The lock of a set: one process builds it at a time.

use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Holds `STEM.lock` until dropped. Two concurrent builds would remove each other's files; with different settings,
/// both would succeed and the set would be a mixture.
pub struct BuildLock {
    path: PathBuf,
    _held: File,
}

impl BuildLock {
    /// `None` for a bucket, or if the file system does not support locks.
    ///
    /// # Errors
    /// If another process builds the set.
    pub fn of(place: &Directory, stem: &str) -> Result<Option<Self>> {
        let Some(path) = place.path(&format!("{stem}.lock")) else { return Ok(None) };
        loop {
            // a folder that is not writable is reported when the first file is written to it
            let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
            let Ok(held) = folder.and_then(|()| File::create(&path)) else { return Ok(None) };
            match held.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    let fault = Fault::new("the set is being built by another process").at(place.at());
                    let why = format!("it holds {}", path.display());
                    return Err(fault.why(why).fix("wait until it ends, or choose another prefix"));
                }
                Err(TryLockError::Error(_)) => return Ok(None),
                // a build that has just ended may have removed the opened file
                Ok(()) if !is_at(&held, &path) => {}
                Ok(()) => return Ok(Some(Self { path, _held: held })),
            }
        }
    }
}

impl Drop for BuildLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |(a, b): (fs::Metadata, fs::Metadata)| (a.dev(), a.ino()) == (b.dev(), b.ino());
    file.metadata().and_then(|own| Ok((own, fs::metadata(path)?))).is_ok_and(same)
}

/// An open file cannot be removed on this platform.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_builds_a_set_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("sets/digits").display().to_string();
        let (place, stem) = Directory::of(&prefix, &Default::default(), &Default::default()).unwrap();
        let first = BuildLock::of(&place, &stem).unwrap();
        assert!(first.is_some());
        assert!(BuildLock::of(&place, "letters").unwrap().is_some());
        let Err(fault) = BuildLock::of(&place, &stem) else { panic!("two at once") };
        assert!(fault.to_string().contains("another process"), "{fault}");
        drop(first);
        assert!(fs::read_dir(folder.path().join("sets")).unwrap().next().is_none());
        assert!(BuildLock::of(&place, &stem).unwrap().is_some());
    }
}
