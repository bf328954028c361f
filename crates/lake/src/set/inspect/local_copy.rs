//! A shard as a file of this machine: where it lies, or brought from a store for as long as it is read.

use passband_flow::place::Place;
use passband_signal::{Fault, Result};
use std::path::{Path, PathBuf};

/// A shard that can be opened by its path.
pub enum LocalCopy {
    /// It lies there.
    InPlace(PathBuf),
    /// It was brought, and is taken away again.
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

/// Brings it. One that is not there is found missing when it is opened.
pub fn fetch(place: &Place, file: &str) -> Result<LocalCopy> {
    if let Some(path) = place.path(file) {
        return Ok(LocalCopy::InPlace(path));
    }
    let tell = |error| {
        let fault = Fault::new("a shard cannot be brought to this machine").at(file.to_owned()).why(error);
        fault.fix("make room where temporary files are, or name another place in TMPDIR")
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
