//! Faults as answers.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use passband_lake::table::sql::SqlError;
use passband_signal::Fault;
use serde_json::{Map, Value};

/// A fault with the status of its answer.
#[derive(Debug)]
pub struct Answer(StatusCode, Fault);

impl Answer {
    /// The request cannot be answered as it is.
    pub fn wrong(fault: Fault) -> Self {
        Self(StatusCode::BAD_REQUEST, fault)
    }
    /// There is no such thing.
    pub fn unknown(fault: Fault) -> Self {
        Self(StatusCode::NOT_FOUND, fault)
    }
    /// The file behind a row is not usable.
    pub fn gone(fault: Fault) -> Self {
        Self(StatusCode::CONFLICT, fault)
    }
    /// Too much is asked at once.
    pub fn busy(fault: Fault) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, fault)
    }
    /// A fault of the server.
    pub fn failed(what: &str) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, Fault::new(what))
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        Self::wrong(fault)
    }
}

impl From<SqlError> for Answer {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Statement(fault) | SqlError::Query(fault) => Self::wrong(fault),
            SqlError::Interrupted => Self::failed("the query was interrupted"),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Self(status, fault) = self;
        (status, [(header::CONTENT_TYPE, "application/json")], json(&fault).to_string()).into_response()
    }
}

/// A fault as `{"error", "at", "why", "do"}`, without empty parts.
fn json(fault: &Fault) -> Value {
    let parts = fault.parts().into_iter().filter(|(_, text)| !text.is_empty());
    Value::Object(parts.map(|(name, text)| (name.to_owned(), text.into())).collect::<Map<_, _>>())
}
