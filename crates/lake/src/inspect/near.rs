//! A shard as a file of this machine: where it lies, or brought from a store for as long as it is read.

use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::path::{Path, PathBuf};

/// A shard that can be opened by its path.
pub enum Near {
    /// It lies there.
    Here(PathBuf),
    /// It was brought, and is taken away again.
    Brought(tempfile::TempPath),
}

impl Near {
    pub fn path(&self) -> &Path {
        match self {
            Self::Here(path) => path,
            Self::Brought(path) => path,
        }
    }
}

/// Brings it. One that is not there is found missing when it is opened.
pub fn bring(place: &Directory, file: &str) -> Result<Near> {
    if let Some(path) = place.path(file) {
        return Ok(Near::Here(path));
    }
    let tell = |error| {
        let fault = Fault::new("a shard cannot be brought to this machine").at(file.to_owned()).why(error);
        fault.fix("make room where temporary files are, or name another place in TMPDIR")
    };
    let mut brought = tempfile::NamedTempFile::new().map_err(tell)?;
    let Some(mut shard) = place.open(file)? else { return Ok(Near::Here(PathBuf::from(file))) };
    let mut block = vec![0; 1 << 20];
    loop {
        let count = shard.read(&mut block).map_err(|error| place.unread(file, error))?;
        if count == 0 {
            return Ok(Near::Brought(brought.into_temp_path()));
        }
        std::io::Write::write_all(&mut brought, &block[..count]).map_err(tell)?;
    }
}
