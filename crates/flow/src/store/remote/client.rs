//! An object store for readers that bring a client code of their own, such as a query engine.

use super::bucket::Bucket;
use super::explain::{self, Asked};
use super::{reach, web};
use crate::config::PassedOn;
use object_store::ObjectStore;
use passband_signal::{Fault, Result};
use std::fmt;
use std::sync::Arc;

/// The store behind an address, reached with the same credentials and rules as by every other part.
pub struct RemoteStore {
    /// The store; paths in it begin at the bucket.
    pub store: Arc<dyn ObjectStore>,
    bucket: String,
    place: String,
    secrets: Vec<String>,
}

impl RemoteStore {
    /// The store of an address such as `s3://bucket/prefix` (likewise `gs://`, `az://`, `https://`); asks nobody yet.
    ///
    /// # Errors  another scheme, missing credentials, options that are not known
    pub fn of(path: &str, options: &PassedOn) -> Result<Self> {
        let (reached, bucket) = match Bucket::of(path) {
            _ if crate::store::is_web(path) => {
                let (scheme, rest) = path.split_once("://").unwrap_or_default();
                let host = rest.split('/').next().unwrap_or(rest);
                (web::reach(&format!("{scheme}://{host}"), options)?, String::new())
            }
            Some(bucket) => {
                let bucket = bucket?;
                (bucket.reach(options)?, bucket.name)
            }
            None => return Err(Fault::new("the path is one of this machine").at(path)),
        };
        let reach::Reached { store, place, secrets } = reached;
        Ok(Self { store, bucket, place, secrets })
    }

    /// What an error of this store means, without its secrets.
    pub fn fault(&self, error: &object_store::Error) -> Fault {
        let asked = Asked { place: &self.place, bucket: &self.bucket, secrets: &self.secrets };
        match explain::of_object(error, &asked) {
            explain::About::Object(error) => {
                Fault::new("an object cannot be read").at(&self.place).why(error)
            }
            explain::About::Store(fault) => fault,
        }
    }
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}
