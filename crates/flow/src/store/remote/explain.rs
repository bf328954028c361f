//! An object store's errors in words that help.

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};
use passband_signal::Fault;
use passband_signal::address::redact;
use std::io;

/// What an error is about.
pub enum About {
    /// That object alone; the next may be read.
    Object(io::Error),
    /// The store, or who asks it: no other object can be read either.
    Store(Fault),
}

/// Whom it was asked.
pub struct Asked<'a> {
    /// The store, for people.
    pub place: &'a str,
    pub bucket: &'a str,
    pub secrets: &'a [String],
}

/// What an error says of one object, as far as it can be told from it alone.
pub fn of_object(error: &Error, asked: &Asked) -> About {
    let text = error.to_string();
    let object = |kind, what: &str| About::Object(io::Error::new(kind, what.to_owned()));
    match (status(error, &text), element(&text, "Code")) {
        (Some(404), Some("NoSuchBucket")) => About::Store(of_store(error, asked)),
        (Some(404), _) => object(io::ErrorKind::NotFound, "is not there any more"),
        (Some(412), _) => object(io::ErrorKind::Other, "was written anew after it was found"),
        (_, Some("InvalidObjectState")) => object(
            io::ErrorKind::PermissionDenied,
            "lies in an archive, from which it must be restored first",
        ),
        (Some(403), Some("AccessDenied")) => {
            object(io::ErrorKind::PermissionDenied, "may not be read by this user")
        }
        _ if ["Range request not supported", "non-partial response"]
            .iter()
            .any(|said| text.contains(said)) =>
        {
            object(
                io::ErrorKind::Unsupported,
                "lies on a server that gives no ranges of it, which a long one needs",
            )
        }
        _ => About::Store(of_store(error, asked)),
    }
}

/// Whether a server answered, be it with an error.
pub fn answered(error: &Error) -> bool {
    status(error, &error.to_string()).is_some()
}

