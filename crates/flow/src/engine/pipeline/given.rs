//! Values given outside a pipeline file: errors name them as the user gave them.

use crate::config::{Field, Shape, Used, Vars, parse};
use crate::part::Registry;
use passband_signal::Fault;
use std::collections::BTreeSet;

/// Looks up the values of variables and how each was given.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// Returns the value of a variable, if it is set.
    pub value: Vars<'a>,
    /// Returns how a variable was set, for error texts: `--set LENGTH=4096`, `--length 4096`; without the value if the
    /// second argument is [`Printed::No`].
    pub named: &'a dyn Fn(&str, Printed) -> Option<String>,
}

/// Whether a value may be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// The value may be printed.
    Yes,
    /// The value may be a secret and is not printed.
    No,
}

/// The names of the variables in a pipeline file, in order of appearance; empty if the file cannot be parsed.
///
/// ```
/// let text = "[source]\ntype = 'file'\npath = '${INPUT}'\nname = '${NAME:-song}, ${INPUT}'";
/// assert_eq!(passband_flow::engine::variables(text), ["INPUT", "NAME"]);
/// ```
pub fn variables(text: &str) -> Vec<String> {
    let mut used = vec![];
    let _ = parse(text, "", &|_| None, &mut used);
    let mut names: Vec<String> = vec![];
    for Used { name, .. } in used {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The variables of a pipeline file in order of appearance, each with the part and the setting of its first use.
///
/// ```
/// let text = "[source]\ntype = 'file'\npath = '${INPUT}'";
/// let settings = passband_flow::engine::variable_settings(text);
/// assert_eq!(settings, [("INPUT".to_owned(), "source".to_owned(), "path".to_owned())]);
/// ```
pub fn variable_settings(text: &str) -> Vec<(String, String, String)> {
    let mut used = vec![];
    let _ = parse(text, "", &|_| None, &mut used);
    let mut all: Vec<(String, String, String)> = vec![];
    for Used { name, setting: (part, setting), .. } in used {
        if !all.iter().any(|(known, ..)| *known == name) {
            all.push((name, part, setting));
        }
    }
    all
}

/// Rewrites a fault at a line of the file to name the variables used on that line, if there are any.
pub fn renamed(fault: Fault, file: &str, used: &[Used], given: Given<'_>, registry: &Registry) -> Fault {
    let [(_, what), (_, at), (_, why), (_, fix)] = fault.parts();
    let Some(rest) = at.strip_prefix(file).and_then(|rest| rest.strip_prefix(':')) else { return fault };
    let (line, inner) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let Ok(line) = line.parse::<usize>() else { return fault };
    let here = |used: &&Used| used.line == line && used.given;
    let mut named: Vec<String> = vec![];
    let mut setting = None;
    for used in used.iter().filter(here) {
        let (part, key) = &used.setting;
        let printed = if is_secret(registry, part, key) { Printed::No } else { Printed::Yes };
        named.extend((given.named)(&used.name, printed).filter(|name| !named.contains(name)));
        setting = Some(format!("{part}.{key}"));
    }
    let (Some(setting), false) = (setting, named.is_empty()) else { return fault };
    let (named, place) = (named.join(", "), format!("{setting} of {file}{inner}"));
    match what.strip_prefix(&format!("{setting} cannot be used: ")) {
        Some(rest) => Fault::new(format!("{named}: {rest}")).at(place).why(why).fix(fix),
        None => Fault::new(what).at(format!("{named} ({place})")).why(why).fix(fix),
    }
}

/// Whether the value of a setting may be a secret or contain one.
fn is_secret(registry: &Registry, part: &str, key: &str) -> bool {
    let mut fields = fields(registry, part, key).peekable();
    // a setting that no part declares may contain a secret
    fields.peek().is_none()
        || fields.any(|field| matches!(field.shape, Shape::Secret | Shape::Options | Shape::Map))
}

fn fields(registry: &Registry, part: &str, key: &str) -> impl Iterator<Item = Field> {
    let parts = registry.parts().filter(move |known| known.role.name() == part);
    parts.flat_map(|known| known.settings()).filter(move |field| field.name == key)
}

/// The variables whose values are or contain secrets; their values are never stored.
pub fn secrets(used: &[Used], registry: &Registry) -> BTreeSet<String> {
    let secret = |used: &&Used| {
        let (part, key) = &used.setting;
        fields(registry, part, key).any(|field| matches!(field.shape, Shape::Secret | Shape::Options))
    };
    used.iter().filter(secret).map(|used| used.name.clone()).collect()
}
