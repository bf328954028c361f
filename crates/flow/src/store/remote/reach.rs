//! Access to a bucket: credentials, endpoint, and whether unencrypted HTTP is allowed.

use super::bucket::RETRY;
use crate::config::PassedOn;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as S3Key};
use object_store::azure::{AzureConfigKey as AzureKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey as GoogleKey};
use object_store::{ClientConfigKey, ObjectStore, RetryConfig};
use passband_signal::{Fault, Result, address};
use std::net::IpAddr;
use std::sync::Arc;

/// A client of a bucket.
pub struct Reached {
    pub store: Arc<dyn ObjectStore>,
    /// The address of the store, for output.
    pub place: String,
    /// Secrets that must not be printed.
    pub secrets: Vec<String>,
}

/// Sets the options of a builder. Their names have been checked; an unknown one is reported again here.
macro_rules! set {
    ($builder:expr, $options:expr) => {{
        let mut builder = $builder;
        for (key, value) in $options.0.iter().filter(|(key, _)| *key != RETRY) {
            let key = key.parse().map_err(|_| Fault::new(format!("store.{key} is not a known option")))?;
            builder = builder.with_config(key, value);
        }
        builder
    }};
}

/// Builds the client; HTTP is allowed where it is harmless.
macro_rules! build {
    ($builder:expr, $key:ident, $endpoint:expr, $service:literal, $secrets:expr) => {{
        let mut builder = $builder;
        let (endpoint, secrets): (Option<String>, Vec<$key>) = ($endpoint, $secrets);
        let allow = $key::Client(ClientConfigKey::AllowHttp);
        if let Some(endpoint) = &endpoint {
            let allowed = builder.get_config_value(&allow).is_some_and(|allowed| yes(&allowed));
            let allowed = http_allowed(endpoint, allowed)?;
            builder = builder.with_config(allow, allowed.to_string());
        }
        let secrets: Vec<String> = secrets
            .into_iter()
            .chain([$key::Client(ClientConfigKey::ProxyUrl)])
            .filter_map(|key| builder.get_config_value(&key))
            .filter(|secret| !secret.is_empty())
            .collect();
        let place = endpoint.as_deref().map_or_else(|| $service.to_owned(), shown);
        match builder.build() {
            Ok(store) => Ok(Reached { store: Arc::new(store), place, secrets }),
            Err(error) => {
                let why = super::explain::words(&error, &secrets);
                let fault = Fault::new("the options of the object store are invalid").why(why);
                Err(fault.fix("check the setting store, and the environment variables that it completes"))
            }
        }
    }};
}

/// An S3 bucket.
pub fn s3(bucket: &str, options: &PassedOn, retry: RetryConfig) -> Result<Reached> {
    let mut builder = set!(AmazonS3Builder::from_env(), options);
    if options.0.keys().any(|key| matches!(key.parse(), Ok(S3Key::Endpoint))) {
        // otherwise AWS_ENDPOINT_URL_S3 would override the pipeline file
        let endpoint = builder.get_config_value(&S3Key::Endpoint).unwrap_or_default();
        builder = builder.with_config(S3Key::S3Endpoint, endpoint);
    }
    let value = |key: S3Key| builder.get_config_value(&key).filter(|value| !value.is_empty());
    let endpoint = value(S3Key::S3Endpoint).or(value(S3Key::Endpoint));
    let credentials = [
        S3Key::AccessKeyId,
        S3Key::WebIdentityTokenFile,
        S3Key::ContainerCredentialsRelativeUri,
        S3Key::ContainerCredentialsFullUri,
        S3Key::MetadataEndpoint,
    ];
    let signed = value(S3Key::SkipSignature).is_none_or(|skip| !yes(&skip));
    // credentials of an instance role exist only on machines of Amazon
    if let Some(endpoint) = &endpoint
        && signed
        && credentials.into_iter().all(|key| value(key).is_none())
    {
        return Err(Fault::new(format!("there are no credentials for {}", shown(endpoint)))
            .why("AWS_ACCESS_KEY_ID is not set")
            .fix("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or store.skip_signature = true for a public bucket"));
    }
    let builder = builder.with_bucket_name(bucket).with_retry(retry);
    let secrets = vec![S3Key::SecretAccessKey, S3Key::Token];
    build!(builder, S3Key, endpoint, "Amazon S3", secrets)
}

