//! A bucket for crates that speak to object stores themselves, such as the tables.

use super::remote::{Asked, Bucket, of_store};
use crate::config::PassedOn;
use object_store::{Error, ObjectStore};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// The client of a bucket, reached as everywhere: by its address, the environment and the setting `store`.
pub struct OpenBucket {
    client: Arc<dyn ObjectStore>,
    name: String,
    place: String,
    secrets: Vec<String>,
}

impl OpenBucket {
    /// The bucket of an address such as `s3://bucket/prefix`; none for a path of this machine. Nothing is asked yet.
    ///
    /// ```
    /// use passband_flow::{config::PassedOn, store::OpenBucket};
    /// assert!(OpenBucket::of("/data/tables", &PassedOn::default()).is_none());
    /// let refused = OpenBucket::of("ftp://host/tables", &PassedOn::default());
    /// assert!(refused.unwrap().is_err());
    /// ```
    ///
    /// # Errors   an address of another kind, options that are not known, credentials that are missing
    pub fn of(address: &str, options: &PassedOn) -> Option<Result<Self>> {
        let bucket = match Bucket::of(address)? {
            Ok(bucket) => bucket,
            Err(fault) => return Some(Err(fault)),
        };
        let reached = bucket.reach(options).map_err(|fault| fault.at(address));
        Some(reached.map(|reached| Self {
            client: reached.store,
            name: bucket.name,
            place: reached.place,
            secrets: reached.secrets,
        }))
    }

    /// Its client; paths are those in the bucket.
    pub fn client(&self) -> &Arc<dyn ObjectStore> {
        &self.client
    }

    /// An error of the client in words that help, without secrets.
    pub fn fault(&self, error: &Error) -> Fault {
        let asked = Asked { place: &self.place, bucket: &self.name, secrets: &self.secrets };
        match error {
            Error::NotFound { path, .. } => {
                Fault::new(format!("{path} is not in the bucket {} at {}", self.name, self.place))
            }
            _ => of_store(error, &asked),
        }
    }
}
