//! The paths that the server answers.

mod collection;
mod columns;
mod openapi;
mod recording;
mod recordings;
mod sql;
mod vega;

use crate::app::App;
use crate::fault::Answer;
use crate::page;
use axum::Router;
use axum::extract::RawQuery;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use passband_signal::Fault;
use std::sync::Arc;

pub use openapi::document;

/// The parameters of a request, in their order.
pub type Parameters = Vec<(String, String)>;

/// All paths.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/library", get(columns::library))
        .route("/api/histogram", get(columns::histogram))
        .route("/api/points", get(columns::points))
        .route("/api/values", get(columns::values))
        .route("/api/recordings", get(recordings::list))
        .route("/api/matching", get(recordings::matching))
        .route("/api/duplicates", get(recordings::duplicates))
        .route("/api/recordings/{id}", get(recording::row))
        .route("/api/recordings/{id}/{what}", get(recording::part))
        .route("/api/recordings/{id}/rasters/{name}", get(recording::raster))
        .route("/api/harmony", get(collection::harmony))
        .route("/api/rhythm", get(collection::rhythm))
        .route("/api/tables", get(sql::tables))
        .route("/api/sql", get(sql::get).post(sql::post))
        .route("/api/vega/{what}", get(vega::describe))
        .route("/api/openapi.json", get(openapi::get))
        .route("/healthz", get(async || "ok\n"))
        .fallback(get(file))
        .with_state(app)
}

async fn file(uri: Uri) -> Response {
    match page::find(uri.path()) {
        Some((kind, bytes)) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None if uri.path().starts_with("/api/") => {
            let fault = Fault::new(format!("there is no path {}", uri.path()));
            Answer::unknown(fault.fix("see /api/openapi.json")).into_response()
        }
        None => (StatusCode::NOT_FOUND, "Not found.\n").into_response(),
    }
}

/// Reads the parameters of a request.
fn parameters(RawQuery(query): RawQuery) -> Parameters {
    let text = query.unwrap_or_default();
    let decoded = |text: &str| {
        let bytes = text.as_bytes();
        let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
        while at < bytes.len() {
            let hex = bytes
                .get(at + 1..at + 3)
                .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            match (bytes[at], hex) {
                (b'%', Some(byte)) => {
                    out.push(byte);
                    at += 2;
                }
                (b'+', _) => out.push(b' '),
                (byte, _) => out.push(byte),
            }
            at += 1;
        }
        String::from_utf8_lossy(&out).into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The value of a parameter.
fn given<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A number of a parameter.
fn number<T: std::str::FromStr>(parameters: &Parameters, name: &str, default: T) -> Result<T, Answer> {
    match given(parameters, name) {
        None | Some("") => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            Answer::wrong(Fault::new(format!("'{text}' is not a number")).at(name).fix("write digits"))
        }),
    }
}

fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn binary(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// Does it on another thread, so that other requests are answered meanwhile.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Answer> + Send + 'static,
) -> Result<T, Answer> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Answer::failed("the request cannot be answered")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = RawQuery(Some("key=C%23+major&key=&tempo=90..&x&%zz=1%".into()));
        let expected = [("key", "C# major"), ("key", ""), ("tempo", "90.."), ("x", ""), ("%zz", "1%")];
        let found = parameters(query);
        assert_eq!(found.iter().map(|(n, v)| (&**n, &**v)).collect::<Vec<_>>(), expected);
        assert!(parameters(RawQuery(None)).is_empty());
    }
}
