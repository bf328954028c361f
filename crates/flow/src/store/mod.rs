//! Access to files: in a local folder, or in an object store.

mod directory;
mod media;
mod open_bucket;
pub(crate) mod remote;

pub use directory::{Directory, Upload};
pub use media::{Away, far, media};
pub use open_bucket::OpenBucket;

use crate::config::{PassedOn, Place};
use crate::part::Control;
use passband_signal::iq::{Folder, Store};
use passband_signal::{Fault, Result};
use remote::{Bucket, Objects};
use std::path::Path;

/// Checks path and options without I/O.
pub fn check(path: &str, options: &PassedOn, place: &Place, faults: &mut Vec<Fault>) {
    match Bucket::of(path) {
        Some(Ok(bucket)) => bucket.check(options, place, faults),
        Some(Err(fault)) => faults.push(fault.within(&place.of("path"))),
        None if !options.0.is_empty() => {
            let fault = place.fault("store", "is set, but path is local");
            faults.push(fault.fix("write path = \"s3://bucket/prefix\", or remove store"));
        }
        None => {}
    }
}

/// Whether a path is the HTTP address of a folder or file.
pub fn is_web(path: &str) -> bool {
    path.split_once("://")
        .is_some_and(|(scheme, _)| ["http", "https"].contains(&&*scheme.to_ascii_lowercase()))
}

/// A store whose files are opened by name and never listed: `https://host/folder` (or `http://`), or a path of [`at`].
/// It is not accessed yet.
///
/// Names on HTTP servers are URL-encoded: `%20` is a space. A server without byte ranges is sufficient for files that
/// are read by [`Store::whole`].
pub fn unlisted(path: &str, options: &PassedOn, control: &Control) -> Result<Box<dyn Store>> {
    Ok(Box::new(Objects::unlisted(path, options, control).map_err(|fault| fault.at(path))?))
}

/// The store of a path, and the file that the path names, if it is one.
pub fn at(path: &str, options: &PassedOn, control: &Control) -> Result<(Box<dyn Store>, Option<String>)> {
    if let Some(bucket) = Bucket::of(path) {
        let opened = bucket.and_then(|bucket| Objects::open(&bucket, options, control));
        return opened.map(|(store, only)| (Box::new(store) as _, only)).map_err(|fault| fault.at(path));
    }
    let local = Path::new(path);
    let known = std::fs::metadata(local).map_err(|error| {
        Fault::new("the files cannot be opened").at(path).why(error).fix("check path and its permissions")
    })?;
    if known.is_dir() {
        return Ok((Box::new(Folder::new(local)), None));
    }
    let folder = local.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let only = local.file_name().map(|name| name.to_string_lossy().into_owned());
    let folder = Folder::new(folder);
    Ok((
        Box::new(match &only {
            Some(name) => folder.wanting(name),
            None => folder,
        }),
        only,
    ))
}
