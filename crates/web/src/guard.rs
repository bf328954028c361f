//! Access control: the token, and the rules on the Host and Origin headers.
//!
//! * Bound to loopback, only requests whose Host is this machine (`localhost`, `127.…`, `[::1]`) are answered, so a
//!   foreign name that resolves to it (DNS rebinding) is refused.
//! * A request with an Origin header must originate from the page of this server.
//! * With a token, all paths but `/healthz` require it: `?token=…`, `Authorization: Bearer …`, or the cookie
//!   that the first of these sets.

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The rules of one server.
pub(crate) struct Guard {
    pub token: Option<String>,
    pub address: SocketAddr,
}

#[derive(Deserialize)]
struct Asked {
    token: Option<String>,
}

const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Admits or refuses a request, and sets the headers of every answer.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.admit(&request) {
        Err((status, why)) => (status, why).into_response(),
        Ok(cookie) => {
            let mut response = next.run(request).await;
            if let Some(cookie) = cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

type Refused = (StatusCode, &'static str);

impl Guard {
    /// The cookie's name contains the port, because cookies are shared by all ports of a host.
    fn cookie_name(&self) -> String {
        format!("passband-{}", self.address.port())
    }

    fn admit(&self, request: &Request) -> Result<Option<HeaderValue>, Refused> {
        let headers = request.headers();
        let host = text(headers, header::HOST);
        if is_loopback(self.address.ip()) && !host.is_some_and(names_loopback) {
            return Err((StatusCode::MISDIRECTED_REQUEST, "This dashboard answers to localhost only.\n"));
        }
        if headers.contains_key(header::ORIGIN) {
            let origin =
                text(headers, header::ORIGIN).and_then(|o| o.split_once("://")).map(|(_, host)| host);
            if origin.is_none() || origin != host {
                return Err((StatusCode::FORBIDDEN, "The request comes from another page.\n"));
            }
        }
        let Some(token) = &self.token else { return Ok(None) };
        if request.uri().path() == "/healthz" {
            return Ok(None);
        }
        let asked = Query::<Asked>::try_from_uri(request.uri()).ok().and_then(|q| q.0.token);
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        if let Some(given) = asked.as_deref().map(str::as_bytes).or(bearer) {
            // clients encode non-ASCII characters as UTF-8 or Latin-1
            let latin: String = given.iter().map(|byte| char::from(*byte)).collect();
            let is_known = same(given, token.as_bytes()) | same(latin.as_bytes(), token.as_bytes());
            return match is_known {
                true => Ok(HeaderValue::from_str(&self.cookie(token)).ok()),
                false => Err((StatusCode::UNAUTHORIZED, "The token is not the one of this dashboard.\n")),
            };
        }
        let wanted = hex(token);
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut pairs = cookies.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
        match pairs.any(|(n, v)| n == name && same(v.as_bytes(), wanted.as_bytes())) {
            true => Ok(None),
            false => Err((StatusCode::UNAUTHORIZED, "This dashboard wants the token it was started with.\n")),
        }
    }

    fn cookie(&self, token: &str) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), hex(token))
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The token after `Bearer`, case-insensitively.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

/// Encodes the token as hexadecimal digits, which are valid in a cookie.
fn hex(token: &str) -> String {
    token.bytes().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Whether a Host header (with or without a port) names this machine's loopback.
fn names_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_loopback)
}

/// Compares in time that depends only on the length of `given`, to prevent timing attacks.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    let mut differ = u8::from(given.len() != wanted.len());
    for (i, byte) in given.iter().enumerate() {
        differ |= byte ^ wanted.get(i).copied().unwrap_or(0);
        differ = std::hint::black_box(differ);
    }
    differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_name_this_machine() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:80", "127.1.2.3", "[::1]:9", "[::1]"] {
            assert!(names_loopback(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:80", "10.0.0.1", "", "[::1", "127.0.0.1.evil"] {
            assert!(!names_loopback(host), "{host}");
        }
    }

    #[test]
    fn tokens_compare_whole() {
        assert!(same(b"secret", b"secret"));
        for other in ["", "secre", "secrets", "Secret", "\0\0\0\0\0\0"] {
            assert!(!same(other.as_bytes(), b"secret"), "{other:?}");
        }
    }
}