/// A bucket of Google Cloud Storage.
pub fn google(bucket: &str, options: &PassedOn, retry: RetryConfig) -> Result<Reached> {
    let builder = set!(GoogleCloudStorageBuilder::from_env(), options);
    let endpoint = builder.get_config_value(&GoogleKey::BaseUrl).filter(|value| !value.is_empty());
    let builder = builder.with_bucket_name(bucket).with_retry(retry);
    build!(builder, GoogleKey, endpoint, "Google Cloud Storage", vec![GoogleKey::ServiceAccountKey])
}

/// A container of Azure Blob Storage.
pub fn azure(container: &str, options: &PassedOn, retry: RetryConfig) -> Result<Reached> {
    let builder = set!(MicrosoftAzureBuilder::from_env(), options);
    let endpoint = builder.get_config_value(&AzureKey::Endpoint).filter(|value| !value.is_empty());
    let builder = builder.with_container_name(container).with_retry(retry);
    let secrets = vec![AzureKey::AccessKey, AzureKey::ClientSecret, AzureKey::SasKey, AzureKey::Token];
    build!(builder, AzureKey, endpoint, "Azure Blob Storage", secrets)
}

/// Parses a boolean option.
fn yes(text: &str) -> bool {
    ["1", "true", "on", "yes", "y"].contains(&text.to_ascii_lowercase().as_str())
}

/// Whether unencrypted HTTP is allowed: on the local machine, or by the user's setting.
fn http_allowed(endpoint: &str, allowed: bool) -> Result<bool> {
    let at = || shown(endpoint);
    match endpoint.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        Some("https") => Ok(allowed),
        Some("http") if allowed || loopback(endpoint) => Ok(true),
        Some("http") => Err(Fault::new("the object store would be accessed by unencrypted HTTP")
            .at(at())
            .why("anyone on the network path could read and change the files")
            .fix("write https://, or store.allow_http = true (AWS_ALLOW_HTTP=true) on a trusted network")),
        _ => Err(Fault::new("the endpoint of the object store has no https:// or http://")
            .at(at())
            .fix("write it like https://s3.example.org:9000")),
    }
}

/// An endpoint without secrets.
pub fn shown(endpoint: &str) -> String {
    let shown = address::shown(endpoint.trim_end_matches('/'));
    shown.replacen(&format!("{}@", address::REDACTED), "", 1)
}

fn loopback(endpoint: &str) -> bool {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, _)) => host,
        None => host.split(':').next().unwrap_or(host),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|host| host.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unencrypted_http_is_local_unless_allowed() {
        for (endpoint, allowed, right) in [
            ("http://127.0.0.1:9000", false, Some(true)),
            ("http://[::1]:9000/", false, Some(true)),
            ("http://LOCALHOST", false, Some(true)),
            ("http://127.0.0.1@store.example.org", false, None),
            ("http://127.0.0.1.example.org", false, None),
            ("http://10.0.0.1:9000", false, None),
            ("HTTP://10.0.0.1:9000", true, Some(true)),
            ("https://store.example.org", false, Some(false)),
            ("127.0.0.1:9000", true, None),
        ] {
            assert_eq!(http_allowed(endpoint, allowed).ok(), right, "{endpoint}");
        }
        let fault = http_allowed("http://me:hidden@store.example.org:80", false).unwrap_err();
        assert!(!fault.to_string().contains("hidden"), "{fault}");
    }
}
