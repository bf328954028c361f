//! Clients of object stores for crates with access code of their own, such as tables and the query engine.

use super::remote::{About, Asked, Bucket, Reached, of_object, of_store, web};
use crate::config::PassedOn;
use object_store::{Error, ObjectStore};
use passband_signal::{Fault, Result};
use std::fmt;
use std::sync::Arc;

/// The client of a bucket or server, with the credentials and rules of every other part: the address, the environment and
/// the setting `store`.
pub struct OpenBucket {
    client: Arc<dyn ObjectStore>,
    /// Empty for a web server.
    name: String,
    place: String,
    secrets: Vec<String>,
}

impl OpenBucket {
    /// The bucket of an address such as `s3://bucket/prefix`; none for a local path. No request is sent.
    ///
    /// ```
    /// use passband_flow::{config::PassedOn, store::OpenBucket};
    /// assert!(OpenBucket::of("/data/tables", &PassedOn::default()).is_none());
    /// let refused = OpenBucket::of("ftp://host/tables", &PassedOn::default());
    /// assert!(refused.unwrap().is_err());
    /// ```
    ///
    /// # Errors   another scheme, unknown options, missing credentials
    pub fn of(address: &str, options: &PassedOn) -> Option<Result<Self>> {
        let bucket = match Bucket::of(address)? {
            Ok(bucket) => bucket,
            Err(fault) => return Some(Err(fault)),
        };
        let reached = bucket.reach(options).map_err(|fault| fault.at(address));
        Some(reached.map(|reached| Self::new(reached, bucket.name)))
    }

    /// The same for addresses that are only read: also those of web servers, `https://host/path`.
    ///
    /// # Errors   those of [`OpenBucket::of`]; a local path
    pub fn to_read(address: &str, options: &PassedOn) -> Result<Self> {
        if !super::is_web(address) {
            return Self::of(address, options)
                .unwrap_or_else(|| Err(Fault::new("the path is local").at(address)));
        }
        let (scheme, rest) = address.split_once("://").unwrap_or_default();
        let host = rest.split('/').next().unwrap_or(rest);
        Ok(Self::new(web::reach(&format!("{scheme}://{host}"), options)?, String::new()))
    }

    fn new(reached: Reached, name: String) -> Self {
        let Reached { store: client, place, secrets } = reached;
        Self { client, name, place, secrets }
    }

    /// The client; paths start at the root of the bucket or server.
    pub fn client(&self) -> &Arc<dyn ObjectStore> {
        &self.client
    }

    /// An error of the client as a fault, without secrets.
    pub fn fault(&self, error: &Error) -> Fault {
        let asked = Asked { place: &self.place, bucket: &self.name, secrets: &self.secrets };
        match (of_object(error, &asked), error) {
            (About::Store(fault), _) => fault,
            (About::Object(error), _) if self.name.is_empty() => {
                Fault::new("an object cannot be read").at(&self.place).why(error)
            }
            (_, Error::NotFound { path, .. }) => {
                Fault::new(format!("{path} is not in the bucket {} at {}", self.name, self.place))
            }
            _ => of_store(error, &asked),
        }
    }
}

impl fmt::Debug for OpenBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}
