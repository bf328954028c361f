//! The paths that the server answers.

use crate::hub::Hub;
use crate::{metrics, page, socket};
use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// Maximum size of a message from a browser.
const SAID: usize = 4096;

pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/metrics", get(counters))
        .route("/healthz", get(async || "ok\n"))
        .fallback(get(file))
        .with_state(hub)
}

async fn live(State(hub): State<Arc<Hub>>, upgrade: WebSocketUpgrade) -> Response {
    let Some(joined) = hub.join() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many browsers are connected.\n").into_response();
    };
    upgrade
        .max_message_size(SAID)
        .max_frame_size(SAID)
        .on_upgrade(move |socket| socket::serve(socket, hub, joined))
}

async fn counters(State(hub): State<Arc<Hub>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics::text(&hub.counters())).into_response()
}

async fn file(uri: Uri) -> Response {
    match page::find(uri.path()) {
        Some((kind, bytes)) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None => (StatusCode::NOT_FOUND, "Not found.\n").into_response(),
    }
}
