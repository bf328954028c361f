//! Complete files in a local folder.

use super::Upload;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The extension of temporary files.
const PART: &str = ".part";

/// A folder.
pub struct Folder(PathBuf);

/// A file under a temporary name. Names are unique, since two processes may write the same file at once.
struct Partial {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl Folder {
    pub fn new(path: &Path) -> Self {
        Self(path.into())
    }
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
    pub fn at(&self) -> String {
        self.0.display().to_string()
    }
    pub fn create(&self, name: &str) -> io::Result<Box<dyn Upload>> {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut partial = path.clone().into_os_string();
        partial.push(format!(".{}{PART}", own()));
        let partial = PathBuf::from(partial);
        let file = File::create(&partial)?;
        Ok(Box::new(Partial { file, partial, path }))
    }
    pub fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.0.join(name))?))
    }
    pub fn size(&self, name: &str) -> io::Result<u64> {
        let known = fs::metadata(self.0.join(name))?;
        if known.is_file() { Ok(known.len()) } else { Err(io::ErrorKind::NotFound.into()) }
    }
    pub fn list(&self, folder: &str) -> io::Result<Vec<(String, u64)>> {
        let mut names = vec![];
        for entry in fs::read_dir(self.0.join(folder))? {
            // skip a file that is removed in the meantime
            let entry = entry?;
            let Ok(known) = entry.metadata() else { continue };
            if known.is_file() {
                names.push((entry.file_name().to_string_lossy().into_owned(), known.len()));
            }
        }
        Ok(names)
    }
    pub fn sweep(&self, of: &dyn Fn(&str) -> bool) -> io::Result<()> {
        for (name, _) in self.list("")? {
            let file = name.strip_suffix(PART).and_then(|name| name.rsplit_once('.'));
            if file.is_some_and(|(file, _)| of(file)) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }
    pub fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }
    /// Removes a folder unless it contains files.
    pub fn remove_folder(&self, folder: &str) {
        let _ = fs::remove_dir(self.0.join(folder));
    }
}

/// A unique name, also among machines that share the disk.
fn own() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}", time.rotate_left(20) ^ u64::from(std::process::id()), count)
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Upload for Partial {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        // sync the folder, which contains the name, on systems where folders can be opened
        if cfg!(unix)
            && let Some(folder) = self.path.parent()
        {
            File::open(folder)?.sync_all()?;
        }
        // nothing to remove on drop
        self.partial = PathBuf::new();
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.partial.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_exists_only_after_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let place = Folder::new(folder.path());
        let path = folder.path().join("a/b");
        let (mut one, mut two) = (place.create("a/b").unwrap(), place.create("a/b").unwrap());
        one.write_all(b"one").unwrap();
        two.write_all(b"two").unwrap();
        assert!(!path.exists());
        one.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        two.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        drop(place.create("a/b").unwrap());
        let left = place.create("c.json").unwrap();
        assert_eq!(place.list("").unwrap().len(), 1);
        place.sweep(&|name| name == "c").unwrap();
        assert_eq!(place.list("").unwrap().len(), 1);
        place.sweep(&|name| name == "c.json").unwrap();
        assert!(place.list("").unwrap().is_empty());
        drop(left);
        assert_eq!(place.list("a").unwrap(), [("b".to_owned(), 3)]);
        assert_eq!(place.size("a/b").unwrap(), 3);
        assert_eq!(place.size("a").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
