//! The variables of pipeline files: the sources of their values, and how errors name them.

use crate::arguments::Run;
use passband_flow::config::unknown;
use passband_flow::engine::{Given, Printed, variables};
use passband_flow::{Pipeline, Registry};
use passband_signal::Fault;
use std::collections::HashMap;

pub type Set = HashMap<String, String>;

/// The source of values that override the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// `--set NAME=VALUE`
    Set,
    /// Options of the command: `--min-length VALUE` sets MIN_LENGTH.
    Options,
}

/// The environment variable of the page's token.
pub const TOKEN: &str = "PASSBAND_TOKEN";

/// The token of the environment; an empty one is ignored.
pub fn token() -> Option<String> {
    std::env::var(TOKEN).ok().filter(|token| !token.is_empty())
}

impl From {
    fn named(self, name: &str, value: &str, printed: Printed) -> String {
        let value = if printed == Printed::Yes { value } else { "…" };
        match self {
            From::Set => format!("--set {name}={value}"),
            // positional arguments are named by their value
            From::Options if name.starts_with("INPUT") => value.to_owned(),
            From::Options => format!("--{} {value}", name.to_lowercase().replace('_', "-")),
        }
    }
}

/// Parses a pipeline file with these values.
pub fn parse(
    (text, file): (&str, &str),
    set: &Set,
    from: From,
    registry: &Registry,
) -> Result<Pipeline, Vec<Fault>> {
    let value = |name: &str| set.get(name).cloned().or_else(|| std::env::var(name).ok());
    let named = |name: &str, printed| match (set.get(name), std::env::var(name)) {
        (Some(value), _) => Some(from.named(name, value, printed)),
        (None, Ok(value)) => {
            let value = if printed == Printed::Yes { value } else { "…".into() };
            Some(format!("{name}={value} (environment)"))
        }
        (None, Err(_)) => None,
    };
    Pipeline::parse_given(text, file, Given { value: &value, named: &named }, registry)
}

/// The values of `--set`, and their errors: each must be a variable that the file uses.
pub fn set(what: &Run, (text, file): (&str, &str)) -> (Set, Vec<Fault>) {
    let (mut set, mut faults, known) = (Set::new(), vec![], variables(text));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for pair in &what.set {
        let Some((name, value)) = pair.split_once('=') else {
            faults.push(Fault::new(format!("--set {pair} has no =")).fix("write --set NAME=VALUE"));
            continue;
        };
        if !known.contains(&name) {
            let fault = Fault::new(format!("{file} has no variable {name}")).at(format!("--set {pair}"));
            faults.push(match known.is_empty() {
                true => fault.why("the file has no variables").fix("write the value into the file"),
                false => fault.why(unknown(name, &known)).fix("correct the name, or remove the option"),
            });
        } else if set.insert(name.into(), value.into()).is_some() {
            let fault = Fault::new(format!("--set sets {name} twice")).at(format!("--set {pair}"));
            faults.push(fault.fix("remove one of them"));
        }
    }
    // a token must not be silently ignored if it protects no page
    if let Some(token) = token()
        && !known.contains(&TOKEN)
    {
        if known.contains(&"TOKEN") {
            let own = set.get("TOKEN").cloned().or_else(|| std::env::var("TOKEN").ok());
            if own.is_none_or(|own| own.is_empty()) {
                set.insert("TOKEN".into(), token);
            }
        } else if what.metrics.is_none() {
            let fault = Fault::new(format!("{TOKEN} is set, but {file} uses no token"));
            let why = "its page would not be protected, or it serves no page";
            faults.push(
                fault
                    .at("the environment")
                    .why(why)
                    .fix(format!("write token = \"${{{TOKEN}}}\" into its sink live, or unset {TOKEN}")),
            );
        }
    }
    (set, faults)
}

/// Adds the unit "samples" to a number without unit, for options that allow it.
pub fn samples(text: &str) -> String {
    let digits = text.trim();
    let bare = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '_');
    if bare { format!("{digits} samples") } else { text.to_owned() }
}
