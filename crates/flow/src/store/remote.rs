//! Files in an object store: S3 and compatible stores, Google Cloud Storage, Azure Blob Storage.

mod bucket;
mod explain;
mod object;
mod reach;
pub mod upload;
pub(super) mod web;

pub use bucket::Bucket;
pub(super) use explain::{About, Asked, of_object, of_store};
pub(super) use reach::Reached;

use crate::config::PassedOn;
use crate::part::Control;
use futures::StreamExt;
use object::Object;
use object_store::path::Path;
use object_store::{GetOptions, ListResult, ObjectMeta, ObjectStore};
use passband_signal::iq::{Info, Read, Store};
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How often a request in progress checks for a stop.
const STOP: Duration = Duration::from_millis(100);

/// The objects under one prefix of a bucket, one level deep.
///
/// # Errors  an error that contains a [`Fault`] concerns the store itself, not the requested object
pub struct Objects {
    client: Arc<Client>,
    /// The prefix, which names are appended to.
    prefix: String,
    /// Metadata from the latest listing, which saves requests for single objects.
    known: Mutex<HashMap<String, Known>>,
    /// Whether names are URL-encoded.
    web: bool,
}

/// Metadata of an object.
#[derive(Clone)]
struct Known {
    info: Info,
    /// The ETag, to detect an object that is overwritten.
    tag: Option<String>,
}

/// A client for one bucket, and its runtime.
struct Client {
    store: Arc<dyn ObjectStore>,
    /// One thread, so that data is prefetched while the caller computes. Taken on drop.
    runtime: Option<Runtime>,
    bucket: String,
    place: String,
    secrets: Vec<String>,
    control: Control,
    /// Whether it can list, which distinguishes an error of one object from one of the store.
    lists: bool,
}

/// Why there is no answer.
enum Failed {
    Stopped,
    Store(object_store::Error),
}

impl Objects {
    /// Connects to a bucket and looks up its prefix; returns the name if the path is a single object.
    pub fn open(bucket: &Bucket, options: &PassedOn, control: &Control) -> Result<(Self, Option<String>)> {
        let client = Arc::new(Client::new(bucket.reach(options)?, &bucket.name, control, true)?);
        let mut objects = Self { client, prefix: bucket.prefix.clone(), known: Mutex::default(), web: false };
        let there = objects.list()?;
        if bucket.folder || !there.objects.is_empty() || !there.common_prefixes.is_empty() {
            return Ok((objects, None));
        }
        // no objects under the prefix: it may be an object itself, or objects may be created later
        let (prefix, name) = bucket.prefix.rsplit_once('/').unwrap_or(("", &bucket.prefix));
        let client = objects.client.clone();
        let parent = Self { prefix: prefix.into(), client, known: Mutex::default(), web: false };
        match parent.known(name) {
            Ok(_) => {
                objects = parent;
                Ok((objects, Some(name.into())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((objects, None)),
            Err(error) => Err(passband_signal::iq::fault(error).unwrap_or_else(|error| {
                Fault::new("the file cannot be opened").at(bucket.prefix.clone()).why(error)
            })),
        }
    }

    /// A client that opens objects by name only: in a bucket, or on an HTTP server.
    pub fn unlisted(path: &str, options: &PassedOn, control: &Control) -> Result<Self> {
        let web = super::is_web(path);
        let (reached, name, prefix) = match Bucket::of(path) {
            _ if web => (web::reach(path, options)?, String::new(), String::new()),
            Some(bucket) => {
                let bucket = bucket?;
                (bucket.reach(options)?, bucket.name, bucket.prefix)
            }
            None => return Err(Fault::new("the path is local").at(path)),
        };
        let client = Arc::new(Client::new(reached, &name, control, false)?);
        Ok(Self { client, prefix, known: Mutex::default(), web })
    }

    fn list(&self) -> Result<ListResult> {
        self.client.list(&self.prefix)
    }

    fn path(&self, name: &str) -> io::Result<Path> {
        if self.web {
            return Path::from_url_path(name)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()));
        }
        let path = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        Path::parse(path).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
    }

    /// Metadata from the listing, otherwise requested from the store.
    fn known(&self, name: &str) -> io::Result<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let path = self.path(name)?;
        let head = || {
            let options = GetOptions { head: true, ..GetOptions::default() };
            self.client.wait(self.client.store.get_opts(&path, options))
        };
        self.client.of_object(&self.prefix, head).map(|found| Known::new(&found.meta))
    }
}

