//! The bucket that a path names, and the options of its store.

use super::reach::{self, Reached};
use crate::config::{PassedOn, Place, unknown};
use object_store::RetryConfig;
use object_store::aws::AmazonS3ConfigKey as S3Key;
use object_store::azure::AzureConfigKey as AzureKey;
use object_store::gcp::GoogleConfigKey as GoogleKey;
use passband_signal::{Duration, Fault, Result};

/// The option that is not one of the client: how long transient errors are retried.
pub const RETRY: &str = "retry_timeout";
/// Long enough for a server that restarts, short enough for interactive use.
const USUAL_RETRY: Duration = Duration(20.0);
const MOST_RETRIES: usize = 6;
/// Options listed in the error for an unknown name; there are more.
const OPTIONS: [&str; 12] = [
    "endpoint",
    "region",
    "allow_http",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "skip_signature",
    "virtual_hosted_style_request",
    "timeout",
    "connect_timeout",
    "proxy_url",
    RETRY,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    S3,
    Google,
    Azure,
}

/// The bucket of a path such as `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    kind: Kind,
    pub name: String,
    /// The prefix, without leading and trailing slashes.
    pub prefix: String,
    /// Whether the path ends with a slash, so that it is not a file.
    pub folder: bool,
}

impl Bucket {
    /// Parses a path; `None` if it is local.
    pub fn of(path: &str) -> Option<Result<Self>> {
        let (scheme, rest) = path.split_once("://")?;
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "s3" | "s3a" => Kind::S3,
            "gs" => Kind::Google,
            "az" => Kind::Azure,
            _ => {
                let fault = Fault::new(format!("files cannot be read by {scheme}://")).at(path);
                return Some(Err(
                    fault.fix("write s3://bucket/prefix (or gs://, az://), or the path of a folder")
                ));
            }
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            let fault = Fault::new("the path has no bucket").at(path);
            return Some(Err(fault.fix(format!("write it like {scheme}://bucket/prefix"))));
        }
        let folder = prefix.is_empty() || prefix.ends_with('/');
        let prefix = prefix.trim_matches('/');
        if let Err(error) = object_store::path::Path::parse(prefix) {
            let fault = Fault::new("the path is not valid in an object store").at(path).why(error);
            return Some(Err(fault.fix("write it without '//', '.' and '..'")));
        }
        Some(Ok(Self { kind, name: name.into(), prefix: prefix.into(), folder }))
    }

    /// Checks the names of options without network access.
    pub fn check(&self, options: &PassedOn, place: &Place, faults: &mut Vec<Fault>) {
        for key in options.0.keys().filter(|key| *key != RETRY) {
            let known = match self.kind {
                Kind::S3 => key.parse::<S3Key>().is_ok(),
                Kind::Google => key.parse::<GoogleKey>().is_ok(),
                Kind::Azure => key.parse::<AzureKey>().is_ok(),
            };
            if !known {
                let fault = place.fault("store", "has an unknown option").why(unknown(key, &OPTIONS));
                faults.push(fault.fix("see the options of the crate object_store, for example"));
            }
        }
        if let Err(why) = retries(options) {
            faults.push(place.fault("store", format!("has a {RETRY} that cannot be used")).why(why));
        }
    }

    /// Creates a client: configured by the environment, overridden by the options.
    pub fn reach(&self, options: &PassedOn) -> Result<Reached> {
        let retry =
            retries(options).map_err(|why| Fault::new(format!("store.{RETRY} cannot be used")).why(why))?;
        match self.kind {
            Kind::S3 => reach::s3(&self.name, options, retry),
            Kind::Google => reach::google(&self.name, options, retry),
            Kind::Azure => reach::azure(&self.name, options, retry),
        }
    }
}

pub fn retries(options: &PassedOn) -> Result<RetryConfig, String> {
    let time = options.0.get(RETRY).map_or(Ok(USUAL_RETRY), |text| text.parse())?;
    Ok(RetryConfig { max_retries: MOST_RETRIES, retry_timeout: time.std(), ..RetryConfig::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_bucket_and_what_is_in_it() {
        let read = |path: &str| Bucket::of(path).map(|read| read.map_err(|fault| fault.what().to_owned()));
        let bucket = |kind, name: &str, prefix: &str, folder| {
            Some(Ok(Bucket { kind, name: name.into(), prefix: prefix.into(), folder }))
        };
        assert_eq!(read("s3://ducks/run 7/ü"), bucket(Kind::S3, "ducks", "run 7/ü", false));
        assert_eq!(read("S3A://ducks/a/"), bucket(Kind::S3, "ducks", "a", true));
        assert_eq!(read("gs://ducks"), bucket(Kind::Google, "ducks", "", true));
        assert_eq!(read("az://ducks/"), bucket(Kind::Azure, "ducks", "", true));
        assert_eq!(read("/data/s3/ducks"), None);
        assert_eq!(read("s3:///a"), Some(Err("the path has no bucket".into())));
        assert_eq!(read("ftp://a/b"), Some(Err("files cannot be read by ftp://".into())));
        assert_eq!(read("s3://a/b/../c"), Some(Err("the path is not valid in an object store".into())));
    }
}
