//! The store of the blobs: a folder, a bucket, an HTTP server, or the server in a blob's own name.
//!
//! A name may be an absolute path or an address. A relative name is resolved against the folder; a name that
//! leads out of it (`../other/a.wav`) is refused, as is `..` in a bucket and over HTTP.

use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::store::{self, Away};
use passband_signal::iq::{self, Store};
use passband_signal::{Fault, MediaSource, Result};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

/// Maximum size of a blob that is read in one call; longer blobs are streamed.
const WHOLE: u64 = 4 << 20;
/// Maximum number of cached servers, for names that are addresses.
const MAX_HOSTS: usize = 64;
/// Number of successive connection failures after which a server is not tried again.
const MAX_FAILURES: u32 = 3;

/// Why a blob was not read to its end.
#[derive(Debug)]
pub enum ReadError {
    /// The blob cannot be used. The reason may contain an address as it was given.
    Refused(String),
    /// The store is unavailable, for all blobs.
    Unavailable(Fault),
    /// The pipeline was stopped.
    Stopped,
}

/// An opened blob.
pub enum OpenBlob {
    /// The buffer contains the whole blob.
    Whole,
    /// A long blob: a reader, its size in bytes, and a fault of the store if one occurs later.
    Streamed(Box<dyn MediaSource>, u64, Away),
}

/// Reads blobs by name.
pub struct BlobStore {
    base: Base,
    options: PassedOn,
    control: Control,
    hosts: HashMap<String, Host>,
}

enum Base {
    Folder(PathBuf),
    Store(Box<dyn Store>),
}

/// The server of a name that is an address.
struct Host {
    store: Box<dyn Store>,
    missed: u32,
}

impl BlobStore {
    /// Opens the store; a folder must exist.
    pub fn open(path: &str, options: &PassedOn, control: &Control) -> Result<Self> {
        let base = if store::is_web(path) {
            Base::Store(store::unlisted(path, options, control)?)
        } else if path.contains("://") {
            let (store, one) = store::at(path, options, control)?;
            if one.is_some() {
                return Err(Fault::new("blobs names an object")
                    .at(path)
                    .fix("name the prefix of the objects"));
            }
            Base::Store(store)
        } else if Path::new(path).is_dir() {
            Base::Folder(path.into())
        } else {
            return Err(Fault::new("the folder of blobs does not exist")
                .at(path)
                .fix("correct blobs (--blobs)"));
        };
        Ok(Self { base, options: options.clone(), control: control.clone(), hosts: HashMap::new() })
    }

    /// Reads a short blob into the buffer, or opens a long one.
    pub fn read(&mut self, name: &str, bytes: &mut Vec<u8>) -> Result<OpenBlob, ReadError> {
        let opened = match (address(name), &self.base) {
            (Some((host, rest)), _) => return self.elsewhere(host, rest, bytes),
            (None, Base::Folder(_)) if climbs(name) => {
                return Err(ReadError::Refused("its name leads out of the folder of blobs".to_owned()));
            }
            (None, Base::Folder(folder)) => local(&folder.join(name), bytes),
            (None, Base::Store(store)) => remote(&**store, name, bytes),
        };
        opened.map_err(|error| match iq::fault(error) {
            Ok(_) if self.control.stopping() => ReadError::Stopped,
            Ok(fault) => ReadError::Unavailable(fault),
            Err(error) => ReadError::Refused(why(&error)),
        })
    }