/// The fault of a store that does not list or read.
pub fn of_store(error: &Error, asked: &Asked) -> Fault {
    let Asked { place, bucket, secrets } = asked;
    let text = error.to_string();
    let keys =
        "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (for gs:// and az:// their like), and the clock";
    let fault = match (status(error, &text), element(&text, "Code")) {
        _ if matches!(error, Error::InvalidPath { .. }) => {
            Fault::new(format!("a name in the bucket {bucket} at {place} cannot be read"))
                .fix("rename what has '//', '.' or '..' in its name, or read another prefix")
        }
        _ if is_unresolved(error) => Fault::new(format!("the name of {place} is not known to the network"))
            .fix(match bucket.is_empty() {
                true => "check the host in the address, and the network's name server",
                false => "check store.endpoint (AWS_ENDPOINT_URL) and store.region, and the network's name server",
            })
            .passing(),
        (Some(300..=399), _) if bucket.is_empty() => Fault::new(format!("{place} sends elsewhere"))
            .fix("write the address to which it leads, as a browser shows it"),
        (Some(401 | 403 | 407), None) if bucket.is_empty() => {
            Fault::new(format!("{place} does not let us in"))
                .fix("check the user and the password in the address, or whether its signature has expired")
        }
        (Some(404), _) => Fault::new(format!("there is no bucket {bucket} at {place}"))
            .fix("check path and store.endpoint, or create the bucket"),
        (Some(403), Some("AccessDenied")) => {
            Fault::new(format!("this user may not list and read the bucket {bucket} at {place}"))
                .fix("ask for the rights s3:ListBucket and s3:GetObject, or use another user's keys")
        }
        // a store says why by a code of its own: without one it may be a proxy before it
        (Some(status @ (403 | 407)), None) => Fault::new(format!("{place} is not let through ({status})"))
            .fix("check the proxy of this network (HTTPS_PROXY, NO_PROXY), and AWS_ACCESS_KEY_ID with its secret"),
        (Some(401 | 403), _) | (_, Some("ExpiredToken" | "InvalidToken" | "RequestTimeTooSkewed")) => {
            Fault::new(format!("{place} does not let us in")).fix(keys)
        }
        _ if text.contains("169.254.169.254") => {
            Fault::new(format!("there are no credentials for {place}")).fix(keys)
        }
        (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) => region(bucket, place),
        _ if text.contains("incorrectly configured region") => region(bucket, place),
        _ if is_not_secure(&text) => Fault::new(format!("{place} cannot prove who it is"))
            .fix("have its authority among those of this system, or name its file in SSL_CERT_FILE"),
        (Some(500..=599), _) => Fault::new(format!("{place} has a fault of its own")).fix("try again later").passing(),
        _ => match unreached(error) {
            Some(true) => Fault::new(format!("{place} does not answer in time"))
                .fix("check that the store runs; store.timeout and store.retry_timeout give it longer")
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

/// Whether the host's name led nowhere. The text is that of the system's resolver.
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

/// Whether the two did not agree on a secure connection.
fn is_not_secure(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["certificate", "unknownissuer", "corrupt message", "invalid peer", "handshake", "received fatal alert"]
        .iter()
        .any(|said| text.contains(said))
}

/// If the store was not reached: whether time ran out.
fn unreached(error: &Error) -> Option<bool> {
    let http = chain(error).find_map(|cause| cause.downcast_ref::<HttpError>())?;
    Some(http.kind() == HttpErrorKind::Timeout)
}

fn chain<'a>(error: &'a Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

/// What the server or the system said, without what must not be printed.
pub fn words(error: &Error, secrets: &[String]) -> String {
    let whole = error.to_string();
    let said = match (element(&whole, "Code"), element(&whole, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        // the innermost cause tells most: "Connection refused"
        _ => chain(error).last().map_or(whole.clone(), ToString::to_string),
    };
    let mut said = redact(&said).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        said = said.replace(secret.as_str(), "…");
    }
    said
}

/// The HTTP status, which for listings stands only in the text.
fn status(error: &Error, text: &str) -> Option<u16> {
    match error {
        Error::NotFound { .. } => Some(404),
        Error::PermissionDenied { .. } => Some(403),
        Error::Unauthenticated { .. } => Some(401),
        Error::Precondition { .. } => Some(412),
        _ => text.split_once("status code: ")?.1.get(..3)?.parse().ok(),
    }
}

/// What stands in an element of the XML of an error.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_fail_is_called_what_it_is() {
        let of = |text: &str, bucket: &str| {
            let error = Error::Generic { store: "S3", source: text.to_owned().into() };
            of_store(&error, &Asked { place: "http://host", bucket, secrets: &[] }).what().to_owned()
        };
        for (text, bucket, right) in [
            (
                "dns error: failed to lookup address information: Name or service not known",
                "box",
                "the name of http://host is not known to the network",
            ),
            (
                "error sending request for url (http://169.254.169.254/latest): operation timed out",
                "box",
                "there are no credentials for http://host",
            ),
            (
                "http://169.254.169.254/latest: dns error",
                "box",
                "the name of http://host is not known to the network",
            ),
            (
                "Server returned non-2xx status code: 403 Forbidden: denied",
                "box",
                "http://host is not let through (403)",
            ),
            (
                "Server returned non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code></Error>",
                "box",
                "http://host does not let us in",
            ),
            ("Server returned non-2xx status code: 403 Forbidden: ", "", "http://host does not let us in"),
            ("Server returned non-2xx status code: 401 Unauthorized: ", "", "http://host does not let us in"),
            ("Server returned non-2xx status code: 302 Found: ", "", "http://host sends elsewhere"),
            (
                "Server returned non-2xx status code: 503 Service Unavailable: ",
                "box",
                "http://host has a fault of its own",
            ),
            ("invalid peer certificate: UnknownIssuer", "box", "http://host cannot prove who it is"),
            ("received corrupt message of type InvalidContentType", "", "http://host cannot prove who it is"),
        ] {
            assert_eq!(of(text, bucket), right, "{text}");
        }
    }

    #[test]
    fn secrets_are_not_in_the_words() {
        let source = "GET https://store/a?sig=hidden failed for key ABC/def of me".into();
        let error = Error::Generic { store: "S3", source };
        assert_eq!(words(&error, &["ABC/def".into()]), "GET https://store/a?… failed for key … of me");
    }

    #[test]
    fn the_server_s_own_words_are_given() {
        let source = "status 403: <Error><Code>SlowDown</Code><Message>Please wait.</Message></Error>".into();
        let error = Error::Generic { store: "S3", source };
        assert_eq!(words(&error, &[]), "SlowDown: Please wait.");
        let asked = Asked { place: "http://store", bucket: "ducks", secrets: &[] };
        let fault = of_store(&error, &asked);
        assert!(fault.is_passing());
        assert_eq!(fault.what(), "the object store at http://store refused a request");
    }
}
