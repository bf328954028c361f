//! Errors with four parts: what, where, why, and what to do.

use crate::address::redact;
use std::borrow::Cow;
use std::fmt;

/// The result of an operation that can fail with a [`Fault`].
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// An error of up to four lines, of which only `what` is required.
///
/// Errors are printed, logged and sent, so the secrets of addresses are redacted in all lines ([`redact`]).
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
    /// A fault with a description of what happened.
    pub fn new(what: impl Into<String>) -> Self {
        Self(Box::new(Lines { what: clean(what), ..Lines::default() }))
    }
    /// Where it happened: a line of a pipeline file, a file, a topic. A place that was set before is kept.
    pub fn at(mut self, at: impl Into<String>) -> Self {
        if self.0.at.is_empty() {
            self.0.at = clean(at);
        }
        self
    }
    /// Prepends an outer place: `spectrum.toml:12, topic samples`.
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
    /// What to do about it.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.0.fix = clean(fix);
        self
    }
    /// Marks the fault as transient (a broker that restarts, a network outage): a retry may succeed.
    pub fn passing(mut self) -> Self {
        self.0.passing = true;
        self
    }
    /// Whether the fault is transient.
    pub fn is_passing(&self) -> bool {
        self.0.passing
    }
    /// What happened.
    pub fn what(&self) -> &str {
        &self.0.what
    }
    /// Where it happened; empty if unknown.
    pub fn place(&self) -> &str {
        &self.0.at
    }
    /// What happened and why, on one line: the reason of a refusal, whose place is known.
    ///
    /// ```
    /// use passband_signal::Fault;
    /// let fault = Fault::new("a.wav is cut short").at("a.wav").why("it ends after 40 bytes").fix("copy it again");
    /// assert_eq!(fault.reason(), "a.wav is cut short: it ends after 40 bytes");
    /// ```
    pub fn reason(&self) -> String {
        let Lines { what, why, .. } = &*self.0;
        let text = if why.is_empty() { what.clone() } else { format!("{what}: {why}") };
        text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }
    /// The four parts by name, for machines.
    pub fn parts(&self) -> [(&'static str, &str); 4] {
        let Lines { what, at, why, fix, .. } = &*self.0;
        [("error", what), ("at", at), ("why", why), ("do", fix)]
    }
}

/// The text with redacted addresses.
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
