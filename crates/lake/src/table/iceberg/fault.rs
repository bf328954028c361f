//! Converts errors of Iceberg to faults.

use iceberg::{Error, ErrorKind};
use passband_signal::Fault;
use std::error::Error as _;

/// Converts an error of Iceberg: returns the original fault if a store caused it, otherwise `what` with the reason.
/// Secrets in addresses are redacted; faults that a retry may resolve are marked as transient.
///
/// ```
/// use iceberg::{Error, ErrorKind};
/// use passband_lake::table::iceberg::fault;
/// let conflict = Error::new(ErrorKind::CatalogCommitConflicts, "main moved");
/// let fault = fault("the table notes cannot be written", conflict);
/// assert!(fault.is_passing() && fault.to_string().contains("main moved"));
/// ```
pub fn fault(what: impl Into<String>, error: Error) -> Fault {
    let (mut next, mut innermost) = (error.source(), None);
    while let Some(source) = next {
        if let Some(fault) = source.downcast_ref::<Fault>() {
            return fault.clone();
        }
        innermost = Some(source.to_string());
        next = source.source();
    }
    let text = error.to_string();
    let why = match innermost {
        Some(cause) => format!("{}: {cause}", error.message()),
        None => error.message().to_owned(),
    };
    let fault = Fault::new(what).why(why);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match error.kind() {
        ErrorKind::CatalogCommitConflicts => {
            fault.fix("another writer commits to this table at the same time: try again").passing()
        }
        _ if says(&["database is locked", "database table is locked"]) => {
            fault.fix("another process uses the catalogue: wait for its end").passing()
        }
        _ if says(&["error sending request", "commit state is unknown", "connection closed"]) => {
            fault.fix("check the address of the catalogue, and that it runs").passing()
        }
        _ if says(&["401", "403", "Unauthorized", "Forbidden"]) => fault.fix(
            "check PASSBAND_CATALOG_TOKEN or PASSBAND_CATALOG_CREDENTIAL (client id and secret, with a colon)",
        ),
        _ if says(&["unable to open database file", "readonly database"]) => {
            fault.fix("check the folder of the catalogue and its permissions")
        }
        _ if says(&["disk is full", "No space left"]) => fault.fix("make room on the disk"),
        _ => fault,
    }
}
