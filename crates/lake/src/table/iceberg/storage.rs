//! The storage of table files: implements Iceberg's storage on local files and the engine's object stores.

use super::local;
use super::remote::{self, Remote};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use iceberg::io::{
    FileMetadata, FileRead, FileWrite, InputFile, OutputFile, Storage, StorageConfig, StorageFactory,
};
use iceberg::{Error, ErrorKind, Result};
use passband_flow::config::PassedOn;
use passband_flow::store::OpenBucket;
use passband_signal::Fault;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Creates [`Files`]; holds the options of object stores.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct FilesFactory {
    /// Not serialised, because some options are secrets.
    #[serde(skip)]
    options: PassedOn,
}

impl FilesFactory {
    pub fn new(options: &PassedOn) -> Self {
        Self { options: options.clone() }
    }
}

impl fmt::Debug for FilesFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilesFactory")
    }
}

/// The properties with which a REST catalogue describes a table's store, and the corresponding options.
const OF_CATALOGUE: [(&str, &str); 5] = [
    ("s3.endpoint", "endpoint"),
    ("s3.region", "region"),
    ("s3.access-key-id", "access_key_id"),
    ("s3.secret-access-key", "secret_access_key"),
    ("s3.session-token", "session_token"),
];

#[typetag::serde(name = "PassbandFilesFactory")]
impl StorageFactory for FilesFactory {
    fn build(&self, config: &StorageConfig) -> Result<Arc<dyn Storage>> {
        let said = |(theirs, ours): &(&str, &str)| Some(((*ours).to_owned(), config.get(theirs)?.clone()));
        let mut options = PassedOn(OF_CATALOGUE.iter().filter_map(said).collect());
        // options set by the user take precedence over those of the catalogue
        options.0.extend(self.options.0.clone());
        Ok(Arc::new(Files { shared: Arc::new(Shared { options, buckets: Mutex::default() }) }))
    }
}

/// Local files and objects in object stores, by address.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Files {
    #[serde(skip)]
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    options: PassedOn,
    /// One client per bucket.
    buckets: Mutex<HashMap<String, Arc<OpenBucket>>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files")
    }
}

impl Files {
    /// The object of an address; `None` for a local file.
    fn remote(&self, address: &str) -> Result<Option<Remote>> {
        let Some((scheme, rest)) = address.split_once("://").filter(|(scheme, _)| *scheme != "file") else {
            return Ok(None);
        };
        let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
        let root = format!("{scheme}://{name}/");
        let mut buckets = self.shared.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = match buckets.get(&root) {
            Some(bucket) => bucket.clone(),
            None => {
                let opened = OpenBucket::of(&root, &self.shared.options);
                let opened = opened.unwrap_or_else(|| Err(Fault::new("no object store has this address")));
                let opened = Arc::new(opened.map_err(|fault| failed(fault.at(address)))?);
                buckets.entry(root).or_insert(opened).clone()
            }
        };
        Remote::new(bucket, key).map(Some)
    }
}

/// Wraps a fault so that it passes through Iceberg; [`fault`](super::fault) unwraps it.
pub fn failed(fault: Fault) -> Error {
    Error::new(ErrorKind::Unexpected, fault.what()).with_source(fault)
}

#[async_trait]
#[typetag::serde(name = "PassbandFiles")]
impl Storage for Files {
    async fn exists(&self, path: &str) -> Result<bool> {
        match self.remote(path)? {
            Some(remote) => remote.exists().await,
            None => Ok(local::path(path).exists()),
        }
    }
    async fn metadata(&self, path: &str) -> Result<FileMetadata> {
        let size = match self.remote(path)? {
            Some(remote) => remote.size().await?,
            None => local::size(path)?,
        };
        Ok(FileMetadata { size })
    }
    async fn read(&self, path: &str) -> Result<Bytes> {
        match self.remote(path)? {
            Some(remote) => remote.read(None).await,
            None => local::read(path),
        }
    }
    async fn reader(&self, path: &str) -> Result<Box<dyn FileRead>> {
        Ok(match self.remote(path)? {
            Some(remote) => Box::new(remote),
            None => Box::new(local::Reader::open(path)?),
        })
    }
    async fn write(&self, path: &str, bytes: Bytes) -> Result<()> {
        let mut writer = self.writer(path).await?;
        writer.write(bytes).await?;
        writer.close().await
    }
    async fn writer(&self, path: &str) -> Result<Box<dyn FileWrite>> {
        Ok(match self.remote(path)? {
            Some(remote) => Box::new(remote::Writer::new(remote)),
            None => Box::new(local::Writer::create(path)?),
        })
    }
    async fn delete(&self, path: &str) -> Result<()> {
        match self.remote(path)? {
            Some(remote) => remote.delete().await,
            None => local::delete(path),
        }
    }
    async fn delete_prefix(&self, path: &str) -> Result<()> {
        match self.remote(path)? {
            Some(remote) => remote.delete_prefix().await,
            None => local::delete_folder(path),
        }
    }
    async fn delete_stream(&self, mut paths: BoxStream<'static, String>) -> Result<()> {
        while let Some(path) = paths.next().await {
            self.delete(&path).await?;
        }
        Ok(())
    }
    fn new_input(&self, path: &str) -> Result<InputFile> {
        Ok(InputFile::new(Arc::new(self.clone()), path.to_owned()))
    }
    fn new_output(&self, path: &str) -> Result<OutputFile> {
        Ok(OutputFile::new(Arc::new(self.clone()), path.to_owned()))
    }
}
