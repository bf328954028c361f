//! Errors that help: what, where, why, and what to do.

use crate::address::redact;
use std::borrow::Cow;
use std::fmt;

/// The result of anything that can meet a [`Fault`].
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// An error in the house's four lines. Only `what` is always there.
///
/// Errors are printed, logged and sent on, so none of the lines keeps the secrets of an address
/// ([`redact`]).
///
/// ```
/// use passband_signal::Fault;
/// let fault = Fault::new("window.hop is 4096 samples but window.length is 2048")
///     .at("spectrum.toml:12")
///     .why("2048 samples between frames would be lost")
///     .fix("set hop to 2048 samples or less");
/// assert_eq!(fault.to_string().lines().count(), 4);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Fault(Box<Lines>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Lines {
    what: String,
    at: String,
    why: String,
    fix: String,
    passing: bool,
}

impl Fault {
    /// A fault, by what happened.
    pub fn new(what: impl Into<String>) -> Self {
        Self(Box::new(Lines { what: clean(what), ..Lines::default() }))
    }
    /// Where: a place in a pipeline file, a file, a topic. The innermost place, given first, stays.
    pub fn at(mut self, at: impl Into<String>) -> Self {
        if self.0.at.is_empty() {
            self.0.at = clean(at);
        }
        self
    }
    /// Puts an outer place before the one that is there: `spectrum.toml:12, topic samples`.
    pub fn within(mut self, outer: &str) -> Self {
        self.0.at = match self.0.at.as_str() {
            "" => clean(outer),
            inner => format!("{}, {inner}", redact(outer)),
        };
        self
    }
    /// Why it happened, or why it matters.
    pub fn why(mut self, why: impl fmt::Display) -> Self {
        self.0.why = clean(why.to_string());
        self
    }
    /// What the person can do.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.0.fix = clean(fix);
        self
    }
    /// The cause may pass by itself (a broker restarts, a network is back): starting again may help.
    pub fn passing(mut self) -> Self {
        self.0.passing = true;
        self
    }
    /// Whether starting again may help.
    pub fn is_passing(&self) -> bool {
        self.0.passing
    }
    /// The first line alone.
    pub fn what(&self) -> &str {
        &self.0.what
    }
    /// Where it happened, or nothing.
    pub fn place(&self) -> &str {
        &self.0.at
    }
    /// The four parts by name, for machines.
    pub fn parts(&self) -> [(&'static str, &str); 4] {
        let Lines { what, at, why, fix, .. } = &*self.0;
        [("error", what), ("at", at), ("why", why), ("do", fix)]
    }
}

/// A text without the secrets of the addresses in it; it is copied only where there are any.
fn clean(text: impl Into<String>) -> String {
    let text = text.into();
    match redact(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(redacted) => redacted,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.parts().into_iter().filter(|(_, text)| !text.is_empty());
        if let Some((name, text)) = lines.next() {
            write!(f, "{name}: {text}")?;
        }
        lines.try_for_each(|(name, text)| write!(f, "\n  {name}: {text}"))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Fault {}
