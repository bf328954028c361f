//! Files on HTTP and HTTPS servers.

use super::bucket::{self, RETRY};
use super::reach::{Reached, shown};
use crate::config::PassedOn;
use object_store::http::HttpBuilder;
use object_store::{ClientConfigKey, ClientOptions};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// A client for files under an address, with the options of HTTP clients.
///
/// The address determines whether HTTP is encrypted. No secrets are sent except those in the address.
pub fn reach(address: &str, options: &PassedOn) -> Result<Reached> {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() {
        let fault = Fault::new("the address has no host");
        return Err(fault.fix("write it like https://data.example.org/recordings"));
    }
    let shown = shown(address);
    if !shown.split_once("://").is_some_and(|(_, rest)| rest.starts_with(host)) {
        return Err(Fault::new("the address cannot be used")
            .why("its user or password contains a reserved character, such as / ? # or a space")
            .fix("write such characters as %2F, %3F, %23 or %20"));
    }
    let mut client = options.0.iter().filter(|(key, _)| *key != RETRY).fold(
        ClientOptions::new(),
        |client, (key, value)| {
            match key.parse::<ClientConfigKey>() {
                Ok(key) => client.with_config(key, value),
                // an option of buckets
                Err(_) => client,
            }
        },
    );
    client = client.with_allow_http(scheme.eq_ignore_ascii_case("http"));
    let retry = bucket::retries(options)
        .map_err(|why| Fault::new(format!("store.{RETRY} cannot be used")).why(why))?;
    // a trailing slash would be doubled before a name
    let base = if address.contains('?') { address } else { address.trim_end_matches('/') };
    let built = HttpBuilder::new().with_url(base).with_client_options(client).with_retry(retry).build();
    let secrets = authority.rsplit_once('@').map(|(user, _)| user.to_owned());
    let proxy = options.0.get("proxy_url").cloned();
    let secrets: Vec<String> = secrets.into_iter().chain(proxy).collect();
    let store = built.map_err(|error| {
        let why = super::explain::words(&error, &secrets);
        Fault::new("the address cannot be used")
            .why(why)
            .fix("write it like https://data.example.org/recordings")
    })?;
    Ok(Reached {
        store: Arc::new(store),
        place: format!("{}://{host}", scheme.to_ascii_lowercase()),
        secrets,
    })
}
