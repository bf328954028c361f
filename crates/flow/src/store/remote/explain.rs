//! Converts errors of object stores to faults.

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};
use passband_signal::Fault;
use passband_signal::address::redact;
use std::io;

/// What an error affects.
pub enum About {
    /// One object; others may be readable.
    Object(io::Error),
    /// The store or the credentials: no object can be read.
    Store(Fault),
}

/// The target of a request.
pub struct Asked<'a> {
    /// The store, for output.
    pub place: &'a str,
    pub bucket: &'a str,
    pub secrets: &'a [String],
}

/// What an error of a request for one object affects, judged by the error alone.
pub fn of_object(error: &Error, asked: &Asked) -> About {
    let text = error.to_string();
    let object = |kind, what: &str| About::Object(io::Error::new(kind, what.to_owned()));
    match (status(error, &text), element(&text, "Code")) {
        (Some(404), Some("NoSuchBucket")) => About::Store(of_store(error, asked)),
        (Some(404), _) => object(io::ErrorKind::NotFound, "no longer exists"),
        (Some(412), _) => object(io::ErrorKind::Other, "was overwritten after it was listed"),
        (_, Some("InvalidObjectState")) => {
            object(io::ErrorKind::PermissionDenied, "is archived, and must be restored first")
        }
        (Some(403), Some("AccessDenied")) => {
            object(io::ErrorKind::PermissionDenied, "may not be read by this user")
        }
        _ if ["Range request not supported", "non-partial response"]
            .iter()
            .any(|said| text.contains(said)) =>
        {
            object(io::ErrorKind::Unsupported, "is on a server without byte ranges, which a long file needs")
        }
        _ => About::Store(of_store(error, asked)),
    }
}

/// Whether a server answered, even with an error.
pub fn answered(error: &Error) -> bool {
    status(error, &error.to_string()).is_some()
}

