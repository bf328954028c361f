//! Files in an object store: S3 and what speaks like it, Google's and Microsoft's.

mod bucket;
mod explain;
mod object;
mod reach;
pub mod upload;
mod web;

pub use bucket::Bucket;

use crate::config::PassedOn;
use crate::part::Control;
use explain::{About, Asked};
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

/// How often a stop is noticed while the store is waited for.
const STOP: Duration = Duration::from_millis(100);

/// What lies under one prefix of a bucket, one level of it.
///
/// # Errors  one that holds a [`Fault`] is of the store itself, not of the object that was asked for
pub struct Objects {
    client: Arc<Client>,
    /// The prefix, for names to be put after.
    prefix: String,
    /// What the newest listing said of each object, so that none is asked for alone.
    known: Mutex<HashMap<String, Known>>,
    /// Whether names are parts of an address.
    web: bool,
}

/// What is known of an object without reading it.
#[derive(Clone)]
struct Known {
    info: Info,
    /// Tells what was written from what is written later under that name.
    tag: Option<String>,
}

/// A client for one bucket, and what drives it.
struct Client {
    store: Arc<dyn ObjectStore>,
    /// One thread, so that what is read ahead comes while the caller computes. Taken when this is dropped.
    runtime: Option<Runtime>,
    bucket: String,
    place: String,
    secrets: Vec<String>,
    control: Control,
    /// Whether it is asked for lists, by which an error of one object is told from one of the store.
    lists: bool,
}

/// Why there is no answer.
enum Failed {
    Stopped,
    Store(object_store::Error),
}

impl Objects {
    /// Reaches a bucket and looks whether its prefix is there; gives the one object that is wanted, if it is one.
    pub fn open(bucket: &Bucket, options: &PassedOn, control: &Control) -> Result<(Self, Option<String>)> {
        let client = Arc::new(Client::new(bucket.reach(options)?, &bucket.name, control, true)?);
        let mut objects = Self { client, prefix: bucket.prefix.clone(), known: Mutex::default(), web: false };
        let there = objects.list()?;
        if bucket.folder || !there.objects.is_empty() || !there.common_prefixes.is_empty() {
            return Ok((objects, None));
        }
        // nothing lies under it: it may be an object itself, or a prefix of what is still to come
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

    /// What is asked for by name alone: a bucket, or an address behind HTTP.
    pub fn unlisted(path: &str, options: &PassedOn, control: &Control) -> Result<Self> {
        let web = super::is_web(path);
        let (reached, name, prefix) = match Bucket::of(path) {
            _ if web => (web::reach(path, options)?, String::new(), String::new()),
            Some(bucket) => {
                let bucket = bucket?;
                (bucket.reach(options)?, bucket.name, bucket.prefix)
            }
            None => return Err(Fault::new("the path is one of this machine").at(path)),
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

    /// What the listing said, or else the store when it is asked for that object.
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
            // some tools write an object in place of a folder: the prefix itself
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
    fn new(reached: reach::Reached, bucket: &str, control: &Control, lists: bool) -> Result<Self> {
        let reach::Reached { store, place, secrets } = reached;
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().thread_name("objects").build();
        let runtime = runtime.map_err(|error| Fault::new("no thread for the object store").why(error))?;
        let (bucket, control) = (bucket.to_owned(), control.clone());
        Ok(Self { store, runtime: Some(runtime), bucket, place, secrets, control, lists })
    }

    /// Waits for the store, or until the pipeline is to stop.
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
            Failed::Store(error) => explain::of_store(&error, &self.asked()),
        }
    }

    /// Everything of one level under a prefix.
    fn list(&self, prefix: &str) -> Result<ListResult> {
        let path = Path::parse(prefix).unwrap_or_default();
        let path = (!prefix.is_empty()).then_some(&path);
        self.wait(self.store.list_with_delimiter(path)).map_err(|failed| self.fault(failed))
    }

    /// Does it for one object, and tells an error of that object from one of the store: a store that still lists
    /// has failed at that object alone, if it does so twice.
    fn of_object<T>(&self, prefix: &str, mut get: impl FnMut() -> Result<T, Failed>) -> io::Result<T> {
        let mut again = false;
        loop {
            let fault = match get() {
                Ok(got) => return Ok(got),
                Err(Failed::Stopped) => return Err(io::Error::other(self.fault(Failed::Stopped))),
                Err(Failed::Store(error)) => match explain::of_object(&error, &self.asked()) {
                    About::Object(error) => return Err(error),
                    About::Store(fault) if self.lists => fault,
                    // who answered refused that one
                    About::Store(fault) if explain::answered(&error) => {
                        let [(_, what), _, (_, why), _] = fault.parts();
                        return Err(io::Error::other(format!("{what}: {why}")));
                    }
                    About::Store(fault) => return Err(io::Error::other(fault)),
                },
            };
            self.list(prefix).map_err(io::Error::other)?;
            if std::mem::replace(&mut again, true) {
                let [(_, what), _, (_, why), _] = fault.parts();
                return Err(io::Error::other(format!("{what}: {why}")));
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // a name that is still looked up is not waited for
            runtime.shutdown_background();
        }
    }
}