impl Store for Objects {
    fn names(&self) -> io::Result<Vec<String>> {
        let there = self.list().map_err(io::Error::other)?;
        let name = |meta: &ObjectMeta| {
            let name = meta.location.filename()?;
            // some tools create an object for a folder: the prefix itself
            (meta.location.as_ref() != self.prefix).then(|| (name.to_owned(), Known::new(meta)))
        };
        let known: HashMap<_, _> = there.objects.iter().filter_map(name).collect();
        let names = known.keys().cloned().collect();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(names)
    }
    fn info(&self, name: &str) -> io::Result<Info> {
        self.known(name).map(|known| known.info)
    }
    fn whole(&self, name: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<u64> {
        let path = self.path(name)?;
        let get = || {
            bytes.clear();
            self.client.wait(async {
                let got = self.client.store.get_opts(&path, GetOptions::default()).await?;
                let size = got.meta.size;
                if size <= most {
                    bytes.reserve(size as usize);
                    let mut pieces = got.into_stream();
                    while let Some(piece) = pieces.next().await {
                        bytes.extend_from_slice(&piece?);
                    }
                }
                Ok(size)
            })
        };
        self.client.of_object(&self.prefix, get)
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let Known { info, tag } = self.known(name)?;
        Ok(Box::new(Object::new(self.client.clone(), self.path(name)?, self.prefix.clone(), info.size, tag)))
    }
}

impl Known {
    fn new(meta: &ObjectMeta) -> Self {
        let info = Info { size: meta.size, modified: meta.last_modified.timestamp_micros() };
        Self { info, tag: meta.e_tag.clone() }
    }
}

impl Client {
    fn new(reached: Reached, bucket: &str, control: &Control, lists: bool) -> Result<Self> {
        let Reached { store, place, secrets } = reached;
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().thread_name("objects").build();
        let runtime = runtime.map_err(|error| Fault::new("no thread for the object store").why(error))?;
        let (bucket, control) = (bucket.to_owned(), control.clone());
        Ok(Self { store, runtime: Some(runtime), bucket, place, secrets, control, lists })
    }

    /// Waits for a request, or until the pipeline stops.
    fn wait<T>(&self, task: impl Future<Output = object_store::Result<T>>) -> Result<T, Failed> {
        let Some(runtime) = &self.runtime else { return Err(Failed::Stopped) };
        runtime.block_on(async {
            let mut task = pin!(task);
            loop {
                match tokio::time::timeout(STOP, &mut task).await {
                    Ok(done) => return done.map_err(Failed::Store),
                    Err(_) if self.control.stopping() => return Err(Failed::Stopped),
                    Err(_) => {}
                }
            }
        })
    }

    fn asked(&self) -> Asked<'_> {
        Asked { place: &self.place, bucket: &self.bucket, secrets: &self.secrets }
    }

    fn fault(&self, failed: Failed) -> Fault {
        match failed {
            Failed::Stopped => {
                Fault::new(format!("{} had not answered when the pipeline was stopped", self.place)).passing()
            }
            Failed::Store(error) => of_store(&error, &self.asked()),
        }
    }

    /// All objects of one level under a prefix.
    fn list(&self, prefix: &str) -> Result<ListResult> {
        let path = Path::parse(prefix).unwrap_or_default();
        let path = (!prefix.is_empty()).then_some(&path);
        self.wait(self.store.list_with_delimiter(path)).map_err(|failed| self.fault(failed))
    }

    /// Executes a request for one object, and distinguishes an error of the object from one of the store: if the store can
    /// still list, a request that fails twice is an error of the object.
    fn of_object<T>(&self, prefix: &str, mut get: impl FnMut() -> Result<T, Failed>) -> io::Result<T> {
        let mut retried = false;
        loop {
            let fault = match get() {
                Ok(got) => return Ok(got),
                Err(Failed::Stopped) => return Err(io::Error::other(self.fault(Failed::Stopped))),
                Err(Failed::Store(error)) => match of_object(&error, &self.asked()) {
                    About::Object(error) => return Err(error),
                    About::Store(fault) if self.lists => fault,
                    // the server answered, so it refused this object
                    About::Store(fault) if explain::answered(&error) => {
                        let [(_, what), _, (_, why), _] = fault.parts();
                        return Err(io::Error::other(format!("{what}: {why}")));
                    }
                    About::Store(fault) => return Err(io::Error::other(fault)),
                },
            };
            self.list(prefix).map_err(io::Error::other)?;
            if std::mem::replace(&mut retried, true) {
                let [(_, what), _, (_, why), _] = fault.parts();
                return Err(io::Error::other(format!("{what}: {why}")));
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // do not wait for a name lookup in progress
            runtime.shutdown_background();
        }
    }
}