/// The fault of a store that cannot list or read.
pub fn of_store(error: &Error, asked: &Asked) -> Fault {
    let Asked { place, bucket, secrets } = asked;
    let text = error.to_string();
    let keys = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (for gs:// and az:// their equivalents), and the clock";
    let fault = match (status(error, &text), element(&text, "Code")) {
        _ if matches!(error, Error::InvalidPath { .. }) => {
            Fault::new(format!("a name in the bucket {bucket} at {place} cannot be read"))
                .fix("rename objects with '//', '.' or '..' in their names, or read another prefix")
        }
        _ if is_unresolved(error) => Fault::new(format!("the host of {place} cannot be resolved"))
            .fix(match bucket.is_empty() {
                true => "check the host in the address, and the DNS server of the network",
                false => "check store.endpoint (AWS_ENDPOINT_URL) and store.region, and the DNS server of the network",
            })
            .passing(),
        (Some(300..=399), _) if bucket.is_empty() => Fault::new(format!("{place} redirects to another address"))
            .fix("use the address of the redirect, as a browser shows it"),
        (Some(401 | 403 | 407), None) if bucket.is_empty() => {
            Fault::new(format!("{place} refuses access"))
                .fix("check the user and the password in the address, or whether its signature has expired")
        }
        (Some(404), _) => Fault::new(format!("there is no bucket {bucket} at {place}"))
            .fix("check path and store.endpoint, or create the bucket"),
        (Some(403), Some("AccessDenied")) => {
            Fault::new(format!("this user may not list and read the bucket {bucket} at {place}"))
                .fix("ask for the rights s3:ListBucket and s3:GetObject, or use another user's keys")
        }
        // a store adds an error code of its own: without one, the answer may come from a proxy
        (Some(status @ (403 | 407)), None) => Fault::new(format!("{place} is refused on the way ({status})"))
            .fix("check the proxy of this network (HTTPS_PROXY, NO_PROXY), and AWS_ACCESS_KEY_ID with its secret"),
        (Some(401 | 403), _) | (_, Some("ExpiredToken" | "InvalidToken" | "RequestTimeTooSkewed")) => {
            Fault::new(format!("{place} refuses access")).fix(keys)
        }
        _ if text.contains("169.254.169.254") => {
            Fault::new(format!("there are no credentials for {place}")).fix(keys)
        }
        (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) => region(bucket, place),
        _ if text.contains("incorrectly configured region") => region(bucket, place),
        _ if is_not_secure(&text) => Fault::new(format!("the TLS certificate of {place} is not trusted"))
            .fix("add its certificate authority to those of this system, or set SSL_CERT_FILE to its file"),
        (Some(500..=599), _) => Fault::new(format!("{place} reports an internal error")).fix("try again later").passing(),
        _ => match unreached(error) {
            Some(true) => Fault::new(format!("{place} does not answer in time"))
                .fix("check that the store runs; store.timeout and store.retry_timeout allow more time")
                .passing(),
            Some(false) if bucket.is_empty() => {
                Fault::new(format!("no server answers at {place}")).fix("check the address").passing()
            }
            Some(false) => Fault::new(format!("no object store answers at {place}"))
                .fix("check store.endpoint (AWS_ENDPOINT_URL), and that the store runs")
                .passing(),
            None => Fault::new(format!("the object store at {place} refused a request")).passing(),
        },
    };
    fault.why(words(error, secrets))
}

fn region(bucket: &str, place: &str) -> Fault {
    Fault::new(format!("the bucket {bucket} at {place} is in another region"))
        .fix("set store.region (AWS_REGION) to the bucket's")
}

/// Whether the host could not be resolved, by the text of the system's resolver.
fn is_unresolved(error: &Error) -> bool {
    const SAID: [&str; 6] = [
        "dns error",
        "failed to lookup address",
        "Name or service not known",
        "nodename nor servname",
        "No such host is known",
        "name resolution",
    ];
    let said = |text: String| SAID.iter().any(|said| text.contains(said));
    said(error.to_string()) || chain(error).any(|cause| said(cause.to_string()))
}

/// Whether the TLS handshake failed.
fn is_not_secure(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["certificate", "unknownissuer", "corrupt message", "invalid peer", "handshake", "received fatal alert"]
        .iter()
        .any(|said| text.contains(said))
}

/// For a store that was not reached: whether the request timed out.
fn unreached(error: &Error) -> Option<bool> {
    let http = chain(error).find_map(|cause| cause.downcast_ref::<HttpError>())?;
    Some(http.kind() == HttpErrorKind::Timeout)
}

fn chain<'a>(error: &'a Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

/// The message of the server or the system, with secrets removed.
pub fn words(error: &Error, secrets: &[String]) -> String {
    let whole = error.to_string();
    let said = match (element(&whole, "Code"), element(&whole, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        // the innermost cause is the most specific: "Connection refused"
        _ => chain(error).last().map_or(whole.clone(), ToString::to_string),
    };
    let mut said = redact(&said).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        said = said.replace(secret.as_str(), "…");
    }
    said
}

/// The HTTP status, which for listings is only in the text.
fn status(error: &Error, text: &str) -> Option<u16> {
    match error {
        Error::NotFound { .. } => Some(404),
        Error::PermissionDenied { .. } => Some(403),
        Error::Unauthenticated { .. } => Some(401),
        Error::Precondition { .. } => Some(412),
        _ => text.split_once("status code: ")?.1.get(..3)?.parse().ok(),
    }
}

/// The content of an element in the XML of an error.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_fault() {
        let of = |text: &str, bucket: &str| {
            let error = Error::Generic { store: "S3", source: text.to_owned().into() };
            of_store(&error, &Asked { place: "http://host", bucket, secrets: &[] }).what().to_owned()
        };
        for (text, bucket, right) in [
            (
                "dns error: failed to lookup address information: Name or service not known",
                "box",
                "the host of http://host cannot be resolved",
            ),
            (
                "error sending request for url (http://169.254.169.254/latest): operation timed out",
                "box",
                "there are no credentials for http://host",
            ),
            ("http://169.254.169.254/latest: dns error", "box", "the host of http://host cannot be resolved"),
            (
                "Server returned non-2xx status code: 403 Forbidden: denied",
                "box",
                "http://host is refused on the way (403)",
            ),
            (
                "Server returned non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code></Error>",
                "box",
                "http://host refuses access",
            ),
            ("Server returned non-2xx status code: 403 Forbidden: ", "", "http://host refuses access"),
            ("Server returned non-2xx status code: 401 Unauthorized: ", "", "http://host refuses access"),
            (
                "Server returned non-2xx status code: 302 Found: ",
                "",
                "http://host redirects to another address",
            ),
            (
                "Server returned non-2xx status code: 503 Service Unavailable: ",
                "box",
                "http://host reports an internal error",
            ),
            (
                "invalid peer certificate: UnknownIssuer",
                "box",
                "the TLS certificate of http://host is not trusted",
            ),
            (
                "received corrupt message of type InvalidContentType",
                "",
                "the TLS certificate of http://host is not trusted",
            ),
        ] {
            assert_eq!(of(text, bucket), right, "{text}");
        }
    }

    #[test]
    fn messages_contain_no_secrets() {
        let source = "GET https://store/a?sig=hidden failed for key ABC/def of me".into();
        let error = Error::Generic { store: "S3", source };
        assert_eq!(words(&error, &["ABC/def".into()]), "GET https://store/a?… failed for key … of me");
    }

    #[test]
    fn the_server_s_message_is_included() {
        let source = "status 403: <Error><Code>SlowDown</Code><Message>Please wait.</Message></Error>".into();
        let error = Error::Generic { store: "S3", source };
        assert_eq!(words(&error, &[]), "SlowDown: Please wait.");
        let asked = Asked { place: "http://store", bucket: "ducks", secrets: &[] };
        let fault = of_store(&error, &asked);
        assert!(fault.is_passing());
        assert_eq!(fault.what(), "the object store at http://store refused a request");
    }
}
