//! The files of tables in an object store.

use super::storage::failed;
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use iceberg::Result;
use iceberg::io::{FileRead, FileWrite};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, PutPayload, WriteMultipart};
use passband_flow::store::OpenBucket;
use passband_signal::Fault;
use std::ops::Range;
use std::sync::Arc;

/// The part size of a multipart upload in bytes, and the number of concurrent part uploads.
const PART: usize = 16 << 20;
const AT_ONCE: usize = 2;

/// An object.
#[derive(Clone)]
pub struct Remote {
    bucket: Arc<OpenBucket>,
    path: Path,
}

impl Remote {
    pub fn new(bucket: Arc<OpenBucket>, key: &str) -> Result<Self> {
        let path = Path::parse(key.trim_matches('/'));
        let path =
            path.map_err(|error| failed(Fault::new("a file of the table has no valid name").why(error)))?;
        Ok(Self { bucket, path })
    }

    fn told<T>(&self, done: object_store::Result<T>) -> Result<T> {
        done.map_err(|error| failed(self.bucket.fault(&error)))
    }

    pub async fn exists(&self) -> Result<bool> {
        match self.bucket.client().head(&self.path).await {
            Err(Error::NotFound { .. }) => Ok(false),
            found => self.told(found.map(|_| true)),
        }
    }
    pub async fn size(&self) -> Result<u64> {
        self.told(self.bucket.client().head(&self.path).await.map(|found| found.size))
    }
    pub async fn read(&self, range: Option<Range<u64>>) -> Result<Bytes> {
        let client = self.bucket.client();
        let bytes = match range {
            Some(range) => client.get_range(&self.path, range).await,
            None => match client.get(&self.path).await {
                Ok(found) => found.bytes().await,
                Err(error) => Err(error),
            },
        };
        self.told(bytes)
    }
    pub async fn delete(&self) -> Result<()> {
        match self.bucket.client().delete(&self.path).await {
            Err(Error::NotFound { .. }) => Ok(()),
            done => self.told(done),
        }
    }
    pub async fn delete_prefix(&self) -> Result<()> {
        let mut found = self.bucket.client().list(Some(&self.path));
        while let Some(meta) = found.next().await {
            let path = self.told(meta)?.location;
            Self { path, bucket: self.bucket.clone() }.delete().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl FileRead for Remote {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        Remote::read(self, Some(range)).await
    }
}

/// Writes an object: a small one in a single request, a large one in parts. It does not exist until it is closed.
pub struct Writer {
    to: Remote,
    /// The bytes so far, while the object may be small.
    small: Vec<u8>,
    parts: Option<WriteMultipart>,
}

impl Writer {
    pub fn new(to: Remote) -> Self {
        Self { to, small: vec![], parts: None }
    }
}

#[async_trait]
impl FileWrite for Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        if self.parts.is_none() && self.small.len() + bytes.len() <= PART {
            self.small.extend_from_slice(&bytes);
            return Ok(());
        }
        if self.parts.is_none() {
            let upload = self.to.bucket.client().put_multipart(&self.to.path).await;
            let mut parts = WriteMultipart::new_with_chunk_size(self.to.told(upload)?, PART);
            parts.write(&std::mem::take(&mut self.small));
            self.parts = Some(parts);
        }
        let Some(parts) = &mut self.parts else { return Ok(()) };
        parts.write(&bytes);
        let room = parts.wait_for_capacity(AT_ONCE).await;
        self.to.told(room)
    }
    async fn close(&mut self) -> Result<()> {
        let done = match self.parts.take() {
            Some(parts) => parts.finish().await,
            None => {
                let whole = PutPayload::from(std::mem::take(&mut self.small));
                self.to.bucket.client().put(&self.to.path, whole).await
            }
        };
        self.to.told(done.map(drop))
    }
}