    /// Reads a blob whose name is an address. If its server is unavailable, only this blob is refused.
    fn elsewhere(&mut self, host: &str, name: &str, bytes: &mut Vec<u8>) -> Result<OpenBlob, ReadError> {
        let refused = |fault: &Fault| {
            let [(_, what), _, (_, why), _] = fault.parts();
            ReadError::Refused(if why.is_empty() { what.to_owned() } else { format!("{what}: {why}") })
        };
        if !self.hosts.contains_key(host) {
            if self.hosts.len() >= MAX_HOSTS {
                self.hosts.clear();
            }
            let store =
                store::unlisted(host, &self.options, &self.control).map_err(|fault| refused(&fault))?;
            self.hosts.insert(host.to_owned(), Host { store, missed: 0 });
        }
        let Some(Host { store, missed }) = self.hosts.get_mut(host) else { return Err(ReadError::Stopped) };
        if *missed >= MAX_FAILURES {
            return Err(ReadError::Refused(format!(
                "{host} could not be reached {MAX_FAILURES} times and is not tried again"
            )));
        }
        match remote(&**store, name, bytes).map_err(iq::fault) {
            Ok(opened) => {
                *missed = 0;
                Ok(match opened {
                    // a later fault concerns this blob only
                    OpenBlob::Streamed(source, size, _) => OpenBlob::Streamed(source, size, Away::default()),
                    whole => whole,
                })
            }
            Err(Ok(_)) if self.control.stopping() => Err(ReadError::Stopped),
            Err(Ok(fault)) => {
                *missed += 1;
                Err(refused(&fault))
            }
            Err(Err(error)) => Err(ReadError::Refused(why(&error))),
        }
    }
}

/// The server or bucket of a name that is an address, and the name there.
fn address(name: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = name.split_once("://")?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    // a name with a query is a single address
    if store::is_web(name) && rest.contains('?') {
        return Some((name, ""));
    }
    let host = scheme.len() + 3 + rest.find('/').unwrap_or(rest.len());
    Some((&name[..host], name[host..].trim_start_matches('/')))
}

/// Whether a relative name leads out of the folder.
fn climbs(name: &str) -> bool {
    let mut depth = 0_usize;
    Path::new(name).components().any(|part| match part {
        Component::ParentDir => depth.checked_sub(1).map(|up| depth = up).is_none(),
        Component::Normal(_) => {
            depth += 1;
            false
        }
        // an absolute path is used as it is
        Component::RootDir | Component::Prefix(_) => {
            depth = usize::MAX / 2;
            false
        }
        Component::CurDir => false,
    })
}

fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such blob".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn local(path: &Path, bytes: &mut Vec<u8>) -> io::Result<OpenBlob> {
    let mut options = OpenOptions::new();
    options.read(true);
    // opening a named pipe would block until it has a writer
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let mut file: File = options.open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if about.len() > WHOLE {
        return Ok(OpenBlob::Streamed(Box::new(file), about.len(), Away::default()));
    }
    bytes.resize(about.len() as usize, 0);
    let mut there = 0;
    while there < bytes.len() {
        match file.read(&mut bytes[there..]) {
            Ok(0) => break,
            Ok(n) => there += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(there);
    Ok(OpenBlob::Whole)
}

fn remote(store: &dyn Store, name: &str, bytes: &mut Vec<u8>) -> io::Result<OpenBlob> {
    let size = store.whole(name, WHOLE, bytes)?;
    if size <= WHOLE {
        return Ok(OpenBlob::Whole);
    }
    let (source, away) = store::far(store.open(name)?, size);
    Ok(OpenBlob::Streamed(source, size, away))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_name_must_stay_in_its_folder() {
        for name in ["../a.wav", "a/../../b.wav", "./..", "a/b/../../../c/a.wav"] {
            assert!(climbs(name), "{name}");
        }
        for name in ["a.wav", "a/../b.wav", "..a/b..wav", "/data/../a.wav", "./a/./b.wav"] {
            assert!(!climbs(name), "{name}");
        }
    }

    #[test]
    fn a_name_may_be_an_address() {
        for (name, right) in [
            ("a/b.wav", None),
            ("/data/a.wav", None),
            ("a ://b.wav", None),
            ("https://host:8/a/b%20c.wav", Some(("https://host:8", "a/b%20c.wav"))),
            ("HTTP://host/a.wav?sig=1", Some(("HTTP://host/a.wav?sig=1", ""))),
            ("s3://bucket/a/b?.wav", Some(("s3://bucket", "a/b?.wav"))),
            ("https://host", Some(("https://host", ""))),
            ("ftp://host/a", Some(("ftp://host", "a"))),
        ] {
            assert_eq!(address(name), right, "{name}");
        }
    }
}
