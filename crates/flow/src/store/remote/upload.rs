//! Writes objects: a small one in one request, a large one in parts that are uploaded concurrently.

use super::{Client, Failed, Objects};
use object_store::path::Path;
use object_store::{ListResult, ObjectStoreExt, PutPayload, WriteMultipart};
use passband_signal::iq::Store;
use std::io;
use std::sync::Arc;

/// Size of a part; a store allows ten thousand parts, so an object may have 156 GiB.
const PART: usize = 16 << 20;
/// Number of concurrent part uploads, which with the current part determines the memory per object.
const AT_ONCE: usize = 2;

impl Objects {
    /// The current size of an object.
    pub fn size(&self, name: &str) -> io::Result<u64> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(name);
        self.info(name).map(|info| info.size)
    }
    /// The objects under a name, or under the prefix, with their sizes.
    pub fn names_in(&self, folder: &str) -> io::Result<Vec<(String, u64)>> {
        let under = if folder.is_empty() { self.prefix.clone() } else { self.path(folder)?.to_string() };
        let ListResult { objects, .. } = self.client.list(&under).map_err(io::Error::other)?;
        let there = objects.iter().filter(|meta| meta.location.as_ref() != under);
        Ok(there.filter_map(|meta| Some((meta.location.filename()?.to_owned(), meta.size))).collect())
    }
    /// Removes an object, if it exists.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name)?;
        self.client.of_object(&self.prefix, || self.client.wait(self.client.store.delete(&path)))
    }
    /// Its location, for output.
    pub fn at(&self) -> String {
        format!("{}/{} at {}", self.client.bucket, self.prefix, self.client.place)
    }
}

/// An object that is being uploaded. It does not exist until it is complete.
pub struct Uploading {
    client: Arc<Client>,
    path: Path,
    begun: Begun,
}

enum Begun {
    /// The first part, which may be the whole object.
    Here(Vec<u8>),
    Parts(WriteMultipart),
    Over,
}

impl Uploading {
    pub fn new(objects: &Objects, name: &str) -> io::Result<Self> {
        Ok(Self { client: objects.client.clone(), path: objects.path(name)?, begun: Begun::Here(vec![]) })
    }

    /// Starts a multipart upload, when the first part is full.
    fn begin(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (client, path) = (&self.client, &self.path);
        let upload = client.wait(client.store.put_multipart(path)).map_err(|error| failed(client, error))?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART);
        let _entered = client.runtime.as_ref().map(|runtime| runtime.enter());
        parts.write(bytes);
        self.begun = Begun::Parts(parts);
        Ok(())
    }

    /// Completes the object.
    pub fn complete(mut self) -> io::Result<()> {
        let client = &self.client;
        let done = match std::mem::replace(&mut self.begun, Begun::Over) {
            Begun::Here(bytes) => {
                let payload = PutPayload::from(bytes);
                client.wait(client.store.put(&self.path, payload))
            }
            Begun::Parts(parts) => client.wait(parts.finish()),
            Begun::Over => return Err(io::Error::other("an upload that failed cannot be completed")),
        };
        done.map(drop).map_err(|error| failed(client, error))
    }
}

impl io::Write for Uploading {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.begun {
            Begun::Here(here) if here.len() + bytes.len() <= PART => here.extend_from_slice(bytes),
            Begun::Here(here) => {
                let here = std::mem::take(here);
                self.begin(&here)?;
                return self.write(bytes);
            }
            Begun::Parts(parts) => {
                let client = &self.client;
                {
                    let _entered = client.runtime.as_ref().map(|runtime| runtime.enter());
                    parts.write(bytes);
                }
                let capacity = client.wait(parts.wait_for_capacity(AT_ONCE));
                if let Err(error) = capacity {
                    let error = failed(client, error);
                    self.give_up();
                    return Err(error);
                }
            }
            Begun::Over => return Err(io::Error::other("the upload failed before")),
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Uploading {
    /// Aborts the upload; otherwise the lifecycle rules of the store remove its parts.
    fn give_up(&mut self) {
        if let Begun::Parts(parts) = std::mem::replace(&mut self.begun, Begun::Over)
            && let Some(runtime) = &self.client.runtime
        {
            let client = self.client.clone();
            runtime.spawn(async move {
                let _ = parts.abort().await;
                drop(client);
            });
        }
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        self.give_up();
    }
}

fn failed(client: &Client, failed: Failed) -> io::Error {
    io::Error::other(client.fault(failed))
}
