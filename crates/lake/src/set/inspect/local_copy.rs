//! A shard as a local file: in place, or a temporary copy from an object store.

use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::path::{Path, PathBuf};

/// A shard that can be opened by its path.
pub enum LocalCopy {
    /// The shard itself.
    InPlace(PathBuf),
    /// A temporary copy, removed on drop.
    Temporary(tempfile::TempPath),
}

impl LocalCopy {
    pub fn path(&self) -> &Path {
        match self {
            Self::InPlace(path) => path,
            Self::Temporary(path) => path,
        }
    }
}

/// Makes a shard available locally. A missing one is reported when it is opened.
pub fn fetch(place: &Directory, file: &str) -> Result<LocalCopy> {
    if let Some(path) = place.path(file) {
        return Ok(LocalCopy::InPlace(path));
    }
    let tell = |error| {
        let fault = Fault::new("a shard cannot be downloaded").at(file.to_owned()).why(error);
        fault.fix("free some space for temporary files, or set TMPDIR to another folder")
    };
    let mut brought = tempfile::NamedTempFile::new().map_err(tell)?;
    let Some(mut shard) = place.open(file)? else { return Ok(LocalCopy::InPlace(PathBuf::from(file))) };
    let mut block = vec![0; 1 << 20];
    loop {
        let count = shard.read(&mut block).map_err(|error| place.unread(file, error))?;
        if count == 0 {
            return Ok(LocalCopy::Temporary(brought.into_temp_path()));
        }
        std::io::Write::write_all(&mut brought, &block[..count]).map_err(tell)?;
    }
}
